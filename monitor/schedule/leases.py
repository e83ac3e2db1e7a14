"""Claiming work: a lease on a source is a conditional update, won by whoever's row count is one.

Nothing is locked in memory, so any number of workers, in one process or in many, may claim at once; a worker that
dies gives its sources back when the lease runs out.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from sqlalchemy import CursorResult, or_, select, update
from sqlalchemy.orm import Session

from monitor.schedule.hosts import Politeness, reserve
from snapshots.standing import standings
from snapshots.store import Claim
from snapshots.tables import SourceRow

LEASE = timedelta(minutes=5)


def claim_due(
    session: Session,
    *,
    owner: str,
    now: datetime,
    limit: int,
    lease: timedelta = LEASE,
    politeness: Politeness | None = None,
) -> list[Claim]:
    """Take up to `limit` sources whose check is due, the longest waiting first.

    `owner` must be unique to one claim round of one worker, so that a worker cannot mistake an old lease of its own
    for a new one. With `politeness` a source of a host that may not be visited now is left for a later round; nobody
    waits for it.
    """
    free = or_(SourceRow.lease_until.is_(None), SourceRow.lease_until <= now)
    gaps: Mapping[str, timedelta] = {}
    if politeness is None:
        due = (
            select(SourceRow.id)
            .where(SourceRow.state == "active", SourceRow.next_check_at <= now, free)
            .order_by(SourceRow.next_check_at)
            .limit(limit)
            .with_for_update(skip_locked=True)
        )
        chosen = SourceRow.id.in_(due.scalar_subquery())
    else:
        reserved = reserve(session, politeness, now=now, limit=limit)
        gaps = reserved.gaps
        chosen = SourceRow.id.in_(reserved.sources)
    taken = session.execute(
        update(SourceRow)
        .where(chosen, free)
        .values(lease_owner=owner, lease_until=now + lease)
        .returning(SourceRow.id, SourceRow.next_check_at, SourceRow.host)
        .execution_options(synchronize_session=False)
    )
    found = sorted(taken, key=lambda row: (row.next_check_at, row.id))
    known = standings(session, [row.id for row in found])
    return [Claim(row.id, row.next_check_at, owner, known[row.id], gaps.get(row.host)) for row in found]


def claim_one(session: Session, source_id: str, *, owner: str, now: datetime, lease: timedelta = LEASE) -> Claim | None:
    """Take one source now, due or not (`headwater check ID`); `None` when somebody else is checking it."""
    return _take(session, source_id, now, owner, now, lease)


def take_over(
    session: Session,
    source_id: str,
    *,
    owner: str,
    now: datetime,
    gap: timedelta | None = None,
    lease: timedelta = LEASE,
) -> Claim | None:
    """Begin anew the lease under the token `owner`, which may have waited in a queue; `None` when it is no longer held.

    Of several that hold the same token one goes first; the others find that the check has been recorded and the lease
    given up.
    """
    due = session.execute(
        update(SourceRow)
        .where(SourceRow.id == source_id, SourceRow.lease_owner == owner)
        .values(lease_until=now + lease)
        .returning(SourceRow.next_check_at)
        .execution_options(synchronize_session=False)
    ).scalar_one_or_none()
    return None if due is None else Claim(source_id, due, owner, standings(session, [source_id])[source_id], gap)


def release(session: Session, claim: Claim) -> None:
    """Give a source back unchecked, so that another worker need not wait for the lease to run out."""
    mine = update(SourceRow).where(SourceRow.id == claim.source_id, SourceRow.lease_owner == claim.owner)
    session.execute(mine.values(lease_owner=None, lease_until=None))


def _take(
    session: Session, source_id: str, scheduled_for: datetime, owner: str, now: datetime, lease: timedelta
) -> Claim | None:
    free = or_(SourceRow.lease_until.is_(None), SourceRow.lease_until <= now)
    taken = session.execute(
        update(SourceRow).where(SourceRow.id == source_id, free).values(lease_owner=owner, lease_until=now + lease)
    )
    assert isinstance(taken, CursorResult)
    return Claim(source_id, scheduled_for, owner) if taken.rowcount == 1 else None
