"""`headwater demo-upstream` and `headwater demo-mailbox`: the two ends of a deployment that is only tried out."""

from __future__ import annotations

import signal
from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack
from datetime import timedelta
from pathlib import Path
from typing import Annotated

import typer

from monitor.cli.errors import ExitCode, UserError


def demo_upstream(
    bind: Annotated[str, typer.Option("--bind", help="Where to listen.")] = "127.0.0.1:8000",
    origin: Annotated[str, typer.Option("--origin", help="The address others use for it.")] = "",
    minutes: Annotated[float, typer.Option("--minutes", min=0.1, help="How long the ten months take.")] = 10.0,
    memory: Annotated[Path | None, typer.Option("--memory", help="Keep here when the story began.")] = None,
) -> None:
    """Serve a provider's documents as they changed over ten months, in minutes."""
    from monitor import logs
    from monitor.demo.site import Site
    from monitor.demo.upstream import StoryClock, began_at
    from snapshots.clock import SystemClock

    logs.configure()
    real = SystemClock()
    clock = StoryClock(real, began_at(memory, real.now()), timedelta(minutes=minutes))
    _serve(lambda: Site(clock, bind=_address(bind), origin=origin))


def demo_mailbox(
    smtp: Annotated[str, typer.Option("--smtp", help="Where mail is taken.")] = "127.0.0.1:2525",
    http: Annotated[str, typer.Option("--http", help="Where the mails are shown.")] = "127.0.0.1:8025",
    most: Annotated[int, typer.Option("--most", min=1, help="So many of the newest mails are kept.")] = 500,
) -> None:
    """Take every mail, send none on, and show them on a page."""
    from monitor import logs
    from monitor.demo.mailbox import Mailbox
    from monitor.demo.receivers import SmtpCatcher

    logs.configure()
    catcher = SmtpCatcher(bind=_address(smtp), most=most)
    _serve(lambda: catcher, lambda: Mailbox(catcher, _address(http)))


def _address(text: str) -> tuple[str, int]:
    from monitor.config.ops import parse_bind

    try:
        found = parse_bind(text)
    except ValueError as error:
        raise UserError(str(error)) from error
    return found.host, found.port


def _serve(*parts: Callable[[], AbstractContextManager[object]]) -> None:
    """Open the parts and serve until the process is told to stop."""
    told = {signal.SIGTERM, signal.SIGINT}
    # Blocked before the first thread begins, so that no thread takes them from the one that waits.
    signal.pthread_sigmask(signal.SIG_BLOCK, told)
    with ExitStack() as running:
        try:
            for part in parts:
                running.enter_context(part())
        except OSError as error:
            message = f"The address cannot be listened at ({error.strerror or error})."
            raise UserError(message, ExitCode.UNREACHABLE) from error
        signal.sigwait(told)
