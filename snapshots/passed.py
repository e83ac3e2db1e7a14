"""Ends of service that came, and the conversations in which they had been announced."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from snapshots import deliveries
from snapshots.deadlines import CLOSED, OPEN, PASSED
from snapshots.facts import name_key
from snapshots.journal import Entry, entries
from snapshots.tables import ChangeRow, DeadlineRow, DeliveryChangeRow, DeliveryRow
from snapshots.wording import moments, words


@dataclass(frozen=True, slots=True)
class Announced:
    """Where a channel was last told of an end: the incident, and the change that told it."""

    channel: str
    incident: str
    entry: Entry


def passed(session: Session, ids: Collection[int]) -> Sequence[DeadlineRow]:
    """Those of the deadlines that have come, the earliest first."""
    query = select(DeadlineRow).where(
        DeadlineRow.id.in_(ids), DeadlineRow.state == CLOSED, DeadlineRow.closed_why == PASSED
    )
    return session.scalars(query.order_by(DeadlineRow.ends, DeadlineRow.id)).all()


def announced(session: Session, deadline: DeadlineRow, channels: Collection[str]) -> Sequence[Announced]:
    """For each channel that was told of the end at once, the latest incident that told it, and what first stated it."""
    found: dict[str, Announced] = {}
    for channel, incident, entry in _told(session, ChangeRow.subject_key == deadline.subject_key):
        known = found.get(channel)
        if channel in channels and (known is None or _states_it_sooner(known, incident, entry, deadline)):
            found[channel] = Announced(channel, incident, entry)
    return list(found.values())


def _states_it_sooner(known: Announced, incident: str, entry: Entry, deadline: DeadlineRow) -> bool:
    stated = moments.parse(deadline.stated)
    is_same = moments.parse(entry.change.after) == stated
    return incident == known.incident and is_same and entry.id < known.entry.id


def still_ahead(session: Session, channel: str, incident: str, now: datetime) -> Sequence[DeadlineRow]:
    """The ends that were told in the same incident on a channel and are still to come."""
    told = _told(session, DeliveryRow.channel == channel, DeliveryRow.incident == incident)
    names = {name_key(entry.change.subject) for _, _, entry in told}
    query = select(DeadlineRow).where(
        DeadlineRow.subject_key.in_(names), DeadlineRow.state == OPEN, DeadlineRow.ends > now
    )
    return session.scalars(query.order_by(DeadlineRow.ends, DeadlineRow.id)).all()


def _told(session: Session, *where: object) -> list[tuple[str, str, Entry]]:
    """Channel, incident and change of each message that told an end at once, the latest first."""
    query = (
        select(DeliveryRow.channel, DeliveryRow.incident, DeliveryChangeRow.change_id)
        .join(DeliveryChangeRow, DeliveryChangeRow.delivery_id == DeliveryRow.id)
        .join(ChangeRow, ChangeRow.id == DeliveryChangeRow.change_id)
        .where(DeliveryRow.kind == deliveries.INCIDENT, DeliveryRow.state != deliveries.DEAD, *where)  # type: ignore[arg-type]
        .order_by(DeliveryRow.created_at.desc(), DeliveryRow.id.desc(), DeliveryChangeRow.change_id.desc())
    )
    rows = session.execute(query).all()
    known = {entry.id: entry for entry in entries(session, {change for _, _, change in rows})}
    return [
        (channel, incident, known[change])
        for channel, incident, change in rows
        if change in known and words.end_of(known[change].change) is not None
    ]
