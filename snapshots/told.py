"""What channels were told, and what they are about to be told: asked before a delivery is made."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import and_, select
from sqlalchemy.orm import Session

from snapshots.changes.model import Level
from snapshots.deliveries import DEAD, DIGEST, INCIDENT, PENDING, SENT
from snapshots.tables import ChangeRow, DeliveryChangeRow, DeliveryRow, SourceRow


def telling(
    session: Session,
    *,
    channel: str,
    correlation_key: str,
    provider: str,
    source_id: str,
    since: datetime,
    loud: bool,
) -> str | None:
    """The latest delivery of a channel since an instant that tells, or will tell, the event a source now shows.

    What two providers say of the same name are two events: each serves it under terms of its own. A source without a
    provider may show the event of any. A source that has a part in that delivery already shows something new: the
    value was another one in between. What is `loud` does not wait for a digest that was not sent yet.
    """
    in_digest_to_come = and_(DeliveryRow.kind == DIGEST, DeliveryRow.state == PENDING)
    query = (
        select(DeliveryRow.id)
        .join(DeliveryChangeRow, DeliveryChangeRow.delivery_id == DeliveryRow.id)
        .join(ChangeRow, ChangeRow.id == DeliveryChangeRow.change_id)
        .join(SourceRow, SourceRow.id == ChangeRow.source_id)
        .where(
            ChangeRow.correlation_key == correlation_key,
            DeliveryRow.channel == channel,
            DeliveryRow.created_at >= since,
            DeliveryRow.state != DEAD,
            *([SourceRow.provider.in_((provider, ""))] if provider else []),
            *([~in_digest_to_come] if loud else []),
        )
        .order_by(DeliveryRow.created_at.desc(), DeliveryRow.id.desc())
        .limit(1)
    )
    latest = session.scalars(query).first()
    own = (
        select(ChangeRow.id)
        .join(DeliveryChangeRow, DeliveryChangeRow.change_id == ChangeRow.id)
        .where(
            DeliveryChangeRow.delivery_id == latest,
            ChangeRow.correlation_key == correlation_key,
            ChangeRow.source_id == source_id,
        )
    )
    return None if latest is None or session.scalars(own.limit(1)).first() is not None else latest


def loudest(session: Session, delivery: str, correlation_key: str) -> Level:
    """How loud a delivery tells an event, or how loud it was in what joined it."""
    query = (
        select(ChangeRow.level)
        .join(DeliveryChangeRow, DeliveryChangeRow.change_id == ChangeRow.id)
        .where(DeliveryChangeRow.delivery_id == delivery, ChangeRow.correlation_key == correlation_key)
    )
    order = list(Level)
    return min((Level(level) for level in session.scalars(query)), key=order.index, default=Level.NONE)


def gathering(session: Session, *, channel: str, incident: str, grouped: str, now: datetime) -> DeliveryRow | None:
    """The message of an incident that still waits for more of its group, locked: nobody claims it meanwhile."""
    query = select(DeliveryRow).where(
        DeliveryRow.channel == channel,
        DeliveryRow.incident == incident,
        DeliveryRow.grouped == grouped,
        DeliveryRow.kind == INCIDENT,
        DeliveryRow.state == PENDING,
        DeliveryRow.attempts == 0,
        DeliveryRow.lease_owner.is_(None),
        DeliveryRow.next_attempt_at > now,
    )
    return session.scalars(query.with_for_update()).first()


def last_message(session: Session, *, channel: str, incident: str) -> datetime | None:
    """When the latest message of an incident went out on a channel, or is to go; `None` without one."""
    query = (
        select(DeliveryRow)
        .where(DeliveryRow.channel == channel, DeliveryRow.incident == incident, DeliveryRow.state != DEAD)
        .order_by(DeliveryRow.created_at.desc(), DeliveryRow.id.desc())
        .limit(1)
    )
    row = session.scalars(query).first()
    return None if row is None else row.sent_at or row.next_attempt_at


def told_of(session: Session, incident: str) -> list[str]:
    """The channels that were told of an incident, or are about to be."""
    query = select(DeliveryRow.channel).where(DeliveryRow.incident == incident, DeliveryRow.state != DEAD).distinct()
    return sorted(session.scalars(query))


def open_digest(session: Session, channel: str, due: datetime) -> str | None:
    """The digest of a channel that is due at an instant and was not tried yet, locked: nobody claims it meanwhile."""
    query = select(DeliveryRow.id).where(
        DeliveryRow.channel == channel,
        DeliveryRow.kind == DIGEST,
        DeliveryRow.state == PENDING,
        DeliveryRow.attempts == 0,
        DeliveryRow.lease_owner.is_(None),
        DeliveryRow.next_attempt_at == due,
    )
    return session.scalars(query.with_for_update()).first()


def bring_forward(session: Session, *, channel: str, kind: str, due: datetime) -> bool:
    """Make a delivery of a kind that was not tried yet due at an instant, if that is sooner; whether there is one."""
    query = select(DeliveryRow).where(
        DeliveryRow.channel == channel,
        DeliveryRow.kind == kind,
        DeliveryRow.state == PENDING,
        DeliveryRow.attempts == 0,
        DeliveryRow.lease_owner.is_(None),
    )
    row = session.scalars(query.limit(1).with_for_update()).first()
    if row is None:
        return False
    row.next_attempt_at = min(row.next_attempt_at, due)
    return True


def last_sent(session: Session, *, channel: str, kind: str) -> datetime | None:
    """When a channel last got a message of a kind; `None` when it never did."""
    query = select(DeliveryRow.sent_at).where(
        DeliveryRow.channel == channel, DeliveryRow.kind == kind, DeliveryRow.state == SENT
    )
    return session.scalars(query.order_by(DeliveryRow.sent_at.desc()).limit(1)).first()
