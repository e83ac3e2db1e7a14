"""Which rows about telling people may go: what was looked at, tried, decided and reminded of long ago."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Select, delete, func, or_, select
from sqlalchemy.orm import Session

from snapshots.deadlines import CLOSED
from snapshots.incidents import SAME_EVENT_FOR
from snapshots.tables import (
    DeadlineRow,
    DecisionRow,
    DeliveryAttemptRow,
    DeliveryPartRow,
    DeliveryRow,
    IncidentRow,
    OutboxEventRow,
    ReminderRow,
    SilenceRow,
)


def events(before: datetime) -> Select[int]:
    """Events that were looked at long ago."""
    return select(OutboxEventRow.id).where(OutboxEventRow.processed_at < before)


def attempts(before: datetime) -> Select[int]:
    """Attempts of messages that arrived long ago."""
    sent = select(DeliveryRow.id).where(DeliveryRow.state == "sent", DeliveryRow.sent_at < before)
    return select(DeliveryAttemptRow.id).where(DeliveryAttemptRow.delivery_id.in_(sent))


def decisions(before: datetime, now: datetime) -> Select[int]:
    """Old decisions but those that say what belongs to an incident still heard of, or what a silence holds back."""
    heard_of = select(IncidentRow.id).where(IncidentRow.updated_at >= min(before, now - SAME_EVENT_FOR))
    ended = func.coalesce(SilenceRow.expired_at, SilenceRow.until)
    holding = select(SilenceRow.id).where(ended >= before)
    return select(DecisionRow.id).where(
        DecisionRow.decided_at < before,
        or_(DecisionRow.incident_id.is_(None), DecisionRow.incident_id.not_in(heard_of)),
        or_(DecisionRow.silence_id.is_(None), DecisionRow.silence_id.not_in(holding)),
    )


def reminders(before: datetime) -> Select[int]:
    """Reminders of long ago, sent or not needed, of ends that came or were taken back."""
    closed = select(DeadlineRow.id).where(DeadlineRow.state == CLOSED)
    return select(ReminderRow.id).where(ReminderRow.settled_at < before, ReminderRow.deadline_id.in_(closed))


def drop_parts(session: Session, before: datetime, *, batch: int) -> int:
    """What was noted of the parts of a long message, once all of it was taken."""
    sent = select(DeliveryRow.id).where(DeliveryRow.state == "sent", DeliveryRow.sent_at < before)
    query = select(DeliveryPartRow.delivery_id).where(DeliveryPartRow.delivery_id.in_(sent)).distinct()
    ids = session.scalars(query.limit(batch)).all()
    session.execute(delete(DeliveryPartRow).where(DeliveryPartRow.delivery_id.in_(ids)))
    return len(ids)
