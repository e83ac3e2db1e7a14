"""Events that the alerts room must look at, written in the transaction that made them so.

Processing happens inside one transaction too: the events of a batch are locked, looked at, marked, and what follows
from them is written, all or nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from snapshots.tables import OutboxEventRow

_DISPATCH_LOCK = 0x68656164  # Any number of our own: PostgreSQL's advisory locks have no names.


def append(session: Session, topic: str, dedup_key: str, payload: dict[str, Any], now: datetime) -> None:
    """Add an event. `dedup_key` is unique: the same happening cannot be queued twice."""
    session.add(OutboxEventRow(topic=topic, dedup_key=dedup_key, payload=payload, created_at=now))


def append_once(session: Session, topic: str, dedup_key: str, payload: dict[str, Any], now: datetime) -> None:
    """Add an event unless the same happening was queued before."""
    known = select(OutboxEventRow.id).where(OutboxEventRow.dedup_key == dedup_key)
    if session.scalars(known).first() is None:
        append(session, topic, dedup_key, payload, now)


def pending(session: Session, *, limit: int) -> Sequence[OutboxEventRow]:
    """The oldest events nobody has looked at, for this transaction alone.

    One dispatcher at a time: two that work side by side would both tell what belongs together.
    """
    alone(session)
    query = select(OutboxEventRow).where(OutboxEventRow.processed_at.is_(None)).order_by(OutboxEventRow.id)
    return session.scalars(query.limit(limit)).all()


def alone(session: Session) -> None:
    """Wait until no other transaction decides who is told what. SQLite has one writer anyway."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _DISPATCH_LOCK})


def any_pending(session: Session) -> bool:
    """Whether there is anything to look at."""
    query = select(OutboxEventRow.id).where(OutboxEventRow.processed_at.is_(None)).limit(1)
    return session.scalars(query).first() is not None
