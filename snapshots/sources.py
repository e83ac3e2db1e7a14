"""How the sources fare: what `headwater sources` shows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import and_, func, select
from sqlalchemy.orm import Session

from snapshots.outcome import Outcome
from snapshots.tables import CURRENT_FACT, CheckRow, FactRow, SnapshotRow, SourceRow

IMPORTED = "imported"
"""The state of a source that came with an archive: known, and never fetched until a configuration names it."""


@dataclass(frozen=True, slots=True)
class SourceHealth:
    """One source as a person wants to see it."""

    id: str
    title: str
    provider: str
    kind: str
    url: str
    state: str
    failing_kind: str | None
    failing_since: datetime | None
    consecutive_failures: int
    last_checked_at: datetime | None
    last_ok_at: datetime | None
    last_changed_at: datetime | None
    next_check_at: datetime
    next_check_reason: str
    interval_seconds: int
    facts: int
    versions: int
    host: str = ""
    moved_to: str | None = None

    @property
    def advice(self) -> str:
        """What a person can do about a failing source; empty for one that fares well."""
        return Outcome(self.failing_kind).advice if self.failing_since is not None and self.failing_kind else ""

    @property
    def word(self) -> str:
        """`ok`, `paused`, `removed`, `imported`, `not checked yet`, or why there is no answer to believe."""
        if self.state != "active":
            return self.state
        if self.failing_since is not None:
            return self.failing_kind or "failing"
        return "ok" if self.last_ok_at else "not checked yet"


@dataclass(frozen=True, slots=True)
class CheckSeen:
    """One past check."""

    scheduled_for: datetime
    finished_at: datetime
    outcome: str
    http_status: int | None
    body_bytes: int | None
    duration_ms: int
    detail: str | None


def source_health(session: Session) -> list[SourceHealth]:
    """All sources, the failing ones first, then by id."""
    current = select(FactRow.source_id, func.count()).where(CURRENT_FACT)
    facts = {row[0]: row[1] for row in session.execute(current.group_by(FactRow.source_id))}
    kept = select(SnapshotRow.source_id, func.count()).group_by(SnapshotRow.source_id)
    versions = {row[0]: row[1] for row in session.execute(kept)}
    rows = session.scalars(select(SourceRow).order_by(SourceRow.id)).all()
    found = [health_of(row, facts=facts.get(row.id, 0), versions=versions.get(row.id, 0)) for row in rows]
    return sorted(found, key=lambda one: (one.failing_since is None, one.id))


def health_of(row: SourceRow, *, facts: int, versions: int) -> SourceHealth:
    """How a source fares, by its row and by how many facts and versions of it are known."""
    return SourceHealth(
        id=row.id,
        title=row.title,
        provider=row.provider,
        kind=row.kind,
        url=row.url,
        state=row.state,
        failing_kind=row.failing_kind,
        failing_since=row.failing_since,
        consecutive_failures=row.consecutive_failures,
        last_checked_at=row.last_checked_at,
        last_ok_at=row.last_ok_at,
        last_changed_at=row.last_changed_at,
        next_check_at=row.next_check_at,
        next_check_reason=row.next_check_reason,
        interval_seconds=row.interval_seconds,
        facts=facts,
        versions=versions,
        host=row.host,
        moved_to=row.moved_to,
    )


def requests_since(session: Session, source_id: str, since: datetime) -> int:
    """How many checks of a source went out since a time. One that we held back ourselves went nowhere: it was limited
    without a status.
    """
    held_back = and_(CheckRow.outcome == Outcome.RATE_LIMITED.value, CheckRow.http_status.is_(None))
    query = select(func.count()).select_from(CheckRow)
    query = query.where(CheckRow.source_id == source_id, CheckRow.started_at >= since, ~held_back)
    return session.scalar(query) or 0


def last_checks(session: Session, source_id: str, *, limit: int) -> list[CheckSeen]:
    """The newest checks of a source, newest first."""
    query = select(CheckRow).where(CheckRow.source_id == source_id).order_by(CheckRow.scheduled_for.desc()).limit(limit)
    return [
        CheckSeen(
            scheduled_for=row.scheduled_for,
            finished_at=row.finished_at,
            outcome=row.outcome,
            http_status=row.http_status,
            body_bytes=row.body_bytes,
            duration_ms=row.duration_ms,
            detail=row.error_detail,
        )
        for row in session.scalars(query)
    ]
