"""`headwater db backup`, `restore` and `prune`: copies of the store, and letting go what need not be kept."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from monitor.cli.db import progress_bar
from monitor.cli.errors import UserError
from monitor.cli.options import (
    DEFAULT_CONFIG,
    ConfigOption,
    DatabaseOption,
    JsonOption,
    load_configuration,
    open_store,
)

if TYPE_CHECKING:
    from datetime import timedelta

    from snapshots.care.retention import Policy


def backup(
    target: Annotated[Path, typer.Argument(metavar="FILE", help="A new file.")],
    force: Annotated[bool, typer.Option("--force", help="Replace a file that is there.")] = False,
    config: ConfigOption = DEFAULT_CONFIG,
    database: DatabaseOption = None,
    as_json: JsonOption = False,
) -> None:
    """Write everything into one file, while the service works. It can be restored on SQLite and on PostgreSQL."""
    from monitor.cli import output
    from snapshots.care.backup import backup as write
    from snapshots.clock import SystemClock

    store = open_store(config, database)
    if target.exists() and not force:
        message = f"{target} exists already. Name a new file, or give --force."
        raise UserError(message)
    with progress_bar("backing up") as show:
        made = write(
            store, target, SystemClock().now(), replace=force, progress=lambda done, of: show("rows", done, of)
        )
    rows = sum(made.rows.values())
    if as_json:
        output.emit_json({"file": str(target), "bytes": made.size, "rows": made.rows})
    else:
        output.console.print(f"{output.safe(target)} holds {rows:,} rows in {made.size:,} bytes.", soft_wrap=True)


def restore(
    source: Annotated[Path, typer.Argument(metavar="FILE", help="A backup.")],
    database: Annotated[
        str, typer.Option("--database", envvar="HEADWATER_DATABASE", help="Address of a new, empty database.")
    ],
    max_bytes: Annotated[
        int | None, typer.Option("--max-bytes", min=1, help="Most bytes of the archive when decompressed.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Fill an empty database from a backup, and verify it. Whatever is wrong with the file, nothing is kept then."""
    from monitor.cli import output
    from snapshots.care.archive import MOST_BYTES
    from snapshots.care.restore import restore as read
    from snapshots.db import Database

    store = Database(database)
    with progress_bar("restoring") as show:
        done = read(
            source, store, most_bytes=max_bytes or MOST_BYTES, progress=lambda table, rows: show(table, rows, 0)
        )
    if as_json:
        header = {"schema": done.header.schema, "created_at": done.header.created_at}
        output.emit_json({"database": store.url, **header, "headwater": done.header.headwater, "rows": done.rows})
        return
    whence = f"the backup of {output.safe(done.header.created_at)}"
    told = f"{output.safe(store.url)} holds {sum(done.rows.values()):,} rows from {whence}, and is whole."
    output.console.print(told, soft_wrap=True)


def prune(
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would go.")] = False,
    checks_older_than: Annotated[
        str | None, typer.Option("--checks-older-than", metavar="AGE", help="Instead of the configuration's: 90d.")
    ] = None,
    versions_older_than: Annotated[
        str | None, typer.Option("--versions-older-than", metavar="AGE", help="Instead of the configuration's: 104w.")
    ] = None,
    keep_versions: Annotated[
        int | None, typer.Option("--keep-versions", min=1, help="Newest versions of a source that stay.")
    ] = None,
    config: ConfigOption = DEFAULT_CONFIG,
    database: DatabaseOption = None,
    as_json: JsonOption = False,
) -> None:
    """Let go what `retention` in the configuration lets go. Facts, changes and quotations always stay."""
    from dataclasses import asdict, replace

    from monitor.cli import output
    from snapshots.care.retention import prune as let_go
    from snapshots.clock import SystemClock

    policy = _policy(config, database)
    if checks_older_than is not None:
        policy = replace(policy, checks_older_than=_age(checks_older_than))
    if versions_older_than is not None:
        policy = replace(policy, versions_older_than=_age(versions_older_than))
    if keep_versions is not None:
        policy = replace(policy, keep_versions=keep_versions)
    gone = let_go(open_store(config, database), policy, SystemClock().now(), dry_run=dry_run)
    if as_json:
        output.emit_json({"dry_run": dry_run, **asdict(gone)})
        return
    checks = output.counted(gone.checks, "check")
    versions = f"the bytes of {output.counted(gone.versions, 'version')} ({gone.stored_bytes:,} stored bytes)"
    told = ", ".join(
        output.counted(number, what)
        for number, what in (
            (gone.events, "told event"),
            (gone.attempts, "delivery attempt"),
            (gone.decisions, "decision"),
            (gone.reminders, "reminder"),
        )
    )
    verb = "Would let go" if dry_run else "Let go"
    output.console.print(f"{verb}: {checks} (counted by day), {told}, {versions}.", soft_wrap=True)
    if policy.versions_older_than is None:
        output.console.print("Every version is kept: retention.versions_older_than is not set.", style="dim")


def _policy(config: Path, database: str | None) -> Policy:
    """The configuration's retention; without a configuration, for a database that was named, the defaults."""
    from monitor.config.models import Settings
    from monitor.wiring.storing import retention_of

    if database is not None and not config.exists():
        return retention_of(Settings())
    return retention_of(load_configuration(config).settings)


def _age(text: str) -> timedelta:
    from snapshots.durations import parse_duration

    try:
        return parse_duration(text)
    except ValueError as error:
        raise UserError(str(error)) from error
