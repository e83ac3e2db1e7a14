"""Reading the kept versions anew with the extractors of this program.

What they read otherwise becomes the store's present knowledge; what was known before stays on record with the time it
was replaced (`snapshots.beliefs`). A change that the old reading missed is recorded as a quiet item for review: it is
never sent, and no message about a change that was recorded already is repeated.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from monitor.extract.document import DocumentError
from monitor.extract.reading import Reading, Vocabulary, read
from monitor.extract.shell import shell_reason
from snapshots import beliefs, blobs, conflicts, store
from snapshots.beliefs import VersionRead
from snapshots.changes.compare import compare
from snapshots.changes.model import Change
from snapshots.clock import Clock
from snapshots.db import Database
from snapshots.facts import Fact
from snapshots.tables import ChangeRow, FactRow, SnapshotRow, SourceRow

ORIGIN = "reextract"


class BusyError(Exception):
    """A source got another version while its old ones were read; the message says what to do."""


@dataclass(frozen=True, slots=True)
class Reextracted:
    """What reading a source anew came to. `unread` counts versions whose bytes are not kept or cannot be read."""

    source_id: str
    versions: int
    unread: int
    closed: int
    opened: int
    found: tuple[Change, ...]


@dataclass(frozen=True, slots=True)
class _Step:
    """Two neighbouring versions and what differs between them by the present reading."""

    before: SnapshotRow
    after: SnapshotRow
    changes: tuple[Change, ...]


def reextract(
    database: Database,
    source_id: str,
    clock: Clock,
    *,
    adjust: Callable[[Change], Change] = lambda change: change,
    dry_run: bool = False,
    progress: Callable[[int, int], None] = lambda done, of: None,
) -> Reextracted:
    """Read every believed version of a source and record where the reading differs from what is on record.

    `progress` is called with the number of versions read and their total. With `dry_run` nothing is kept.

    Raises:
        BusyError: the source got a new version meanwhile; nothing was written.
    """
    with database.reading() as session:
        source = session.get_one(SourceRow, source_id)
        rows = _believed_versions(session, source_id)
        versions, steps, unread = _read_all(session, source, rows, progress)
    with database.writing() as session:
        if len(_believed_versions(session, source_id)) != len(rows):
            message = f"{source_id} got a new version while its old ones were read. Run the command again."
            raise BusyError(message)
        now = clock.now()
        superseded = beliefs.supersede(session, source_id, beliefs.beliefs_of(versions), now)
        conflicts.settle(session, session.get_one(SourceRow, source_id), superseded.touched, now=now)
        found = [
            change for step in steps for change in _record_new(session, step, [adjust(c) for c in step.changes], now)
        ]
        if dry_run:
            session.rollback()
    return Reextracted(source_id, len(rows), unread, superseded.closed, superseded.opened, tuple(found))


def _believed_versions(session: Session, source_id: str) -> Sequence[SnapshotRow]:
    query = select(SnapshotRow).where(SnapshotRow.source_id == source_id, SnapshotRow.held.is_(None))
    return session.scalars(query.order_by(SnapshotRow.sequence)).all()


def _read_all(
    session: Session, source: SourceRow, rows: Sequence[SnapshotRow], progress: Callable[[int, int], None]
) -> tuple[list[VersionRead], list[_Step], int]:
    """Each version in order, read as a check reads it: both neighbours with the names known by then."""
    on_record = beliefs.recorded(session, source.id)
    versions: list[VersionRead] = []
    steps: list[_Step] = []
    before: tuple[SnapshotRow, bytes] | None = None
    unread = 0
    for done, row in enumerate(rows, start=1):
        stated = tuple(beliefs.believed(versions[-1].facts).values()) if versions else ()
        try:
            body = blobs.get(session, row.raw_digest)
            known = Vocabulary.from_facts(stated)
            old = _read(source, before[0], before[1], known, row) if before else None
            new = _read(source, row, body, old.vocabulary if old else known, row)
        except (blobs.AbsentBlobError, DocumentError):
            # What was read while it could be read stands.
            versions.append(VersionRead(row.id, row.observed_at, _on_record_at(on_record, row.observed_at)))
            before, unread = None, unread + 1
        else:
            versions.append(VersionRead(row.id, row.observed_at, new.facts))
            if before and old and shell_reason(old, new, source.url, "") is None:
                changes = compare(old.facts, new.facts, old.passages, new.passages, now=row.observed_at)
                steps.append(_Step(before[0], row, changes))
            before = (row, body)
        progress(done, len(rows))
    return versions, steps, unread


def _read(source: SourceRow, row: SnapshotRow, body: bytes, known: Vocabulary, seen_with: SnapshotRow) -> Reading:
    day = seen_with.observed_at.date()
    return read(body, row.content_type, url=row.final_url, kind=source.document, known=known, today=day)


def _on_record_at(rows: Sequence[FactRow], at: datetime) -> tuple[Fact, ...]:
    return tuple(
        beliefs.fact_of(row)
        for row in rows
        if row.observed_from <= at and (row.observed_to is None or at < row.observed_to)
    )


def _record_new(session: Session, step: _Step, changes: Sequence[Change], now: datetime) -> Sequence[Change]:
    """Record those changes between two versions that are on record in no wording yet."""
    query = select(ChangeRow.kind, ChangeRow.correlation_key, ChangeRow.fingerprint)
    rows = session.execute(query.where(ChangeRow.to_snapshot_id == step.after.id)).all()
    events = {(kind, key) for kind, key, _ in rows}
    fingerprints = {fingerprint for _, _, fingerprint in rows}
    new = [
        change
        for change in changes
        if (change.kind, change.correlation_key) not in events
        and change.fingerprint(step.after.source_id, step.before.raw_digest, step.after.raw_digest, step.after.sequence)
        not in fingerprints
    ]
    store.add_changes(session, step.before, step.after, new, now, origin=ORIGIN)
    return new
