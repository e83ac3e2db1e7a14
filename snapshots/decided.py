"""Decisions of the review and the messages they concern: what is still to be told where."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import exists, select
from sqlalchemy.orm import Session, aliased

from snapshots import deliveries
from snapshots.review import Action
from snapshots.tables import AcknowledgementRow, DeliveryChangeRow, DeliveryDecisionRow, DeliveryRow

_TOLD_OF = (Action.ACKNOWLEDGE, Action.DISMISS, Action.SNOOZE, Action.REOPEN)


@dataclass(frozen=True, slots=True)
class Decided:
    """What one person decided with one stroke about changes that a channel was told of in one incident."""

    channel: str
    incident: str
    actor: str
    action: Action
    at: datetime
    text: str
    until: datetime | None
    acknowledgements: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class First:
    """The first message of an incident that a channel took."""

    delivery: str
    change_ids: tuple[int, ...]
    sent_at: datetime


def untold(session: Session, *, channels: Collection[str], since: datetime) -> list[Decided]:
    """The decisions since an instant about changes these channels were told of at once, and which they do not know."""
    told = aliased(DeliveryRow)
    known = (
        exists()
        .where(DeliveryDecisionRow.acknowledgement_id == AcknowledgementRow.id)
        .where(told.id == DeliveryDecisionRow.delivery_id, told.channel == DeliveryRow.channel)
    )
    query = (
        select(AcknowledgementRow, DeliveryRow.channel, DeliveryRow.incident)
        .join(DeliveryChangeRow, DeliveryChangeRow.change_id == AcknowledgementRow.change_id)
        .join(DeliveryRow, DeliveryRow.id == DeliveryChangeRow.delivery_id)
        .where(
            AcknowledgementRow.at >= since,
            AcknowledgementRow.action.in_(_TOLD_OF),
            DeliveryRow.channel.in_(channels),
            DeliveryRow.kind == deliveries.INCIDENT,
            DeliveryRow.state == deliveries.SENT,
            ~known,
        )
        .order_by(AcknowledgementRow.id)
    )
    strokes: dict[tuple[object, ...], list[AcknowledgementRow]] = defaultdict(list)
    for row, channel, incident in session.execute(query):
        strokes[channel, incident, row.actor, row.action, row.at, row.text].append(row)
    return [
        Decided(
            channel=str(channel),
            incident=str(incident),
            actor=rows[0].actor,
            action=Action(rows[0].action),
            at=rows[0].at,
            text=rows[0].text,
            until=rows[0].until,
            acknowledgements=tuple(sorted({row.id for row in rows})),
        )
        for (channel, incident, *_), rows in strokes.items()
    ]


def to_tell(session: Session, decided: Decided, *, now: datetime) -> str:
    """Make the delivery that tells a decision; return its id."""
    made = deliveries.create(
        session,
        channel=decided.channel,
        kind=deliveries.DECISION,
        incident=decided.incident,
        change_ids=(),
        now=now,
        due=now,
        grouped=f"decision {decided.acknowledgements[0]}",
    )
    session.add_all(DeliveryDecisionRow(delivery_id=made, acknowledgement_id=one) for one in decided.acknowledgements)
    session.flush()
    return made


def told_by(session: Session, delivery: str, *, channel: str, incident: str) -> Decided:
    """The decision that a delivery tells."""
    query = (
        select(AcknowledgementRow)
        .join(DeliveryDecisionRow, DeliveryDecisionRow.acknowledgement_id == AcknowledgementRow.id)
        .where(DeliveryDecisionRow.delivery_id == delivery)
        .order_by(AcknowledgementRow.id)
    )
    rows = session.scalars(query).all()
    row = rows[0]
    ids = tuple(each.id for each in rows)
    return Decided(channel, incident, row.actor, Action(row.action), row.at, row.text, row.until, ids)


def first_message(session: Session, *, channel: str, incident: str) -> First | None:
    """The first message of an incident that a channel took; `None` when it took none."""
    query = (
        select(DeliveryRow)
        .where(
            DeliveryRow.channel == channel,
            DeliveryRow.incident == incident,
            DeliveryRow.kind == deliveries.INCIDENT,
            DeliveryRow.state == deliveries.SENT,
        )
        .order_by(DeliveryRow.created_at, DeliveryRow.id)
        .limit(1)
    )
    row = session.scalars(query).first()
    if row is None or row.sent_at is None:
        return None
    told = select(DeliveryChangeRow.change_id).where(
        DeliveryChangeRow.delivery_id == row.id, DeliveryChangeRow.role == deliveries.TOLD
    )
    return First(row.id, tuple(session.scalars(told.order_by(DeliveryChangeRow.change_id))), row.sent_at)
