"""A clock that runs ahead: months pass while somebody watches."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from datetime import datetime, timedelta


class AcceleratedClock:
    """Tells a simulated time (UTC) that runs `rate` times as fast as the real one; a `snapshots.clock.Clock`.

    It stands still at `limit` until `allow` moves the limit on, so that a slow machine is given the time it needs
    instead of being left behind.
    """

    def __init__(
        self, start: datetime, rate: float, *, limit: datetime, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        """Begin at `start`. `monotonic` gives real seconds that never go back."""
        self._monotonic = monotonic
        self._rate = rate
        self._limit = limit
        self._now = start
        self._read_at = monotonic()
        self._lock = threading.Lock()

    def now(self) -> datetime:
        """Tell the simulated instant, never later than the limit, never earlier than any told before."""
        with self._lock:
            return self._advance()

    def allow(self, limit: datetime) -> None:
        """Let the time run on to `limit`; an earlier limit than the present one changes nothing."""
        with self._lock:
            self._advance()
            self._limit = max(self._limit, limit)

    def _advance(self) -> datetime:
        read_at = self._monotonic()
        passed = timedelta(seconds=(read_at - self._read_at) * self._rate)
        self._read_at = read_at
        self._now = min(self._now + passed, max(self._limit, self._now))
        return self._now
