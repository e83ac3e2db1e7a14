"""The database and its disk, the clock beside it, and how long ago each source was read."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.exc import DBAPIError

from monitor.ops.doctor.model import Finding, good, skipped, wrong
from snapshots.clock import Clock
from snapshots.db import Database, DatabaseAwayError, DatabaseError, head_revision, told_by_driver
from snapshots.readiness import schedule, writable
from snapshots.sources import SourceHealth, source_health
from snapshots.tables import SourceRow

CLOCK_OFF = timedelta(seconds=30)
"""Leases last minutes and retries seconds: a clock so far off is seen by nobody else."""
_STALE_INTERVALS = 4
_DISK_SHARE, _DISK_BYTES = 0.1, 500_000_000


def look_at_store(database: Database, clock: Clock) -> Iterator[Finding]:
    """Whether the database answers, has this program's schema and takes writes; then what rests on it."""
    about = database.url
    try:
        database.require_current()
    except DatabaseAwayError as error:
        yield wrong("database", about, str(error), "Start it, or mend `database` in the configuration.")
        return
    except DatabaseError as error:
        yield wrong("database", about, str(error), "Do what the sentence says; nothing else works before.")
        return
    yield good("database", about, f"answers, with schema {head_revision()}")
    answer = writable(database)
    yield (good if answer.ok else _no_writes)("database", about, answer.detail)
    if database.is_sqlite:
        yield _journal(database)
    yield from look_at_disk(database)
    try:
        yield from _clock(database, clock)
        with database.reading() as session:
            made = schedule(session, clock.now())
            yield (good if made.ok else _no_service)("schedule", "all sources", made.detail)
            health = source_health(session)
    except DBAPIError as error:
        yield wrong("database", about, told_by_driver(error) or "It refused.", "Look into the database's own log.")
        return
    yield from freshness(health, clock.now())


def look_at_disk(database: Database) -> Iterable[Finding]:
    """Room on the disk of the SQLite file; a server's disk is not ours to see."""
    if database.path is None:
        return [skipped("disk", "PostgreSQL", "its disk belongs to the server; watch it there")]
    folder = database.path.parent
    usage = shutil.disk_usage(folder)
    says = f"{usage.free / 1e9:,.1f} GB of {usage.total / 1e9:,.1f} GB free"
    if usage.free < _DISK_BYTES or usage.free < _DISK_SHARE * usage.total:
        return [wrong("disk", str(folder), says, "Make space; `headwater db stats` says what takes it.")]
    return [good("disk", str(folder), says)]


def freshness(found: Iterable[SourceHealth], now: datetime) -> Iterator[Finding]:
    """How long ago each active source gave a good answer."""
    for one in found:
        if one.state != "active":
            continue
        todo = f"`headwater sources show {one.id}` has its checks and their reasons."
        if one.last_ok_at is None:
            says = f"never read: {one.word}" if one.failing_since else "not read yet"
            todo = todo if one.failing_since else "`headwater run` reads it; `headwater check` does it now."
            yield wrong("source", one.id, says, todo)
            continue
        ago = f"read {_spoken(now - one.last_ok_at)} ago"
        if one.failing_since is not None:
            yield wrong("source", one.id, f"{ago}, then {one.consecutive_failures} times {one.word}", todo)
        elif now - one.last_ok_at > _STALE_INTERVALS * timedelta(seconds=one.interval_seconds):
            yield wrong("source", one.id, f"{ago}, due every {_spoken(timedelta(seconds=one.interval_seconds))}", todo)
        else:
            yield good("source", one.id, ago)


def _no_writes(area: str, about: str, says: str) -> Finding:
    return wrong(area, about, says, "Let this user write there, and see whether the disk is full.")


def _no_service(area: str, about: str, says: str) -> Finding:
    return wrong(area, about, says, "Start the service; if it runs, its log names the reason.")


def _journal(database: Database) -> Finding:
    with database.engine.connect() as connection:
        mode = str(connection.exec_driver_sql("PRAGMA journal_mode").scalar())
    if mode == "wal":
        return good("database", database.url, "readers and the writer do not wait for each other (WAL)")
    todo = "Put the file on a local disk: a network file system cannot do it, and may lose what is written."
    return wrong("database", database.url, f"the journal mode is {mode}, not WAL", todo)


def _clock(database: Database, clock: Clock) -> Iterator[Finding]:
    with database.reading() as session:
        newest = session.scalar(select(func.max(SourceRow.last_checked_at)))
        theirs = None if database.is_sqlite else session.scalar(select(func.clock_timestamp()))
        now = clock.now()
    if newest is not None and newest - now > CLOCK_OFF:
        says = f"{now:%Y-%m-%d %H:%M} UTC, {_spoken(newest - now)} before the newest check"
        yield wrong("clock", "this machine", says, "Set the clock; use NTP.")
    elif theirs is None:
        yield good("clock", "this machine", f"{now:%Y-%m-%d %H:%M} UTC, after everything recorded")
    elif abs(theirs - now) > CLOCK_OFF:
        says = f"{_spoken(abs(theirs - now))} away from PostgreSQL's"
        yield wrong("clock", "this machine", says, "Set both clocks by NTP: leases are judged by them.")
    else:
        yield good("clock", "this machine", "agrees with PostgreSQL's")


def _spoken(span: timedelta) -> str:
    seconds = span.total_seconds()
    for unit, size in (("days", 86_400), ("hours", 3_600), ("minutes", 60)):
        if seconds >= 2 * size:
            return f"{seconds / size:.0f} {unit}"
    return f"{max(seconds, 0):.0f} seconds"
