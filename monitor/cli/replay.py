"""`headwater replay`: recorded history through the real pipeline."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

import typer

from monitor.cli.errors import UserError
from monitor.cli.options import JsonOption


def replay(
    folders: Annotated[list[Path], typer.Argument(help="Folders with source.json and versions NNN__YYYY-MM-DD.ext.")],
    store: Annotated[Path | None, typer.Option("--store", help="Keep the store in this new SQLite file.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Run folders of recorded versions through the real pipeline, without network or configuration."""
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

    from monitor.cli import output
    from monitor.logs import quiet
    from monitor.replay import open_history
    from monitor.replay import replay as run
    from snapshots.db import Database

    quiet()
    histories = [open_history(folder) for folder in folders]
    if store is not None and store.exists():
        message = f"{store} exists already. A replay writes a store of its own: name a new file."
        raise UserError(message)
    with TemporaryDirectory(prefix="headwater-replay-") as scratch:
        database = Database(f"sqlite:///{store or Path(scratch) / 'replay.db'}")
        database.upgrade()
        kinds: Counter[str] = Counter()
        columns = (TextColumn("replaying"), BarColumn(), MofNCompleteColumn(), TextColumn("versions"))
        with Progress(*columns, console=output.errors, transient=True, disable=as_json) as progress:
            task = progress.add_task("replay")
            for record in run(
                histories, database, progress=lambda done, of: progress.update(task, completed=done, total=of)
            ):
                if as_json:
                    output.emit_json_line(record)
                    continue
                output.console.print(
                    f"[bold]{output.safe(record['from'])} → {output.safe(record['to'])}[/]  {record['outcome']}"
                )
                for change in record["changes"]:
                    kinds[change["kind"]] += 1
                    output.console.print("  " + _line(change))
        database.close()
    if not as_json:
        total = ", ".join(f"{count} {kind}" for kind, count in kinds.most_common()) or "no change"
        output.console.print(f"\n{total}")


def _line(change: dict[str, str | None]) -> str:
    from monitor.cli import output

    what = " ".join(str(change[key]) for key in ("subject", "attribute", "qualifier") if change.get(key))
    values = f"{change.get('before') or 'nothing'} → {change.get('after') or 'no longer stated'}"
    return f"{output.level_mark(str(change['level']))} {change['kind']}  {output.safe(what)}: {output.safe(values)}"
