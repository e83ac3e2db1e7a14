"""Decisions of the review and the messages they concern: what is still to be told where."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

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
    """The first message of an incident that a channel took, as `DeliveryRow` has it."""

    delivery: str
    kind: str
    change_ids: tuple[int, ...]
    sent_at: datetime
    route: str
    about: Mapping[str, Any] | None
    also_told: tuple[str, ...]


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
    """The first message of an incident or of a trouble that a channel took; `None` when it took none."""
    query = (
        select(DeliveryRow)
        .where(
            DeliveryRow.channel == channel,
            DeliveryRow.incident == incident,
            DeliveryRow.kind.in_((deliveries.INCIDENT, deliveries.NOTICE)),
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
    change_ids = tuple(session.scalars(told.order_by(DeliveryChangeRow.change_id)))
    others = deliveries.also_told(session, row, change_ids)
    return First(row.id, row.kind, change_ids, row.sent_at, row.route, row.about, others)


def told_so_far(session: Session, *, channel: str, incident: str) -> tuple[int, ...]:
    """The changes that a channel was told of in an incident, in the order they were recorded."""
    query = (
        select(DeliveryChangeRow.change_id)
        .join(DeliveryRow, DeliveryRow.id == DeliveryChangeRow.delivery_id)
        .where(
            DeliveryRow.channel == channel,
            DeliveryRow.incident == incident,
            DeliveryRow.kind == deliveries.INCIDENT,
            DeliveryRow.state == deliveries.SENT,
            DeliveryChangeRow.role == deliveries.TOLD,
        )
        .distinct()
    )
    return tuple(sorted(session.scalars(query)))


def last_decision(session: Session, *, channel: str, incident: str) -> Decided | None:
    """The latest decision that was told upon the first message of an incident."""
    query = (
        select(DeliveryRow.id)
        .where(
            DeliveryRow.channel == channel,
            DeliveryRow.incident == incident,
            DeliveryRow.kind == deliveries.DECISION,
            DeliveryRow.state == deliveries.SENT,
        )
        .order_by(DeliveryRow.created_at.desc(), DeliveryRow.id.desc())
        .limit(1)
    )
    row = session.scalars(query).first()
    return told_by(session, row, channel=channel, incident=incident) if row else None


def is_resolved(session: Session, *, channel: str, incident: str) -> bool:
    """Whether the channel was told that the incident is over: the last end in it came, and no news followed."""
    query = (
        select(DeliveryRow.kind, DeliveryRow.about)
        .where(
            DeliveryRow.channel == channel,
            DeliveryRow.incident == incident,
            DeliveryRow.kind.in_((deliveries.INCIDENT, deliveries.RESOLVED)),
            DeliveryRow.state == deliveries.SENT,
        )
        .order_by(DeliveryRow.created_at.desc(), DeliveryRow.id.desc())
        .limit(1)
    )
    found = session.execute(query).first()
    return found is not None and found[0] == deliveries.RESOLVED and not (found[1] or {}).get("ahead")
