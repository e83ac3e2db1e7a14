"""Events that the alerts room must look at, written in the transaction that made them so."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from snapshots.tables import OutboxEventRow


def append(session: Session, topic: str, dedup_key: str, payload: dict[str, Any], now: datetime) -> None:
    """Add an event. `dedup_key` is unique: the same happening cannot be queued twice."""
    session.add(OutboxEventRow(topic=topic, dedup_key=dedup_key, payload=payload, created_at=now))
