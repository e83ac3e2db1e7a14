"""`headwater db`: the schema, and whether the store is whole. `care.py` adds copies and letting go."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Annotated

import typer

from monitor.cli.errors import ExitCode, UserError
from monitor.cli.options import DEFAULT_CONFIG, ConfigOption, DatabaseOption, JsonOption, named_store, open_store

app = typer.Typer(no_args_is_help=True, help="Care for the database.")


@app.callback()
def _group() -> None:
    """Care for the database."""


@app.command()
def upgrade(config: ConfigOption = DEFAULT_CONFIG, database: DatabaseOption = None) -> None:
    """Bring the schema to the version of this program. An empty database gets all of it."""
    from monitor.cli import output

    store = named_store(config, database)
    before = store.revision()
    store.upgrade()
    after = store.revision()
    said = f"is at schema {after} already" if before == after else f"now has schema {after} (was {before or 'empty'})"
    output.console.print(f"{output.safe(store.url)} {said}.")


@app.command("downgrade-check")
def downgrade_check(
    revision: Annotated[
        str | None,
        typer.Argument(metavar="[REVISION]", help="An older schema; default: the one before."),
    ] = None,
    config: ConfigOption = DEFAULT_CONFIG,
    database: DatabaseOption = None,
    as_json: JsonOption = False,
) -> None:
    """Say what an older schema could not hold. Exit status 0 when nothing would be lost, else 1. Changes nothing."""
    from dataclasses import asdict

    from monitor.cli import output
    from snapshots.care.older import lost_below

    store = open_store(config, database)
    with store.consistent() as session:
        wanted, losses = lost_below(session, revision)
    if as_json:
        output.emit_json({"revision": wanted, "lost": [asdict(loss) for loss in losses]})
    elif losses:
        output.console.print(f"Schema {output.safe(wanted)} has no room for:")
        rows = [(loss.table, loss.column or "whole rows", f"{loss.rows:,}", loss.what) for loss in losses]
        output.table(("table", "column", "rows", "what"), rows)
        output.console.print(
            "To go back all the same, keep a backup of today (`headwater db backup`), then let the older headwater "
            "restore the backup that was made before the upgrade.",
            soft_wrap=True,
        )
    else:
        output.console.print(f"Schema {output.safe(wanted)} has room for everything there is.")
    if losses:
        raise typer.Exit(ExitCode.NEGATIVE)


@app.command()
def verify(config: ConfigOption = DEFAULT_CONFIG, database: DatabaseOption = None, as_json: JsonOption = False) -> None:
    """Look whether everything is whole: every stored byte, every reference, every rule. Changes nothing."""
    from monitor.cli import output
    from snapshots.care.verify import verify as look

    store = open_store(config, database)
    with store.consistent() as session, progress_bar("verifying") as show:
        found = look(session, show)
    problems = [{"table": one.table, "problem": one.sentence} for one in found.problems]
    if as_json:
        counts = {"blobs": found.blobs, "let_go": found.absent, "bytes": found.size, "stored_bytes": found.stored}
        output.emit_json({"ok": not problems, **counts, "rows": found.rows, "problems": problems})
    else:
        for problem in problems:
            output.console.print(f"[red]✗[/] {output.safe(problem['problem'])}", soft_wrap=True)
        gone = f", {found.absent:,} let go" if found.absent else ""
        looked = f"{found.rows:,} rows, {found.blobs:,} bodies{gone} ({found.size:,} bytes in {found.stored:,})"
        if not problems:
            output.console.print(f"[green]✓[/] {output.safe(store.url)} is whole: {looked}.", soft_wrap=True)
    if problems:
        message = f"{store.url} is damaged: {output.counted(len(problems), 'problem')}. Nothing was changed."
        raise UserError(message, ExitCode.DATABASE)


@app.command()
def stats(config: ConfigOption = DEFAULT_CONFIG, database: DatabaseOption = None, as_json: JsonOption = False) -> None:
    """Say what the store takes, by source and as a whole."""
    from dataclasses import asdict

    from monitor.cli import output
    from snapshots.care.stats import stats as measure

    found = measure(open_store(config, database))
    if as_json:
        sources = [{**asdict(one), "bytes_per_version": one.bytes_per_version} for one in found.sources]
        output.emit_json({**asdict(found), "versions": found.versions, "sources": sources})
        return
    rows = [
        (
            output.safe(one.source_id),
            f"{one.versions:,}" + (f" ({one.let_go:,} let go)" if one.let_go else ""),
            f"{one.raw_bytes:,}",
            f"{one.stored_bytes:,}",
            f"{one.bytes_per_version:,}",
            f"{one.facts:,}",
            f"{one.changes:,}",
        )
        for one in found.sources
    ]
    total = ("[bold]all[/]", f"{found.versions:,}", f"{found.raw_bytes:,}", f"{found.stored_bytes:,}")
    each = f"{round(found.stored_bytes / found.versions):,}" if found.versions else "-"
    columns = ("source", "versions", "bytes", "stored", "a version", "facts", "changes")
    output.table(columns, [*rows, (*total, each, f"{found.facts:,}", f"{found.changes:,}")])
    output.console.print(f"The database takes {found.database_bytes:,} bytes.")


@contextmanager
def progress_bar(doing: str) -> Iterator[Callable[[str, int, int], None]]:
    """A bar on stderr that goes away at the end; it is told what is under way, how much is done, and of how much."""
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

    from monitor.cli import output

    columns = (TextColumn(doing), TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, console=output.errors, transient=True, disable=not output.errors.is_terminal) as progress:
        task = progress.add_task("")

        def show(what: str, done: int, of: int) -> None:
            progress.update(task, description=what, completed=done, total=of or None)

        yield show
