"""When a message that was not taken is tried again. Pure."""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta

from alerts.channels.base import DeliveryError

SHORTEST_WAIT = timedelta(seconds=1)
FIRST_WAIT = timedelta(seconds=30)
LONGEST_WAIT = timedelta(hours=1)
LONGEST_HOLD = timedelta(minutes=5)
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
    return now + wait + wait * 0.2 * _share(f"{delivery_id}:{attempts}")


def hold_until(error: DeliveryError, *, failures: int, channel: str, now: datetime) -> datetime:
    """How long a channel that did not take a message is left alone altogether.

    `failures` counts those since it last took one, this one included. The wait doubles from a second up to five
    minutes: a service that is back is noticed soon, and one that is down costs one time-out each five minutes however
    many messages wait. The receiver's `Retry-After` speaks of the channel, not of the message, and is kept here too.
    """
    if error.retry_after is not None:
        return now + max(min(error.retry_after, LONGEST_RETRY_AFTER), SHORTEST_WAIT)
    wait = min(_doubled(SHORTEST_WAIT, failures), LONGEST_HOLD)
    return now + wait + wait * 0.2 * _share(f"{channel}:{failures}")


def _share(seed: str) -> float:
    """A number from 0 to 1 that is the same wherever it is asked for."""
    return int.from_bytes(hashlib.sha256(seed.encode()).digest()[:4]) / 2**32


def _doubled(first: timedelta, attempts: int) -> timedelta:
    doubled: timedelta = first * (1 << min(attempts - 1, 16))
    return min(doubled, LONGEST_WAIT)
