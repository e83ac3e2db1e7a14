"""T3: claim a delivery, send it, record the receipt or the typed error.

A crash between sending and recording repeats one message: at least once. The delivery id travels with it, so a
receiver can drop the repeat.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

import structlog

from alerts.channels.base import Channel, DeliveryError, Reason, Receipt
from alerts.compose import THREADED, compose_delivery
from alerts.retry import next_attempt
from snapshots import deliveries
from snapshots.clock import Clock
from snapshots.db import Database
from snapshots.deliveries import ClaimedDelivery

_log = structlog.get_logger(__name__)


def deliver_due(
    database: Database,
    channels: Mapping[str, Channel],
    *,
    clock: Clock,
    owner: str,
    public_url: str = "",
    limit: int = 20,
) -> int:
    """Send up to `limit` deliveries that are due; return how many were tried.

    A channel that failed is left alone for the rest of the round, so that it does not hold up the others.
    """
    tried = 0
    well = dict(channels)
    while tried < limit and (claimed := _claim(database, well, clock, owner)) is not None:
        tried += 1
        if not _deliver(database, channels[claimed.channel], claimed, clock, public_url):
            del well[claimed.channel]
    return tried


def _claim(database: Database, channels: Mapping[str, Channel], clock: Clock, owner: str) -> ClaimedDelivery | None:
    now = clock.now()
    with database.reading() as session:
        if not deliveries.any_due(session, channels=channels.keys(), now=now):
            return None
    with database.writing() as session:
        return deliveries.claim(session, channels=channels.keys(), owner=owner, now=now)


def _deliver(database: Database, channel: Channel, claimed: ClaimedDelivery, clock: Clock, public_url: str) -> bool:
    """Send one and record it; whether the channel took it."""
    started_at = clock.now()
    try:
        receipt = _send(database, channel, claimed, clock, public_url)
    except DeliveryError as error:
        _failed(database, claimed, error, clock, started_at)
        return False
    except Exception as error:  # noqa: BLE001 - see below
        # A fault of ours in one message must not stop the others, nor lose this one.
        _log.exception("delivery-fault", delivery=claimed.id, channel=claimed.channel)
        detail = f"The message could not be made ({type(error).__name__}); the log of the service has the reason."
        _failed(database, claimed, DeliveryError(Reason.FAULT, detail, retryable=True), clock, started_at)
        return False
    with database.writing() as session:
        now = clock.now()
        deliveries.record_sent(session, claimed, message_id=receipt.message_id, started_at=started_at, now=now)
    _log.info("sent", delivery=claimed.id, channel=claimed.channel, changes=len(claimed.change_ids))
    return True


def _send(database: Database, channel: Channel, claimed: ClaimedDelivery, clock: Clock, public_url: str) -> Receipt:
    now = clock.now()
    with database.reading() as session:
        message = compose_delivery(session, claimed, now, public_url)
    thread = claimed.thread if claimed.kind in THREADED else None
    return channel.send(message, delivery_id=claimed.id, thread=thread, now=now)


def _failed(
    database: Database, claimed: ClaimedDelivery, error: DeliveryError, clock: Clock, started_at: datetime
) -> None:
    now = clock.now()
    retry_at = next_attempt(error, attempts=claimed.attempts + 1, delivery_id=claimed.id, now=now)
    with database.writing() as session:
        deliveries.record_failure(
            session,
            claimed,
            reason=error.reason.value,
            detail=error.detail,
            retry_at=retry_at,
            started_at=started_at,
            now=now,
        )
    _log.warning(
        "not-taken",
        delivery=claimed.id,
        channel=claimed.channel,
        reason=error.reason.value,
        detail=error.detail,
        retry_at=retry_at.isoformat() if retry_at else None,
    )
