"""What this process counted since it began; everything else is in the rows, which every process can read."""

from __future__ import annotations

import threading
from collections import Counter
from enum import StrEnum


class Lease(StrEnum):
    """What a lease is taken on."""

    CHECK = "check"
    DELIVERY = "delivery"


class Tally:
    """Counts by name, safe to share between threads; they only grow."""

    def __init__(self) -> None:
        self._counts: Counter[str] = Counter()
        self._lock = threading.Lock()

    def add(self, name: str) -> None:
        """Count one."""
        with self._lock:
            self._counts[name] += 1

    def of(self, name: str) -> int:
        """How many were counted."""
        with self._lock:
            return self._counts[name]


LOST_LEASES = Tally()
"""Work of this process that was not recorded because its lease had gone to another worker, by `Lease`."""
