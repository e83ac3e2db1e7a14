"""`headwater import`: facts and changes that another headwater exported."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from monitor.cli.options import DEFAULT_CONFIG, ConfigOption, DatabaseOption, JsonOption, open_store


def import_(
    file: Annotated[Path, typer.Argument(help="A file that `headwater export --jsonl` wrote.")],
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Check the file against the store, write nothing.")
    ] = False,
    max_bytes: Annotated[int, typer.Option("--max-bytes", min=1, help="Refuse a larger file.")] = 1_000_000_000,
    max_lines: Annotated[int, typer.Option("--max-lines", min=1, help="Refuse a file of more lines.")] = 2_000_000,
    config: ConfigOption = DEFAULT_CONFIG,
    database: DatabaseOption = None,
    as_json: JsonOption = False,
) -> None:
    """Take facts and changes of other sources into this store, all of the file or nothing.

    Imported sources are never fetched, and nobody is told of their changes. A source that is here already is refused.
    """
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn

    from monitor.cli import output
    from snapshots.archives.jsonl_import import import_jsonl, inspect_jsonl
    from snapshots.archives.reading import Limits
    from snapshots.clock import SystemClock

    store = open_store(config, database)
    limits = Limits(max_bytes, max_lines)
    columns = (TextColumn("checking" if dry_run else "importing"), BarColumn(), TaskProgressColumn())
    with Progress(
        *columns, console=output.errors, transient=True, disable=as_json or not output.errors.is_terminal
    ) as shown:
        task = shown.add_task("import")

        def progress(done: int, of: int) -> None:
            shown.update(task, completed=done, total=of)

        if dry_run:
            counts = inspect_jsonl(file, store, limits=limits, progress=progress)
        else:
            counts = import_jsonl(file, store, now=SystemClock().now(), limits=limits, progress=progress)
    if as_json:
        output.emit_json({"file": str(file), "imported": not dry_run, "records": counts})
        return
    told = ", ".join(output.counted(count, name) for name, count in counts.items() if count) or "nothing but a header"
    done = "could be imported" if dry_run else "is imported"
    output.console.print(f"{output.safe(file)} {done}: {told}.", soft_wrap=True)
