"""The right to send a delivery: claimed by lease, and kept until what came of it is recorded."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import CursorResult, and_, exists, or_, select, update
from sqlalchemy.orm import Session, aliased

from snapshots.deliveries import DEAD, PENDING, SENT, TOLD, also_told
from snapshots.metrics.process import LOST_LEASES, Lease
from snapshots.tables import DeliveryAttemptRow, DeliveryChangeRow, DeliveryPartRow, DeliveryRow

LEASE = timedelta(minutes=2)


@dataclass(frozen=True, slots=True)
class ClaimedDelivery:
    """The right to send one delivery until the lease ends. `thread` is the first message id of its incident.

    `route` names the rule that made it; `about` is what a message that tells no changes is about. `parts` are those
    that earlier attempts got through, by name; `begun_at` is when the first of them was taken.
    """

    id: str
    channel: str
    incident: str
    kind: str
    attempts: int
    change_ids: tuple[int, ...]
    thread: str | None
    also_told: tuple[str, ...]
    owner: str
    route: str = ""
    about: Mapping[str, Any] | None = None
    parts: Mapping[str, str] = field(default_factory=dict)
    begun_at: datetime | None = None


def is_held(session: Session, claimed: ClaimedDelivery) -> bool:
    """Whether a claimed delivery is still this worker's to send."""
    mine = select(DeliveryRow.id).where(DeliveryRow.id == claimed.id, DeliveryRow.lease_owner == claimed.owner)
    return session.scalars(mine).first() is not None


def any_due(session: Session, *, channels: Collection[str], now: datetime) -> bool:
    """Whether there may be something to claim; asked without the write lock, because most rounds find nothing."""
    query = select(DeliveryRow.id).where(
        DeliveryRow.state == PENDING, DeliveryRow.next_attempt_at <= now, DeliveryRow.channel.in_(channels)
    )
    return session.scalars(query.limit(1)).first() is not None


