"""How often a password may be tried: a few times a minute for each name and for each address."""

from __future__ import annotations

import threading
from collections import deque
from datetime import datetime, timedelta

TRIES = 5
WINDOW = timedelta(minutes=1)
# An attacker with many names or addresses must not fill the memory; the oldest entries go first.
_MOST_KEYS = 10_000


class Throttle:
    """Counts failed tries of this process, safe to share between threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._failed: dict[str, deque[datetime]] = {}

    def locked_until(self, keys: tuple[str, ...], now: datetime) -> datetime | None:
        """When the next try is possible; `None` when it is possible now."""
        with self._lock:
            ends = [failed[0] + WINDOW for key in keys if len(failed := self._recent(key, now)) >= TRIES]
        return max(ends, default=None)

    def failed(self, keys: tuple[str, ...], now: datetime) -> int:
        """Remember a failed try; how many are left in this minute."""
        with self._lock:
            for key in keys:
                tries = self._failed.setdefault(key, deque(maxlen=TRIES))
                tries.append(now)
            while len(self._failed) > _MOST_KEYS:
                self._failed.pop(next(iter(self._failed)))
            return TRIES - max(len(self._recent(key, now)) for key in keys)

    def succeeded(self, keys: tuple[str, ...]) -> None:
        """Forget the failed tries of a name that logged in."""
        with self._lock:
            for key in keys:
                self._failed.pop(key, None)

    def _recent(self, key: str, now: datetime) -> deque[datetime]:
        tries = self._failed.get(key, deque())
        while tries and tries[0] + WINDOW <= now:
            tries.popleft()
        return tries
