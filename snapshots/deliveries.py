"""Messages as rows: what each tells, what became of it, and how one that was given up is made due again."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from snapshots.tables import DeliveryChangeRow, DeliveryRow

PENDING, SENT, DEAD = "pending", "sent", "dead"
TOLD, JOINED = "told", "joined"
INCIDENT, DIGEST, SUMMARY, REMINDER, NOTICE = "incident", "digest", "summary", "reminder", "notice"
DECISION, RESOLVED = "decision", "resolved"

_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


@dataclass(frozen=True, slots=True)
class DeliverySeen:
    """A delivery as a person wants to see it."""

    id: str
    channel: str
    incident: str
    kind: str
    state: str
    created_at: datetime
    next_attempt_at: datetime
    sent_at: datetime | None
    attempts: int
    last_error: str | None
    changes: int


def delivery_id(now: datetime, *parts: object) -> str:
    """An id of 26 characters that sorts by time (the layout of a ULID); what it is made for decides the rest."""
    millis = int(now.timestamp() * 1000) & (1 << 48) - 1
    tail = int.from_bytes(hashlib.sha256(repr((now, *parts)).encode()).digest()[:10])
    number = (millis << 80) | tail
    return "".join(_ALPHABET[(number >> shift) & 31] for shift in range(125, -1, -5))


def create(
    session: Session,
    *,
    channel: str,
    kind: str,
    incident: str,
    change_ids: Sequence[int],
    now: datetime,
    due: datetime,
    route: str = "",
    grouped: str = "",
    about: dict[str, Any] | None = None,
) -> str:
    """Make a delivery that tells these changes, or what it is `about`; return its id."""
    made = delivery_id(now, channel, kind, incident, tuple(change_ids), grouped)
    session.add(
        DeliveryRow(
            id=made,
            channel=channel,
            incident=incident,
            kind=kind,
            state=PENDING,
            created_at=now,
            next_attempt_at=due,
            route=route,
            grouped=grouped,
            about=about,
        )
    )
    session.flush()
    add_changes(session, made, change_ids, TOLD)
    return made


def add_changes(session: Session, delivery: str, change_ids: Collection[int], role: str) -> None:
    """Note that a delivery tells these changes, or that they joined it because it tells the same event."""
    session.add_all(DeliveryChangeRow(delivery_id=delivery, change_id=one, role=role) for one in change_ids)
    session.flush()


def count_waiting(session: Session, *, channel: str) -> int:
    """How many messages wait for a channel."""
    query = select(func.count()).select_from(DeliveryRow)
    return session.scalar(query.where(DeliveryRow.channel == channel, DeliveryRow.state == PENDING)) or 0


def revive(session: Session, *, now: datetime, ids: Collection[str] = (), channel: str = "") -> list[str]:
    """Make deliveries that were given up due again, all of them or those named; return the ids of those there were.

    Parts that were taken stay taken.
    """
    query = select(DeliveryRow).where(DeliveryRow.state == DEAD).order_by(DeliveryRow.created_at, DeliveryRow.id)
    if ids:
        query = query.where(DeliveryRow.id.in_(ids))
    if channel:
        query = query.where(DeliveryRow.channel == channel)
    rows = session.scalars(query.with_for_update()).all()
    for row in rows:
        row.state, row.next_attempt_at = PENDING, now
    return [row.id for row in rows]


def list_deliveries(
    session: Session, *, limit: int, states: Collection[str] = (), channel: str = ""
) -> list[DeliverySeen]:
    """The newest deliveries, newest first; all of them, or those in one of the states, or those to one channel."""
    query = select(DeliveryRow).order_by(DeliveryRow.created_at.desc(), DeliveryRow.id).limit(limit)
    if states:
        query = query.where(DeliveryRow.state.in_(states))
    if channel:
        query = query.where(DeliveryRow.channel == channel)
    rows = session.scalars(query)
    return [
        DeliverySeen(
            id=row.id,
            channel=row.channel,
            incident=row.incident,
            kind=row.kind,
            state=row.state,
            created_at=row.created_at,
            next_attempt_at=row.next_attempt_at,
            sent_at=row.sent_at,
            attempts=row.attempts,
            last_error=row.last_error,
            changes=len(
                session.scalars(
                    select(DeliveryChangeRow.change_id).where(DeliveryChangeRow.delivery_id == row.id)
                ).all()
            ),
        )
        for row in rows.all()
    ]


def also_told(session: Session, row: DeliveryRow, change_ids: Collection[int]) -> tuple[str, ...]:
    """The other channels that a delivery's changes are told on."""
    others = (
        select(DeliveryRow.channel)
        .join(DeliveryChangeRow, DeliveryChangeRow.delivery_id == DeliveryRow.id)
        .where(
            DeliveryChangeRow.change_id.in_(change_ids),
            DeliveryChangeRow.role == TOLD,
            DeliveryRow.channel != row.channel,
            DeliveryRow.kind == row.kind,
        )
        .distinct()
    )
    return tuple(sorted(session.scalars(others)))
