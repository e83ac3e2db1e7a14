"""When a message that was not taken is tried again. Pure."""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta

from alerts.channels.base import DeliveryError

FIRST_WAIT = timedelta(seconds=30)
LONGEST_WAIT = timedelta(hours=1)
LONGEST_RETRY_AFTER = timedelta(days=1)


def next_attempt(error: DeliveryError, *, attempts: int, delivery_id: str, now: datetime) -> datetime | None:
    """The instant of the next attempt, `None` when trying again cannot help.

    `attempts` counts those made so far, this one included. The wait doubles up to an hour and never gives up: a
    service that is down for a day must still get its messages. Up to a fifth is added, seeded by delivery and attempt,
    so that what failed together does not come back together. The receiver's `Retry-After` is kept, up to a day.
    """
    if not error.retryable:
        return None
    doubled: timedelta = FIRST_WAIT * (1 << min(attempts - 1, 16))
    wait = min(doubled, LONGEST_WAIT)
    seed = hashlib.sha256(f"{delivery_id}:{attempts}".encode()).digest()
    wait += wait * 0.2 * (int.from_bytes(seed[:4]) / 2**32)
    if error.retry_after is not None:
        wait = max(min(error.retry_after, LONGEST_RETRY_AFTER), timedelta(seconds=1))
    return now + wait
