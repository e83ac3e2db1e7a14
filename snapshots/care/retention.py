"""What may be let go, and letting it go. By default nothing but old records of work: every version is kept for ever.

Letting a version go means its bytes: the row of the version, the facts read off it, changes and quotations stay, so
that every question about a day keeps its answer. Bytes stay while anything rests on them (`_needed`).

Each batch is one short transaction that decides and acts under the lock that checks take too (`_alone`), so a version
that a check is just recording is never compressed against bytes that go.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import Select, and_, delete, func, or_, select, text, update
from sqlalchemy.orm import Session

from snapshots.blobs import Encoding
from snapshots.care import telling
from snapshots.changes.model import Level
from snapshots.db import Database
from snapshots.tables import (
    CURRENT_FACT,
    AcknowledgementRow,
    BlobRow,
    ChangeRow,
    CheckDayRow,
    CheckRow,
    ConflictClaimRow,
    ConflictRow,
    CorrectionRow,
    DecisionRow,
    DeliveryAttemptRow,
    FactRow,
    OutboxEventRow,
    ReminderRow,
    SnapshotRow,
)

_BATCH = 500
_PIN = "pin"


@dataclass(frozen=True, slots=True)
class Policy:
    """How long what is kept. An age of `None` means for ever.

    `versions_older_than` counts from the last time a version was seen; the newest `keep_versions` of a source stay
    whatever their age.
    """

    checks_older_than: timedelta | None = timedelta(days=90)
    versions_older_than: timedelta | None = None
    keep_versions: int = 10


@dataclass(frozen=True, slots=True)
class Pruned:
    """How much was let go, or would be: rows, versions' bodies, and the bytes those took in the database."""

    checks: int = 0
    events: int = 0
    attempts: int = 0
    decisions: int = 0
    reminders: int = 0
    versions: int = 0
    stored_bytes: int = 0


NOTHING = Pruned()


def prune(database: Database, policy: Policy, now: datetime, *, dry_run: bool = False) -> Pruned:
    """Let go what the policy allows at `now` (UTC). With `dry_run` only count it."""
    if dry_run:
        with database.consistent() as session:
            return _counted(session, policy, now)
    checks = events = attempts = decisions = reminders = versions = stored = 0
    if policy.checks_older_than is not None:
        before = now - policy.checks_older_than
        checks = _in_batches(database, lambda session: _roll_up(session, before))
        events = _in_batches(database, lambda session: _drop(session, OutboxEventRow, telling.events(before)))
        attempts = _in_batches(database, lambda session: _drop(session, DeliveryAttemptRow, telling.attempts(before)))
        decisions = _in_batches(database, lambda session: _drop(session, DecisionRow, telling.decisions(before, now)))
        reminders = _in_batches(database, lambda session: _drop(session, ReminderRow, telling.reminders(before)))
        _in_batches(database, lambda session: telling.drop_parts(session, before, batch=_BATCH))
    if policy.versions_older_than is not None:
        batch: Sequence[tuple[bytes, int]] = [(b"", 0)] * _BATCH
        while len(batch) == _BATCH:
            with _alone(database) as session:
                batch = _unneeded(session, policy, now - policy.versions_older_than)[:_BATCH]
                _let_go(session, [digest for digest, _ in batch])
            versions += len(batch)
            stored += sum(size for _, size in batch)
    return Pruned(checks, events, attempts, decisions, reminders, versions, stored)


def _counted(session: Session, policy: Policy, now: datetime) -> Pruned:
    checks = events = attempts = decisions = reminders = 0
    if policy.checks_older_than is not None:
        before = now - policy.checks_older_than
        checks, events, attempts, decisions, reminders = (
            session.scalar(select(func.count()).select_from(query.subquery())) or 0
            for query in (
                _checks(before),
                telling.events(before),
                telling.attempts(before),
                telling.decisions(before, now),
                telling.reminders(before),
            )
        )
    batch: Sequence[tuple[bytes, int]] = ()
    if policy.versions_older_than is not None:
        batch = _unneeded(session, policy, now - policy.versions_older_than)
    return Pruned(checks, events, attempts, decisions, reminders, len(batch), sum(size for _, size in batch))


@contextmanager
def _alone(database: Database) -> Iterator[Session]:
    """A writing transaction beside which no check is recorded and nobody else prunes; readers do not notice.

    Raises:
        OperationalError: PostgreSQL was not free for it within two seconds (`snapshots.db.is_busy`).
    """
    with database.writing() as session:
        if not database.is_sqlite:
            # Recording begins with an update of the source, so it waits here, or we wait for it. While we wait, all who
            # come after us wait too, so we do not wait for long.
            session.execute(text("SET LOCAL lock_timeout = '2s'"))
            session.execute(text("LOCK TABLE sources IN SHARE ROW EXCLUSIVE MODE"))
        yield session


def _in_batches(database: Database, step: Callable[[Session], int]) -> int:
    """Repeat a step in transactions of its own until it finds less than a batch; give the sum."""
    total, done = 0, _BATCH
    while done == _BATCH:
        with _alone(database) as session:
            done = step(session)
        total += done
    return total


