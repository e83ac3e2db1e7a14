"""How channels fare: whose turn it is, which fail and since when, which take nothing until a person has helped.

A rate is kept without sleeping: each message moves the instant on before which the channel gets no other.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import CursorResult, or_, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from snapshots import outbox
from snapshots.tables import ChannelStateRow

FAILING, RECOVERED = "channel-failing", "channel-recovered"


@dataclass(frozen=True, slots=True)
class ChannelState:
    """How one channel fares; `failing_since` is `None` for one that takes its messages."""

    channel: str
    free_at: datetime
    failures: int
    failing_since: datetime | None
    reason: str
    detail: str
    told_at: datetime | None
    disabled_at: datetime | None


def states(session: Session) -> dict[str, ChannelState]:
    """Every channel that was ever used, by name."""
    rows = session.scalars(select(ChannelStateRow).order_by(ChannelStateRow.channel))
    return {
        row.channel: ChannelState(
            channel=row.channel,
            free_at=row.free_at,
            failures=row.failures,
            failing_since=row.failing_since,
            reason=row.reason or "",
            detail=row.detail or "",
            told_at=row.told_at,
            disabled_at=row.disabled_at,
        )
        for row in rows
    }


def closed(session: Session, *, now: datetime) -> frozenset[str]:
    """The channels that get nothing now: disabled, or not free yet."""
    query = select(ChannelStateRow.channel).where(
        or_(ChannelStateRow.disabled_at.is_not(None), ChannelStateRow.free_at > now)
    )
    return frozenset(session.scalars(query))


def take_turn(session: Session, channel: str, *, gap: timedelta, now: datetime) -> bool:
    """Take the right to send one message now; the next may go `gap` later. False when another worker has it."""
    _row(session, channel, now)
    free = update(ChannelStateRow).where(
        ChannelStateRow.channel == channel, ChannelStateRow.free_at <= now, ChannelStateRow.disabled_at.is_(None)
    )
    moved = now + gap if gap else ChannelStateRow.free_at
    taken = session.execute(free.values(free_at=moved).execution_options(synchronize_session=False))
    assert isinstance(taken, CursorResult)
    return bool(taken.rowcount == 1)


def note_taken(session: Session, channel: str, *, now: datetime) -> None:
    """A message was taken: the channel is well. Whoever was told that it fails hears that it does not any more."""
    row = session.get(ChannelStateRow, channel, populate_existing=True)
    if row is None or row.failing_since is None:
        return
    if row.told_at is not None:
        payload = {"channel": channel, "since": row.failing_since.isoformat()}
        outbox.append(session, RECOVERED, f"{RECOVERED}:{channel}:{now.isoformat()}", payload, now)
    _mend(row)


def note_failed(
    session: Session,
    channel: str,
    *,
    reason: str,
    detail: str,
    until: datetime | None,
    disable: bool,
    tell_after: timedelta,
    fallback: str = "",
    now: datetime,
) -> None:
    """A message was not taken, and others would fare no better: leave the channel alone `until` then, or disable it.

    People are told when it is disabled or has failed for `tell_after`, and nobody was told yet. `fallback` is the
    channel that is told of it, whatever the routes say.
    """
    row = _row(session, channel, now)
    row.failures += 1
    row.failing_since = row.failing_since or now
    row.reason, row.detail = reason, detail
    if until is not None:
        row.free_at = max(row.free_at, until)
    if disable:
        row.disabled_at = now
    if row.told_at is not None or not (disable or now - row.failing_since >= tell_after):
        return
    row.told_at = now
    payload = {"channel": channel, "reason": reason, "detail": detail, "since": row.failing_since.isoformat()}
    if fallback:
        payload["fallback"] = fallback
    outbox.append(session, FAILING, f"{FAILING}:{channel}:{now.isoformat()}", payload, now)


def failures(session: Session, channel: str) -> int:
    """How many messages a channel has refused since the last it took."""
    return session.scalar(select(ChannelStateRow.failures).where(ChannelStateRow.channel == channel)) or 0


def enable(session: Session, *, now: datetime, channels: Collection[str] = ()) -> list[str]:
    """Let disabled channels, all or those named, be tried again; return their names.

    They count as failing until they take a message, so that nobody is told twice of one failure.
    """
    query = select(ChannelStateRow).where(ChannelStateRow.disabled_at.is_not(None)).order_by(ChannelStateRow.channel)
    if channels:
        query = query.where(ChannelStateRow.channel.in_(channels))
    rows = session.scalars(query.with_for_update()).all()
    for row in rows:
        row.disabled_at, row.free_at = None, now
    return [row.channel for row in rows]


def _row(session: Session, channel: str, now: datetime) -> ChannelStateRow:
    query = select(ChannelStateRow).where(ChannelStateRow.channel == channel)
    found = session.scalars(query.execution_options(populate_existing=True)).first()
    if found is not None:
        return found
    try:
        with session.begin_nested():
            session.add(ChannelStateRow(channel=channel, free_at=now, failures=0))
    except IntegrityError:
        pass  # Another worker added it at the same time.
    return session.scalars(query).one()


def _mend(row: ChannelStateRow) -> None:
    row.failures, row.failing_since, row.reason, row.detail = 0, None, None, None
    row.told_at = row.disabled_at = None
