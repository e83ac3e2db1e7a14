"""The rows behind the metrics: few aggregate queries, each over an index or a table that stays small."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Row, and_, case, func, literal, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from snapshots.changes.model import Area
from snapshots.deliveries import PENDING
from snapshots.review import ReviewState
from snapshots.tables import (
    CURRENT_FACT,
    ChangeRow,
    CheckRow,
    ConflictRow,
    DeliveryRow,
    FactRow,
    OutboxEventRow,
    SnapshotRow,
    SourceRow,
)

WATCHED = ("active", "paused")
OTHER = "other"
"""The label of what this program has no word for, such as a row of a newer headwater: labels are a closed set."""

_AREAS = frozenset(area.value for area in Area)


@dataclass(frozen=True, slots=True)
class SourceNumbers:
    """One source that the configuration names, with its newest check. Durations in milliseconds, instants in UTC."""

    id: str
    state: str
    interval_seconds: int
    consecutive_failures: int
    last_ok_at: datetime | None
    last_checked_at: datetime | None
    last_duration_ms: int | None
    last_body_bytes: int | None
    versions: int


@dataclass(frozen=True, slots=True)
class Backlog:
    """Work that waits: how much, and since when (UTC; `None` when nothing waits)."""

    count: int
    oldest: datetime | None

    def seconds(self, now: datetime) -> float:
        """How long the oldest has waited at `now`."""
        return max((now - self.oldest).total_seconds(), 0.0) if self.oldest else 0.0


def sources(session: Session) -> Sequence[SourceNumbers]:
    """The sources that are watched or paused; removed and imported ones have no schedule to speak of."""
    newest = (
        select(CheckRow.id)
        .where(CheckRow.source_id == SourceRow.id)
        .order_by(CheckRow.scheduled_for.desc())
        .limit(1)
        .correlate(SourceRow)
        .scalar_subquery()
    )
    query = (
        select(
            SourceRow.id,
            SourceRow.state,
            SourceRow.interval_seconds,
            SourceRow.consecutive_failures,
            SourceRow.last_ok_at,
            SourceRow.last_checked_at,
            CheckRow.duration_ms,
            CheckRow.body_bytes,
        )
        .outerjoin(CheckRow, CheckRow.id == newest)
        .where(SourceRow.state.in_(WATCHED))
        .order_by(SourceRow.id)
    )
    counted = select(SnapshotRow.source_id, func.count()).group_by(SnapshotRow.source_id)
    versions = dict(session.execute(counted).all())
    return [SourceNumbers(*row, versions=versions.get(row.id, 0)) for row in session.execute(query)]


def facts_by_area(session: Session) -> Mapping[str, int]:
    """How many facts are believed now, by area."""
    by_predicate = select(FactRow.predicate, func.count()).where(CURRENT_FACT).group_by(FactRow.predicate)
    found: Counter[str] = Counter()
    for predicate, count in session.execute(by_predicate):
        area = predicate.partition(".")[0]
        found[area if area in _AREAS else OTHER] += count
    return found


def changes(session: Session, now: datetime) -> Sequence[Row[str, str, int]]:
    """Level, review state and number of the recorded changes that were not withdrawn; a snooze that ran out is open."""
    ran_out = and_(ChangeRow.review_state == ReviewState.SNOOZED, ChangeRow.snoozed_until <= now)
    review = case((ran_out, literal(ReviewState.OPEN)), else_=ChangeRow.review_state).label("review")
    standing = select(ChangeRow.level, review, func.count()).where(ChangeRow.state != "withdrawn")
    return session.execute(standing.group_by(ChangeRow.level, review)).all()


def open_conflicts(session: Session) -> int:
    """How many contradictions stand open."""
    return session.scalar(select(func.count()).select_from(ConflictRow).where(ConflictRow.closed_at.is_(None))) or 0


def deliveries(session: Session) -> Sequence[Row[str, str, int]]:
    """Channel, state and number of the messages."""
    query = select(DeliveryRow.channel, DeliveryRow.state, func.count())
    return session.execute(query.group_by(DeliveryRow.channel, DeliveryRow.state)).all()


def due_checks(session: Session, now: datetime) -> Backlog:
    """Checks that are due and that nobody has claimed."""
    free = or_(SourceRow.lease_until.is_(None), SourceRow.lease_until <= now)
    waiting = and_(SourceRow.state == "active", SourceRow.next_check_at <= now, free)
    return _backlog(session, SourceRow.next_check_at, waiting)


def due_deliveries(session: Session, now: datetime) -> Backlog:
    """Messages that are due and not sent."""
    return _backlog(
        session,
        DeliveryRow.next_attempt_at,
        and_(DeliveryRow.state == PENDING, DeliveryRow.next_attempt_at <= now),
    )


def queued_events(session: Session) -> Backlog:
    """Recorded happenings that nobody has turned into messages."""
    return _backlog(session, OutboxEventRow.created_at, OutboxEventRow.processed_at.is_(None))


def expired_leases(session: Session, now: datetime) -> tuple[int, int]:
    """Leases that ran out before their work was recorded: on sources, on messages."""
    return (
        _count(session, and_(SourceRow.lease_owner.is_not(None), SourceRow.lease_until <= now)),
        _count(
            session,
            and_(DeliveryRow.state == PENDING, DeliveryRow.lease_owner.is_not(None), DeliveryRow.lease_until <= now),
        ),
    )


def last_check(session: Session) -> datetime | None:
    """When the newest check of any source ended."""
    return session.scalar(select(func.max(SourceRow.last_checked_at)))


def _backlog(session: Session, since: InstrumentedAttribute[datetime], where: ColumnElement[bool]) -> Backlog:
    count = session.scalar(select(func.count()).where(where)) or 0
    return Backlog(count, session.scalar(select(since).where(where).order_by(since).limit(1)) if count else None)


def _count(session: Session, where: ColumnElement[bool]) -> int:
    return session.scalar(select(func.count()).where(where)) or 0
