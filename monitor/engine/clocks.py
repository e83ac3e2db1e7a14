"""Clocks that are set: what was planned by the wall clock must go on when that is set back."""

from __future__ import annotations

import time
from collections.abc import Callable

# A clock that is merely disciplined (NTP) moves by less between two looks.
_TOLERANCE = 1.0


class SetBack:
    """Tells, each time it is asked, whether the wall clock was set back since the last time.

    APScheduler and procrastinate plan by the wall clock, and would tick no more until it has caught up.
    """

    def __init__(self, *, wall: Callable[[], float] = time.time, steady: Callable[[], float] = time.monotonic) -> None:
        """`wall` and `steady` give seconds; `steady` is never set."""
        self._wall, self._steady = wall, steady
        self._ahead = wall() - steady()

    def __call__(self) -> bool:
        """Whether it was set back by more than a second since the last call."""
        before, self._ahead = self._ahead, self._wall() - self._steady()
        return self._ahead < before - _TOLERANCE
