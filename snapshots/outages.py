"""Our own network: when nothing at all can be reached, that is one event and no source's failure.

The state is a row of `outages`, so every worker sees the same. The events are `network-down` with `{since, detail}` and
`network-up` with `{since, until}`, instants in ISO 8601.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select, text, update
from sqlalchemy.orm import Session

from snapshots import outbox
from snapshots.outcome import CheckOutcome, Outcome
from snapshots.tables import OutageRow, SourceRow

DOWN, UP = "network-down", "network-up"
LOOK_BACK = timedelta(minutes=10)
RETRY_SOON = timedelta(minutes=2)
HOSTS_NEEDED = 3
REASON = "our own network seems to be down; trying again soon"

_UNREACHED = frozenset({Outcome.DNS, Outcome.CONNECTION, Outcome.TIMEOUT})
_LOCK = 0x6F757461  # Any number of our own: PostgreSQL's advisory locks have no names.


@dataclass(frozen=True, slots=True)
class Seen:
    """What the newest check of a source says about the way to its host."""

    host: str
    reached: bool
    at: datetime


def unreached(outcome: CheckOutcome) -> bool:
    """Whether a check got no answer at all: no name, no connection, silence. A status of any kind is an answer."""
    return outcome.outcome in _UNREACHED and outcome.http_status is None


def is_down(seen: Sequence[Seen], hosts_watched: int) -> datetime | None:
    """Since when nothing can be reached, by the newest check of each source, the newest first; `None` when not. Pure.

    It takes an unbroken run of unreached checks that covers three hosts, or both of two. One host that is down, with
    however many sources, is that host's trouble.
    """
    run: list[Seen] = []
    for one in seen:
        if one.reached:
            break
        run.append(one)
    hosts = {one.host for one in run}
    needed = min(HOSTS_NEEDED, max(hosts_watched, 2))
    return min(one.at for one in run) if len(hosts) >= needed else None


def absorb(session: Session, source: SourceRow, outcome: CheckOutcome) -> datetime | None:
    """Take an unreached check as part of an outage; returns when to look again, `None` when it is the source's own.

    The check that completes the evidence opens the outage and takes back the failures that were part of it.
    """
    if not unreached(outcome) or not source.host:
        return None
    now = outcome.finished_at
    if _open(session) is None and not _begin(session, source, outcome):
        return None
    since = down_since(session)
    mine = source.failing_since is not None and since is not None and source.failing_since >= since
    if mine and source.failing_told_at is None:
        source.consecutive_failures, source.failing_since, source.failing_kind = 0, None, None
    return now + RETRY_SOON


def answered(session: Session, now: datetime) -> None:
    """Something was reached: an open outage is over."""
    outage = _open(session)
    if outage is None:
        return
    closed = session.execute(
        update(OutageRow)
        .where(OutageRow.id == outage.id, OutageRow.ended_at.is_(None))
        .values(ended_at=now)
        .returning(OutageRow.id)
        .execution_options(synchronize_session=False)
    ).all()
    if closed:
        since = outage.began_at.isoformat()
        outbox.append(session, UP, f"{UP}:{outage.id}", {"since": since, "until": now.isoformat()}, now)


def down_since(session: Session) -> datetime | None:
    """Since when our own network is down; `None` when it is not."""
    outage = _open(session)
    return outage.began_at if outage is not None else None


def _open(session: Session) -> OutageRow | None:
    return session.scalars(select(OutageRow).where(OutageRow.ended_at.is_(None)).limit(1)).first()


def _begin(session: Session, source: SourceRow, outcome: CheckOutcome) -> bool:
    if session.get_bind().dialect.name == "postgresql":
        # Two workers that see the same evidence open one outage.
        session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
        if _open(session) is not None:
            return True
    now = outcome.finished_at
    run = [Seen(source.host, reached=False, at=now), *_seen(session, source.id, now)]
    watched = select(func.count(SourceRow.host.distinct())).where(SourceRow.state == "active", SourceRow.host != "")
    since = is_down(run, session.scalar(watched) or 0)
    if since is None:
        return False
    hosts = len({one.host for one in run if not one.reached and one.at >= since})
    detail = f"None of {hosts} hosts can be reached. The last said: {outcome.detail or 'nothing'}"
    outage = OutageRow(began_at=since, ended_at=None, detail=detail)
    session.add(outage)
    session.flush()
    outbox.append(session, DOWN, f"{DOWN}:{outage.id}", {"since": since.isoformat(), "detail": detail}, now)
    _take_back(session, since, now)
    return True


def _seen(session: Session, but: str, now: datetime) -> list[Seen]:
    """The newest check of each other source within the look-back, the newest first.

    What failed before already says nothing about our own network.
    """
    start = now - LOOK_BACK
    query = select(SourceRow.host, SourceRow.failing_kind, SourceRow.failing_since, SourceRow.last_checked_at).where(
        SourceRow.id != but, SourceRow.state == "active", SourceRow.host != "", SourceRow.last_checked_at >= start
    )
    found = []
    for host, kind, since, at in session.execute(query.order_by(SourceRow.last_checked_at.desc())):
        lost = kind is not None and kind in _UNREACHED
        if at is not None and (not lost or since is None or since >= start):
            found.append(Seen(host, not lost, at))
    return found


def _take_back(session: Session, since: datetime, now: datetime) -> None:
    """The failures that began with the outage are its own: not counted, and tried again soon."""
    session.execute(
        update(SourceRow)
        .where(
            SourceRow.failing_since >= since,
            SourceRow.failing_kind.in_(_UNREACHED),
            SourceRow.failing_told_at.is_(None),
            SourceRow.lease_owner.is_(None),
        )
        .values(
            consecutive_failures=0,
            failing_since=None,
            failing_kind=None,
            next_check_at=now + RETRY_SOON,
            next_check_reason=REASON,
        )
        .execution_options(synchronize_session="fetch")
    )
