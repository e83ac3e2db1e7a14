"""`headwater reextract`: read the kept versions anew with the extractors of this program."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from monitor.cli.options import DEFAULT_CONFIG, ConfigOption, DatabaseOption, JsonOption, open_store

if TYPE_CHECKING:
    from monitor.reextract import Reextracted


def reextract(
    sources: Annotated[list[str] | None, typer.Argument(help="Ids of sources; default: all.")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would differ, and keep nothing.")] = False,
    config: ConfigOption = DEFAULT_CONFIG,
    database: DatabaseOption = None,
    as_json: JsonOption = False,
) -> None:
    """Read every kept version again: after an upgrade, better extractors find what was missed.

    Nothing is sent. What is found is listed by `headwater changes list`, marked as found by a new reading.
    """
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

    from monitor.cli import output
    from monitor.reextract import reextract as run
    from snapshots.clock import SystemClock
    from snapshots.versions import source_ids

    store = open_store(config, database)
    with store.reading() as session:
        wanted = source_ids(session, sources or ())
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TextColumn("versions"))
    results = []
    with Progress(*columns, console=output.errors, transient=True, disable=as_json) as progress:
        task = progress.add_task("reading")
        for source_id in wanted:
            progress.update(task, description=f"reading {output.safe(source_id)}", completed=0)

            def told(done: int, of: int) -> None:
                progress.update(task, completed=done, total=of)

            results.append(run(store, source_id, SystemClock(), dry_run=dry_run, progress=told))
    if as_json:
        output.emit_json({"dry_run": dry_run, "sources": [_json(one) for one in results]})
    else:
        _print(results, dry_run=dry_run)


def _print(results: list[Reextracted], *, dry_run: bool) -> None:
    from monitor.cli import output

    output.table(
        ("source", "versions", "not readable", "facts replaced", "facts added", "changes found"),
        [
            (
                output.safe(one.source_id),
                str(one.versions),
                str(one.unread),
                str(one.closed),
                str(one.opened),
                str(len(one.found)),
            )
            for one in results
        ],
    )
    for one in results:
        for change in one.found:
            what = " ".join(filter(None, (change.subject, change.attribute.replace("_", " "), change.qualifier)))
            output.console.print(
                f"{output.level_mark(change.level)} {change.kind}  {output.safe(what)} ({output.safe(one.source_id)})"
            )
    found = sum(len(one.found) for one in results)
    kept = "Nothing was kept: this was a dry run." if dry_run else "They wait for review; nothing was or will be sent."
    output.console.print(f"{output.counted(found, 'change')} that the old reading missed. {kept}")


def _json(one: Reextracted) -> dict[str, Any]:
    from snapshots.changes.contract import change_to_json

    return {
        "source": one.source_id,
        "versions": one.versions,
        "not_readable": one.unread,
        "facts_replaced": one.closed,
        "facts_added": one.opened,
        "changes": [change_to_json(change) for change in one.found],
    }
