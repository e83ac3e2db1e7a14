"""Deliveries with their attempts."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from snapshots import journal
from snapshots.deliveries import DEAD, PENDING, SENT
from snapshots.journal import Entry
from snapshots.tables import DeliveryAttemptRow, DeliveryChangeRow, DeliveryRow

PAGE = 50
STATES = (DEAD, PENDING, SENT)


@dataclass(frozen=True, slots=True)
class Attempt:
    """One try to send."""

    started_at: datetime
    finished_at: datetime
    outcome: str
    reason: str | None
    detail: str | None
    retry_at: datetime | None


@dataclass(frozen=True, slots=True)
class Delivery:
    """One message with what it tells and how often it was tried. `entries` are some of its changes."""

    id: str
    channel: str
    incident: str
    kind: str
    state: str
    created_at: datetime
    next_attempt_at: datetime
    sent_at: datetime | None
    attempts: tuple[Attempt, ...]
    last_error: str | None
    changes: int
    entries: tuple[Entry, ...]


def counts(session: Session) -> dict[str, int]:
    """How many deliveries there are in each state."""
    query = select(DeliveryRow.state, func.count()).group_by(DeliveryRow.state)
    return dict(session.execute(query).all())


def deliveries(
    session: Session, *, state: str = "", channel: str = "", incident: str = "", before: str = ""
) -> tuple[list[Delivery], str]:
    """At most `PAGE` deliveries, the newest first, and the cursor to older ones. Ids sort by time."""
    query = select(DeliveryRow)
    for column, value in ((DeliveryRow.state, state), (DeliveryRow.channel, channel), (DeliveryRow.incident, incident)):
        if value:
            query = query.where(column == value)
    if before:
        query = query.where(DeliveryRow.id < before)
    rows = session.scalars(query.order_by(DeliveryRow.id.desc()).limit(PAGE + 1)).all()
    return _read(session, rows[:PAGE]), rows[PAGE - 1].id if len(rows) > PAGE else ""


def delivery(session: Session, identifier: str) -> Delivery | None:
    """One delivery."""
    row = session.get(DeliveryRow, identifier)
    return _read(session, [row], most=200)[0] if row is not None else None


def _read(session: Session, rows: Sequence[DeliveryRow], *, most: int = 6) -> list[Delivery]:
    ids = [row.id for row in rows]
    attempts: dict[str, list[Attempt]] = defaultdict(list)
    tried = select(DeliveryAttemptRow).where(DeliveryAttemptRow.delivery_id.in_(ids)).order_by(DeliveryAttemptRow.id)
    for one in session.scalars(tried):
        attempts[one.delivery_id].append(
            Attempt(one.started_at, one.finished_at, one.outcome, one.reason, one.detail, one.retry_at)
        )
    told: dict[str, list[int]] = defaultdict(list)
    query = select(DeliveryChangeRow.delivery_id, DeliveryChangeRow.change_id).where(
        DeliveryChangeRow.delivery_id.in_(ids)
    )
    for identifier, change_id in session.execute(query.order_by(DeliveryChangeRow.change_id)):
        told[identifier].append(change_id)
    shown = {change_id for changes in told.values() for change_id in changes[:most]}
    entries = {entry.id: entry for entry in journal.entries(session, shown)}
    return [
        Delivery(
            id=row.id,
            channel=row.channel,
            incident=row.incident,
            kind=row.kind,
            state=row.state,
            created_at=row.created_at,
            next_attempt_at=row.next_attempt_at,
            sent_at=row.sent_at,
            attempts=tuple(attempts[row.id]),
            last_error=row.last_error,
            changes=len(told[row.id]),
            entries=tuple(entries[change_id] for change_id in told[row.id][:most]),
        )
        for row in rows
    ]
