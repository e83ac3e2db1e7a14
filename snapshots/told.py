"""What channels were told, and what they are about to be told: asked before a delivery is made."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import and_, select
from sqlalchemy.orm import Session

from snapshots.deliveries import DEAD, DIGEST, INCIDENT, PENDING, SENT
from snapshots.facts import name_key
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


def incident_about(session: Session, *, channel: str, subject: str, provider: str, since: datetime) -> str | None:
    """The incident of the latest message since an instant in which a channel was told of a provider's name."""
    query = (
        select(DeliveryRow.incident, ChangeRow.subject)
        .join(DeliveryChangeRow, DeliveryChangeRow.delivery_id == DeliveryRow.id)
        .join(ChangeRow, ChangeRow.id == DeliveryChangeRow.change_id)
        .join(SourceRow, SourceRow.id == ChangeRow.source_id)
        .where(
            DeliveryRow.channel == channel,
            DeliveryRow.kind == INCIDENT,
            DeliveryRow.created_at >= since,
            DeliveryRow.state != DEAD,
            SourceRow.provider == provider,
        )
        .order_by(DeliveryRow.created_at.desc(), DeliveryRow.id.desc())
    )
    found = session.execute(query)
    return next((incident for incident, told in found if name_key(told) == name_key(subject)), None)


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
