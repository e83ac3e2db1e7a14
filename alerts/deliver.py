"""T3: claim a delivery, send it, record the receipt or the typed error.

A crash between sending and recording repeats one message: at least once. The delivery id travels with it, so a
receiver can drop the repeat. Nothing is batched between the two, so that the gap stays as small as it can be. A
database that is away just then is asked again while the lease lasts; a worker that slept past its lease sends nothing.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Mapping
from datetime import datetime, timedelta

import structlog
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from alerts.channels.base import Channel, DeliveryError, Progress, Reason, Receipt
from alerts.compose import THREADED, compose_delivery
from alerts.decisions import tell_decisions
from alerts.retry import hold_until, next_attempt
from snapshots import channelstate, sending
from snapshots.clock import Clock
from snapshots.db import Database, is_trouble, told_by_driver
from snapshots.metrics.process import LOST_LEASES, Lease
from snapshots.sending import ClaimedDelivery

TELL_AFTER = timedelta(hours=1)
# A PostgreSQL that is restarted is back within these pauses (in seconds), which leave most of a lease.
_PAUSES = (0.5, 1.0, 2.0, 4.0, 8.0)
_pause = threading.Event().wait

_log = structlog.get_logger(__name__)


def deliver_due(
    database: Database,
    channels: Mapping[str, Channel],
    *,
    clock: Clock,
    owner: str,
    public_url: str = "",
    limit: int = 20,
    wait: Callable[[float], object] = _pause,
) -> int:
    """Send up to `limit` deliveries that are due; return how many were tried.

    A channel that failed is left alone for the rest of the round, so that it does not hold up the others. `wait` gets
    the seconds before a database that went away after a sending is asked again.

    Raises:
        DBAPIError: the database is in trouble.
    """
    tell_decisions(database, channels, now=clock.now())
    tried = 0
    well = dict(channels)
    while tried < limit and (claimed := _claim(database, well, clock, owner)) is not None:
        tried += 1
        if not _deliver(_Insistent(database, wait), channels, claimed, clock, public_url):
            del well[claimed.channel]
    return tried


def _claim(database: Database, channels: Mapping[str, Channel], clock: Clock, owner: str) -> ClaimedDelivery | None:
    now = clock.now()
    with database.reading() as session:
        if not sending.any_due(session, channels=_open(session, channels, now), now=now):
            return None
    with database.writing() as session:
        claimed = sending.claim(session, channels=_open(session, channels, now), owner=owner, now=now)
        if claimed is None:
            return None
        if not channelstate.take_turn(session, claimed.channel, gap=channels[claimed.channel].config.gap, now=now):
            sending.release(session, claimed)
            return None
        return claimed


def _open(session: Session, channels: Collection[str], now: datetime) -> list[str]:
    closed = channelstate.closed(session, now=now)
    return [name for name in channels if name not in closed]


class _Insistent:
    """Writes what has happened already, and asks again while the database is away: to forget it would repeat it."""

    def __init__(self, database: Database, wait: Callable[[float], object]) -> None:
        self.database = database
        self._wait = wait

    def write(self, work: Callable[[Session], object]) -> None:
        """Do the work in one transaction.

        Raises:
            DBAPIError: the database is still in trouble after all pauses.
        """
        for pause in _PAUSES:
            try:
                self._once(work)
            except DBAPIError as error:
                if not is_trouble(error):
                    raise
                _log.warning("sent-not-recorded", detail=told_by_driver(error), retry_in_seconds=pause)
                self._wait(pause)
            else:
                return
        self._once(work)

    def _once(self, work: Callable[[Session], object]) -> None:
        with self.database.writing() as session:
            work(session)


def _deliver(
    record: _Insistent, channels: Mapping[str, Channel], claimed: ClaimedDelivery, clock: Clock, public_url: str
) -> bool:
    """Send one and record it; whether the channel took it, or is not to blame."""
    database, started_at = record.database, clock.now()
    try:
        receipt = _send(record, channels[claimed.channel], claimed, clock, public_url)
    except DeliveryError as error:
        _failed(database, channels, claimed, error, clock, started_at)
        return False
    except Exception as error:
        if is_trouble(error):
            raise
        # A fault of ours in one message must not stop the others, nor lose this one.
        _log.exception("delivery-fault", delivery=claimed.id, channel=claimed.channel)
        detail = f"The message could not be made ({type(error).__name__}); the log of the service has the reason."
        fault = DeliveryError(Reason.FAULT, detail, retryable=True)
        _failed(database, channels, claimed, fault, clock, started_at)
        return False
    if receipt is None:
        LOST_LEASES.add(Lease.DELIVERY)
        _log.warning("lease-gone", delivery=claimed.id, channel=claimed.channel)
        return True
    now = clock.now()

    def taken(session: Session) -> None:
        if receipt.more:
            sending.record_more(session, claimed, started_at=started_at, now=now)
        else:
            sending.record_sent(session, claimed, message_id=receipt.message_id, started_at=started_at, now=now)
        channelstate.note_taken(session, claimed.channel, now=now)

    record.write(taken)
    if not receipt.more:
        _log.info("sent", delivery=claimed.id, channel=claimed.channel, changes=len(claimed.change_ids))
    return True


def _send(
    record: _Insistent, channel: Channel, claimed: ClaimedDelivery, clock: Clock, public_url: str
) -> Receipt | None:
    """Send one; `None` when this worker slept past its lease, and another one sends it."""
    now = clock.now()
    with record.database.reading() as session:
        message = compose_delivery(session, claimed, now, public_url)
        if not sending.is_held(session, claimed):
            return None
    thread = claimed.thread if claimed.kind in THREADED else None
    progress = _KeptProgress(record, claimed, clock)
    return channel.send(message, delivery_id=claimed.id, thread=thread, now=now, progress=progress)


class _KeptProgress(Progress):
    """Progress that a restart does not forget."""

    def __init__(self, record: _Insistent, claimed: ClaimedDelivery, clock: Clock) -> None:
        super().__init__(claimed.parts)
        self._record = record
        self._claimed = claimed
        self._clock = clock

    def take(self, part: str, message_id: str) -> None:
        """Write it down at once: what follows may fail, or never come."""
        super().take(part, message_id)
        now = self._clock.now()
        self._record.write(lambda session: sending.record_part(session, self._claimed, part, message_id, now=now))


def _failed(
    database: Database,
    channels: Mapping[str, Channel],
    claimed: ClaimedDelivery,
    error: DeliveryError,
    clock: Clock,
    started_at: datetime,
) -> None:
    now = clock.now()
    retry_at = next_attempt(error, attempts=claimed.attempts + 1, delivery_id=claimed.id, now=now)
    with database.writing() as session:
        sending.record_failure(
            session,
            claimed,
            reason=error.reason.value,
            detail=error.detail,
            retry_at=retry_at,
            held=error.disables,
            started_at=started_at,
            now=now,
        )
        if error.disables or error.holds:
            _note_failing(session, channels, claimed.channel, error, now)
    _log.warning(
        "not-taken",
        delivery=claimed.id,
        channel=claimed.channel,
        reason=error.reason.value,
        detail=error.detail,
        retry_at=retry_at.isoformat() if retry_at else None,
        disabled=error.disables,
    )


def _note_failing(
    session: Session, channels: Mapping[str, Channel], channel: str, error: DeliveryError, now: datetime
) -> None:
    """Leave the channel alone for a while, or for good; when that is news, its fallback hears of it as others do."""
    failures = channelstate.failures(session, channel) + 1
    channelstate.note_failed(
        session,
        channel,
        reason=error.reason.value,
        detail=error.detail,
        until=hold_until(error, failures=failures, channel=channel, now=now) if error.holds else None,
        disable=error.disables,
        tell_after=TELL_AFTER,
        fallback=channels[channel].config.fallback,
        now=now,
    )
