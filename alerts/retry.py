"""When a message that was not taken is tried again. Pure."""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta

from alerts.channels.base import DeliveryError

SHORTEST_WAIT = timedelta(seconds=1)
FIRST_WAIT = timedelta(seconds=30)
LONGEST_WAIT = timedelta(hours=1)
LONGEST_RETRY_AFTER = timedelta(days=1)


def next_attempt(error: DeliveryError, *, attempts: int, delivery_id: str, now: datetime) -> datetime | None:
    """The instant of the next attempt, `None` when trying again cannot help.

    `attempts` counts those made so far, this one included. The wait doubles up to an hour and never gives up: a
    service that is down for a day must still get its messages. Up to a fifth is added, seeded by delivery and attempt,
    so that what failed together does not come back together. The receiver's `Retry-After` is kept, up to a day; it may
    ask for less than our own wait, but not again and again.
    """
    if not error.retryable:
        return None
    if error.retry_after is not None:
        return now + max(min(error.retry_after, LONGEST_RETRY_AFTER), _doubled(SHORTEST_WAIT, attempts))
    wait = _doubled(FIRST_WAIT, attempts)
    seed = hashlib.sha256(f"{delivery_id}:{attempts}".encode()).digest()
    return now + wait + wait * 0.2 * (int.from_bytes(seed[:4]) / 2**32)


def _doubled(first: timedelta, attempts: int) -> timedelta:
    doubled: timedelta = first * (1 << min(attempts - 1, 16))
    return min(doubled, LONGEST_WAIT)
