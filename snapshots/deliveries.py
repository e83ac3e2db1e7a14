"""Messages as rows: made in one transaction, claimed by lease, kept until their sending is recorded."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import CursorResult, and_, exists, func, or_, select, update
from sqlalchemy.orm import Session, aliased

from snapshots.metrics.process import LOST_LEASES, Lease
from snapshots.tables import DeliveryAttemptRow, DeliveryChangeRow, DeliveryPartRow, DeliveryRow

PENDING, SENT, DEAD = "pending", "sent", "dead"
TOLD, JOINED = "told", "joined"
INCIDENT, DIGEST, SUMMARY, REMINDER, NOTICE = "incident", "digest", "summary", "reminder", "notice"
DECISION, RESOLVED = "decision", "resolved"
LEASE = timedelta(minutes=2)

_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


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


def count_waiting(session: Session, *, channel: str) -> int:
    """How many messages wait for a channel."""
    query = select(func.count()).select_from(DeliveryRow)
    return session.scalar(query.where(DeliveryRow.channel == channel, DeliveryRow.state == PENDING)) or 0


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


def release(session: Session, claimed: ClaimedDelivery) -> None:
    """Give a claimed delivery back untried."""
    mine = update(DeliveryRow).where(DeliveryRow.id == claimed.id, DeliveryRow.lease_owner == claimed.owner)
    session.execute(mine.values(lease_owner=None, lease_until=None).execution_options(synchronize_session=False))


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


def _finish(session: Session, claimed: ClaimedDelivery, values: dict[str, object], attempt: DeliveryAttemptRow) -> bool:
    session.add(attempt)
    mine = update(DeliveryRow).where(DeliveryRow.id == claimed.id, DeliveryRow.lease_owner == claimed.owner)
    done = session.execute(mine.values(**values, attempts=claimed.attempts + 1, lease_owner=None, lease_until=None))
    assert isinstance(done, CursorResult)
    if done.rowcount != 1:
        LOST_LEASES.add(Lease.DELIVERY)
    return bool(done.rowcount == 1)


def _thread(session: Session, row: DeliveryRow) -> str | None:
    first = select(DeliveryRow.message_id).where(
        DeliveryRow.channel == row.channel, DeliveryRow.incident == row.incident, DeliveryRow.state == SENT
    )
    return session.scalars(first.order_by(DeliveryRow.created_at, DeliveryRow.id).limit(1)).first()


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
