"""The only place that reads the wall clock.

Everything else takes `now` (a timezone-aware UTC `datetime`) as an argument, or a `Clock` where work goes on for longer
than one step, so that tests, replays and the demo decide what time it is.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Protocol


class Clock(Protocol):
    """Tells the time in UTC."""

    def now(self) -> datetime:
        """The present instant, timezone-aware, in UTC."""
        ...


class SystemClock:
    """The wall clock of this machine."""

    def now(self) -> datetime:
        """The present instant, timezone-aware, in UTC."""
        return datetime.now(UTC)


class FixedClock:
    """A clock that moves only when it is told to; used by replays and tests."""

    def __init__(self, start: datetime) -> None:
        self._now = start

    def now(self) -> datetime:
        """The instant the clock was last set to."""
        return self._now

    def set(self, instant: datetime) -> None:
        """Move the clock to `instant`, forwards or backwards."""
        self._now = instant
