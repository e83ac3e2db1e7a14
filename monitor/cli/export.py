"""`headwater export`: what is remembered, in formats that others read."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from monitor.cli.errors import UserError
from monitor.cli.options import DEFAULT_CONFIG, ConfigOption, DatabaseOption, JsonOption, instant, open_store

if TYPE_CHECKING:
    from snapshots.archives.warc import Written


def export(
    warc: Annotated[
        Path | None, typer.Option("--warc", help="Write versions and checks to this web archive (WARC 1.1).")
    ] = None,
    jsonl: Annotated[
        Path | None, typer.Option("--jsonl", help="Write facts and changes to this file, which `import` reads.")
    ] = None,
    source: Annotated[list[str] | None, typer.Option("--source", help="Only this source; repeatable.")] = None,
    since: Annotated[str | None, typer.Option("--since", help="Only what was seen from then on (UTC, --warc).")] = None,
    until: Annotated[str | None, typer.Option("--until", help="Only what was seen before (UTC, --warc).")] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace a file that is there.")] = False,
    config: ConfigOption = DEFAULT_CONFIG,
    database: DatabaseOption = None,
    as_json: JsonOption = False,
) -> None:
    """Write a web archive of every version and check, or facts and changes as JSON lines."""
    from importlib.metadata import version

    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn

    from monitor.cli import output
    from snapshots.archives.files import hold_still, new_file
    from snapshots.archives.jsonl_export import write_jsonl
    from snapshots.archives.warc import Window, write_warc
    from snapshots.clock import SystemClock

    target = warc or jsonl
    if target is None or (warc is not None and jsonl is not None):
        message = "Say what to write: --warc FILE (versions and checks) or --jsonl FILE (facts and changes)."
        raise UserError(message)
    if jsonl is not None and (since or until):
        message = "--since and --until go with --warc: facts and changes are exported whole, or they would not add up."
        raise UserError(message)
    window = Window(source or (), instant(since) if since else None, instant(until) if until else None)
    now, software = SystemClock().now(), f"headwater/{version('headwater')}"
    columns = (TextColumn("exporting"), BarColumn(), TaskProgressColumn())
    with (
        open_store(config, database).reading() as session,
        new_file(target, force=force) as out,
        Progress(
            *columns, console=output.errors, transient=True, disable=as_json or not output.errors.is_terminal
        ) as shown,
    ):
        hold_still(session)
        task = shown.add_task("export")

        def progress(done: int, of: int) -> None:
            shown.update(task, completed=done, total=of)

        if warc is not None:
            written = write_warc(session, out, window, now=now, software=software, progress=progress)
            counts, told = _counts(written), _sentence(written)
        else:
            counts = dict(write_jsonl(session, out, source or (), now=now, software=software, progress=progress))
            told = ", ".join(output.counted(count, name.replace("_", " ")) for name, count in counts.items() if count)
            told = told or "nothing but a header"
    size = target.stat().st_size
    if as_json:
        form = "warc" if warc is not None else "jsonl"
        output.emit_json({"file": str(target), "format": form, "bytes": size, "records": counts})
        return
    output.console.print(f"{output.safe(target)}: {size:,} bytes, {told}.", soft_wrap=True)


def _counts(written: Written) -> dict[str, int]:
    from dataclasses import asdict

    return asdict(written)


def _sentence(written: Written) -> str:
    from monitor.cli.output import counted

    told = (
        f"{counted(written.responses, 'version')} and {counted(written.revisits, 'revisit')} "
        f"of {counted(written.sources, 'source')}, {counted(written.metadata, 'note')}"
    )
    absent = f"; {counted(written.absent, 'version')} left out, whose bytes are not kept" if written.absent else ""
    return told + absent
