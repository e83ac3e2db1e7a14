"""What the frame of every page says: how much is open, and when sources were last looked at."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from snapshots.tables import SourceRow

# The scheduler looks every few seconds; what is due this long has been forgotten.
LATE = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class Watch:
    """How the watching goes. `overdue_since` is when the longest waiting check was due, `None` when none is late."""

    sources: int
    unread: int
    latest: datetime | None
    oldest: datetime | None
    overdue_since: datetime | None

    def is_late(self, now: datetime) -> bool:
        """Whether nothing was checked although something was due for long."""
        if self.overdue_since is None or now - self.overdue_since < LATE:
            return False
        return self.latest is None or now - self.latest >= LATE


def watch(session: Session) -> Watch:
    """Count the active sources and when they were looked at."""
    query = select(
        func.count(),
        func.count().filter(SourceRow.last_ok_at.is_(None)),
        func.max(SourceRow.last_checked_at),
        func.min(SourceRow.last_checked_at),
        func.min(SourceRow.next_check_at),
    ).where(SourceRow.state == "active")
    return Watch(*session.execute(query).one())
