"""How many checks there were, by source and outcome, as a number that only grows.

Single checks become counts by day when retention lets them go, so the total is what both tables hold. Counting all of
it at each scrape would cost more with every month. So what is settled is counted once and remembered, and only checks
recorded since are counted again.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Mapping
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from snapshots.tables import CheckDayRow, CheckRow

Totals = Mapping[tuple[str, str], int]

# PostgreSQL shows rows in the order of their commits, which is not the order of their ids. No check takes so long from
# its end to its commit, and retention lets none go that is so young.
_SETTLED_AFTER = timedelta(minutes=5)


class CheckTotals:
    """Remembers what it counted; safe to share between threads. A new process counts everything once."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._settled: Counter[tuple[str, str]] | None = None
        self._until = 0

    def read(self, session: Session, now: datetime) -> Totals:
        """Checks by (source, outcome). `session` must see one instant: rows move between the tables meanwhile."""
        with self._lock:
            if self._settled is None:
                days = select(CheckDayRow.source_id, CheckDayRow.outcome, func.sum(CheckDayRow.checks))
                found = session.execute(days.group_by(CheckDayRow.source_id, CheckDayRow.outcome))
                self._settled = Counter({(source, outcome): int(count) for source, outcome, count in found})
            until = max(_newest_settled(session, now), self._until)
            self._settled.update(_counted(session, self._until, until))
            self._until = until
            return self._settled + _counted(session, until, None)


def _newest_settled(session: Session, now: datetime) -> int:
    """The id up to which every check is there to be seen; found from the newest backwards."""
    settled = select(CheckRow.id).where(CheckRow.finished_at < now - _SETTLED_AFTER)
    return session.scalar(settled.order_by(CheckRow.id.desc()).limit(1)) or 0


def _counted(session: Session, after: int, until: int | None) -> Counter[tuple[str, str]]:
    query = select(CheckRow.source_id, CheckRow.outcome, func.count()).where(CheckRow.id > after)
    if until is not None:
        query = query.where(CheckRow.id <= until)
    found = session.execute(query.group_by(CheckRow.source_id, CheckRow.outcome))
    return Counter({(source, outcome): count for source, outcome, count in found})