def _checks(before: datetime) -> Select[int]:
    """Old checks but the newest of each source, which says how it is doing."""
    newest = select(func.max(CheckRow.id)).group_by(CheckRow.source_id)
    return select(CheckRow.id).where(CheckRow.started_at < before, CheckRow.id.not_in(newest))


def _drop(
    session: Session,
    model: type[OutboxEventRow | DeliveryAttemptRow | DecisionRow | ReminderRow],
    which: Select[int],
) -> int:
    ids = session.scalars(which.order_by(model.id).limit(_BATCH)).all()
    session.execute(delete(model).where(model.id.in_(ids)))
    return len(ids)


def _roll_up(session: Session, before: datetime) -> int:
    """Let a batch of checks go, and count them in the day (UTC) and outcome they belong to."""
    ids = session.scalars(_checks(before).order_by(CheckRow.id).limit(_BATCH)).all()
    told = (CheckRow.source_id, CheckRow.started_at, CheckRow.outcome, CheckRow.duration_ms)
    gone = session.execute(delete(CheckRow).where(CheckRow.id.in_(ids)).returning(*told)).all()
    days: dict[tuple[str, date, str], list[int]] = defaultdict(list)
    for source, started_at, outcome, duration in gone:
        days[source, started_at.date(), outcome].append(duration)
    for (source, day, outcome), durations in days.items():
        row = session.get(CheckDayRow, (source, day, outcome))
        if row is None:
            row = CheckDayRow(source_id=source, day=day, outcome=outcome, checks=0, duration_ms=0)
            session.add(row)
        row.checks += len(durations)
        row.duration_ms += sum(durations)
    return len(ids)


def _unneeded(session: Session, policy: Policy, before: datetime) -> list[tuple[bytes, int]]:
    """The bodies that may go and what each takes, those that rest on others first."""
    chained = select(BlobRow.digest, BlobRow.base_digest).where(BlobRow.base_digest.is_not(None))
    bases = dict(session.execute(chained).all())
    kept: set[bytes] = set()
    for digest in _needed(session, policy, before):
        wanted: bytes | None = digest
        while wanted is not None and wanted not in kept:
            kept.add(wanted)
            wanted = bases.get(wanted)
    present = (
        select(BlobRow.digest, func.length(BlobRow.content))
        .where(BlobRow.encoding != Encoding.ABSENT, BlobRow.digest.in_(select(SnapshotRow.raw_digest)))
        .order_by(BlobRow.depth.desc(), BlobRow.digest)
    )
    return [(digest, size) for digest, size in session.execute(present) if digest not in kept]


def _needed(session: Session, policy: Policy, before: datetime) -> Iterator[bytes]:
    """The digests that something rests on by itself; what those are compressed against comes on top.

    Seen since `before`, or among the newest of its source, or the newest that is believed (the next version is compared
    with it); evidence of what is believed now, of a change that waits for a review or its confirmation, of an open
    conflict, of a correction that stands; a pinned baseline. A change of level none is never told to anybody, so it
    waits for nobody.
    """
    newest_first = func.row_number().over(partition_by=SnapshotRow.source_id, order_by=SnapshotRow.sequence.desc())
    place = newest_first.label("place")
    ranked = select(SnapshotRow.raw_digest, SnapshotRow.last_confirmed_at, place).subquery()
    recent = or_(ranked.c.last_confirmed_at >= before, ranked.c.place <= max(policy.keep_versions, 1))
    yield from session.scalars(select(ranked.c.raw_digest).where(recent))
    good = select(SnapshotRow.raw_digest, place).where(SnapshotRow.held.is_(None)).subquery()
    yield from session.scalars(select(good.c.raw_digest).where(good.c.place == 1))
    waiting = or_(
        ChangeRow.state == "unconfirmed",
        and_(ChangeRow.review_state.in_(("open", "snoozed")), ChangeRow.level != Level.NONE),
    )
    for evidence in (
        select(FactRow.snapshot_id).where(CURRENT_FACT),
        select(ChangeRow.from_snapshot_id).where(waiting),
        select(ChangeRow.to_snapshot_id).where(waiting),
        select(ConflictClaimRow.snapshot_id)
        .join(ConflictRow, ConflictRow.id == ConflictClaimRow.conflict_id)
        .where(ConflictRow.closed_at.is_(None)),
        select(CorrectionRow.snapshot_id).where(CorrectionRow.withdrawn_at.is_(None)),
        select(AcknowledgementRow.snapshot_id).where(AcknowledgementRow.action == _PIN),
    ):
        yield from session.scalars(select(SnapshotRow.raw_digest).where(SnapshotRow.id.in_(evidence)))


def _let_go(session: Session, digests: Sequence[bytes]) -> None:
    gone = {"encoding": Encoding.ABSENT, "content": b"", "base_digest": None, "depth": 0}
    session.execute(update(BlobRow).where(BlobRow.digest.in_(digests)).values(gone))
