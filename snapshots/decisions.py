"""What became of each change on each channel, and why: recorded when it was decided, read back as it was."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from snapshots.tables import DecisionRow, DeliveryRow

AT_ONCE, DIGEST, JOINED, KEPT = "at-once", "digest", "joined", "kept"


@dataclass(frozen=True, slots=True)
class Decided:
    """One decision as a person wants to see it. `delivery_state` is empty where it made no delivery."""

    channel: str
    outcome: str
    path: str
    reason: str
    due: datetime
    decided_at: datetime
    silence: int | None
    incident: str
    delivery: str
    delivery_state: str
    sent_at: datetime | None


def decided_about(session: Session, *change_ids: int) -> Sequence[Decided]:
    """Everything that was decided about a change, or about several, in order."""
    query = (
        select(DecisionRow, DeliveryRow.state, DeliveryRow.sent_at)
        .outerjoin(DeliveryRow, DeliveryRow.id == DecisionRow.delivery_id)
        .where(DecisionRow.change_id.in_(change_ids))
        .order_by(DecisionRow.id)
    )
    return [
        Decided(
            channel=row.channel,
            outcome=row.outcome,
            path=row.path,
            reason=row.reason,
            due=row.due,
            decided_at=row.decided_at,
            silence=row.silence_id,
            incident=f"I-{row.incident_id}" if row.incident_id else "",
            delivery=row.delivery_id or "",
            delivery_state=state or "",
            sent_at=sent_at,
        )
        for row, state, sent_at in session.execute(query)
    ]
