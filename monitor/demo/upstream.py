"""The re-enacted site as a service of its own, for a deployment that is looked at before it watches anything real."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from monitor.demo.timeline import END, START
from snapshots.clock import Clock


@dataclass(frozen=True, slots=True)
class StoryClock:
    """Tells the story's time (UTC): it begins at `began` by the clock `real`, takes `lasts`, and then stands still."""

    real: Clock
    began: datetime
    lasts: timedelta

    def now(self) -> datetime:
        """The story's instant."""
        passed = (self.real.now() - self.began) / self.lasts
        return START + (END - START) * min(max(passed, 0.0), 1.0)


def began_at(memory: Path | None, now: datetime) -> datetime:
    """When the story began: as noted in the file `memory`, else now, which is noted there.

    A site that is started anew must not go back in time: what it showed was read.
    """
    if memory is None:
        return now
    try:
        return datetime.fromisoformat(memory.read_text(encoding="utf-8").strip())
    except (OSError, ValueError):
        memory.write_text(now.isoformat() + "\n", encoding="utf-8")
        return now