def claim(
    session: Session, *, channels: Collection[str], owner: str, now: datetime, lease: timedelta = LEASE
) -> ClaimedDelivery | None:
    """Take the delivery of one of these channels that is due longest; `None` when nothing is due.

    A later message of an incident waits until the earlier one of the same channel is sent or given up.
    """
    earlier = aliased(DeliveryRow)
    waits = exists().where(
        earlier.channel == DeliveryRow.channel,
        earlier.incident == DeliveryRow.incident,
        earlier.state == PENDING,
        or_(
            earlier.created_at < DeliveryRow.created_at,
            and_(earlier.created_at == DeliveryRow.created_at, earlier.id < DeliveryRow.id),
        ),
    )
    free = or_(DeliveryRow.lease_until.is_(None), DeliveryRow.lease_until <= now)
    due = (
        select(DeliveryRow)
        .where(
            DeliveryRow.state == PENDING,
            DeliveryRow.next_attempt_at <= now,
            DeliveryRow.channel.in_(channels),
            free,
            ~waits,
        )
        .order_by(DeliveryRow.next_attempt_at, DeliveryRow.id)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    row = session.scalars(due).first()
    if row is None:
        return None
    taken = session.execute(
        update(DeliveryRow)
        .where(DeliveryRow.id == row.id, DeliveryRow.state == PENDING, free)
        .values(lease_owner=owner, lease_until=now + lease)
        .execution_options(synchronize_session=False)
    )
    assert isinstance(taken, CursorResult)
    if taken.rowcount != 1:
        return None
    return _claimed(session, row, owner)


def waiting(session: Session, *, channel: str = "", limit: int) -> list[ClaimedDelivery]:
    """What waits to be sent, the soonest first, of one channel or of all; to look at, not to send."""
    query = select(DeliveryRow).where(DeliveryRow.state == PENDING)
    if channel:
        query = query.where(DeliveryRow.channel == channel)
    rows = session.scalars(query.order_by(DeliveryRow.next_attempt_at, DeliveryRow.id).limit(limit)).all()
    return [_claimed(session, row, "") for row in rows]


def release(session: Session, claimed: ClaimedDelivery) -> None:
    """Give a claimed delivery back untried."""
    mine = update(DeliveryRow).where(DeliveryRow.id == claimed.id, DeliveryRow.lease_owner == claimed.owner)
    session.execute(mine.values(lease_owner=None, lease_until=None).execution_options(synchronize_session=False))


def record_sent(
    session: Session, claimed: ClaimedDelivery, *, message_id: str, started_at: datetime, now: datetime
) -> bool:
    """Record that a claimed delivery was taken; false when the lease went to another worker meanwhile."""
    values = {"state": SENT, "sent_at": now, "message_id": message_id, "last_error": None}
    return _finish(session, claimed, values, DeliveryAttemptRow(
        delivery_id=claimed.id, started_at=started_at, finished_at=now, outcome="sent"
    ))  # fmt: skip


def record_part(session: Session, claimed: ClaimedDelivery, part: str, message_id: str, *, now: datetime) -> None:
    """Record that a part of a claimed delivery was taken, whatever becomes of the rest."""
    session.merge(DeliveryPartRow(delivery_id=claimed.id, part=part, message_id=message_id, taken_at=now))


def record_more(session: Session, claimed: ClaimedDelivery, *, started_at: datetime, now: datetime) -> bool:
    """Record that a part was taken and another is to follow; the delivery stays due."""
    return _finish(session, claimed, {"last_error": None}, DeliveryAttemptRow(
        delivery_id=claimed.id, started_at=started_at, finished_at=now, outcome="part"
    ))  # fmt: skip


def record_failure(
    session: Session,
    claimed: ClaimedDelivery,
    *,
    reason: str,
    detail: str,
    retry_at: datetime | None,
    held: bool = False,
    started_at: datetime,
    now: datetime,
) -> bool:
    """Record that a claimed delivery was not taken: it is due again at `retry_at`, or dead when that is `None`.

    One that is `held` is not to blame: it stays due, and waits until its channel takes messages again.
    """
    values: dict[str, object] = {"last_error": detail}
    if not held:
        values |= {"state": DEAD} if retry_at is None else {"next_attempt_at": retry_at}
    return _finish(session, claimed, values, DeliveryAttemptRow(
        delivery_id=claimed.id,
        started_at=started_at,
        finished_at=now,
        outcome="held" if held else "dead" if retry_at is None else "retry",
        reason=reason,
        detail=detail,
        retry_at=retry_at,
    ))  # fmt: skip


def _claimed(session: Session, row: DeliveryRow, owner: str) -> ClaimedDelivery:
    told = select(DeliveryChangeRow.change_id).where(
        DeliveryChangeRow.delivery_id == row.id, DeliveryChangeRow.role == TOLD
    )
    change_ids = tuple(session.scalars(told.order_by(DeliveryChangeRow.change_id)))
    parts = session.scalars(select(DeliveryPartRow).where(DeliveryPartRow.delivery_id == row.id)).all()
    return ClaimedDelivery(
        id=row.id,
        channel=row.channel,
        incident=row.incident,
        kind=row.kind,
        attempts=row.attempts,
        change_ids=change_ids,
        thread=_thread(session, row),
        also_told=also_told(session, row, change_ids),
        owner=owner,
        route=row.route,
        about=row.about,
        parts={part.part: part.message_id for part in parts},
        begun_at=min((part.taken_at for part in parts), default=None),
    )


def _thread(session: Session, row: DeliveryRow) -> str | None:
    first = select(DeliveryRow.message_id).where(
        DeliveryRow.channel == row.channel, DeliveryRow.incident == row.incident, DeliveryRow.state == SENT
    )
    return session.scalars(first.order_by(DeliveryRow.created_at, DeliveryRow.id).limit(1)).first()


def _finish(session: Session, claimed: ClaimedDelivery, values: dict[str, object], attempt: DeliveryAttemptRow) -> bool:
    session.add(attempt)
    mine = update(DeliveryRow).where(DeliveryRow.id == claimed.id, DeliveryRow.lease_owner == claimed.owner)
    done = session.execute(mine.values(**values, attempts=claimed.attempts + 1, lease_owner=None, lease_until=None))
    assert isinstance(done, CursorResult)
    if done.rowcount != 1:
        LOST_LEASES.add(Lease.DELIVERY)
    return bool(done.rowcount == 1)
