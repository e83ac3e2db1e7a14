"""`headwater demo`: the service at work on a re-enacted history, without network or keys."""

from __future__ import annotations

import shutil
import sys
import time
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from monitor.cli.errors import ExitCode, UserError
from monitor.cli.options import JsonOption
from monitor.stopping import told_to_stop

DEFAULT_FOLDER = Path("demo-output")


def demo(
    keep: Annotated[
        Path, typer.Option("--keep", help="Where messages and store are kept; an earlier demo there is replaced.")
    ] = DEFAULT_FOLDER,
    as_json: JsonOption = False,
    pages: Annotated[
        bool | None,
        typer.Option("--pages/--no-pages", help="Serve the review pages at the end; on a terminal by default."),
    ] = None,
    bind: Annotated[str, typer.Option("--bind", help="Where the pages are served.")] = "127.0.0.1:8080",
) -> None:
    """Watch ten months of a provider's history pass in under a minute, and see what is told and what is not."""
    from dataclasses import asdict

    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    from monitor.cli import output
    from monitor.demo.folder import DemoFolder, NotOursError
    from monitor.demo.report import print_account
    from monitor.demo.run import run_demo
    from monitor.demo.timeline import END, START
    from monitor.logs import quiet

    quiet()
    try:
        folder = DemoFolder(keep)
    except NotOursError as error:
        raise UserError(str(error)) from error
    except OSError as error:
        message = f"{keep} cannot be written ({error.strerror}). Name another folder with --keep."
        raise UserError(message) from error
    began = time.monotonic()
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.percentage:>3.0f} %"),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=output.errors, transient=True, disable=as_json) as bar:
        task = bar.add_task("", total=(END - START).total_seconds())

        def show(now: datetime) -> None:
            bar.update(task, description=f"{now:%d %b %Y}", completed=(now - START).total_seconds())

        account = run_demo(folder, progress=show)
    seconds = time.monotonic() - began
    if as_json:
        files = {
            "config": str(folder.config),
            "store": str(folder.store),
            "mail": str(folder.mail),
            "slack": str(folder.slack),
        }
        output.emit_json({"ok": account.ok, "seconds": round(seconds, 1), "files": files, **asdict(account)})
    else:
        print_account(output.console, account, folder=folder, seconds=seconds, program=_program())
    if not account.ok:
        raise typer.Exit(ExitCode.NEGATIVE)
    if pages or (pages is None and sys.stdout.isatty() and not as_json):
        _serve(folder.store, bind)


def _program() -> str:
    """What to type for headwater: its name where the shell finds that, else the path it was called by."""
    called = Path(sys.argv[0])
    return called.name if shutil.which(called.name) else str(called)


def _serve(store: Path, bind: str) -> None:
    """The review pages over the demo's own data, at the moment the demo ended."""
    from monitor.cli import output
    from monitor.demo.timeline import END
    from monitor.serving import Served, local_settings
    from snapshots.clock import FixedClock
    from snapshots.db import Database

    stop = told_to_stop()
    database = Database(f"sqlite:///{store}")
    with Served(database, local_settings(bind), clock=FixedClock(END)) as served:
        output.console.print(f"\nReview pages: [bold]{served.url}[/]  (Ctrl-C ends)", soft_wrap=True)
        stop.wait()
    database.close()
