"""Sources: how each fares, its last checks, its versions."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from snapshots.rows import latest_snapshot
from snapshots.sources import SourceHealth, health_of, source_health
from snapshots.tables import CURRENT_FACT, BlobRow, ChangeRow, CheckRow, FactRow, SnapshotRow, SourceRow

CHECKS = 30
PAGE = 50


@dataclass(frozen=True, slots=True)
class LastCheck:
    """What the newest check of a source came to."""

    outcome: str
    http_status: int | None
    detail: str | None


@dataclass(frozen=True, slots=True)
class VersionSeen:
    """One kept version."""

    sequence: int
    observed_at: datetime
    last_confirmed_at: datetime
    size: int
    stored: int
    digest: str
    held: str | None
    changes: int


def health(session: Session) -> list[SourceHealth]:
    """All sources, the failing ones first."""
    return source_health(session)


def one(session: Session, source_id: str) -> tuple[SourceRow, SourceHealth] | None:
    """One source: its row, and how it fares."""
    row = session.get(SourceRow, source_id)
    if row is None:
        return None
    facts = select(func.count()).select_from(FactRow).where(FactRow.source_id == source_id, CURRENT_FACT)
    kept = select(func.count()).select_from(SnapshotRow).where(SnapshotRow.source_id == source_id)
    return row, health_of(row, facts=session.scalar(facts) or 0, versions=session.scalar(kept) or 0)


def strips(session: Session, source_ids: Collection[str]) -> tuple[Mapping[str, list[str]], Mapping[str, LastCheck]]:
    """The outcomes of the last checks of each source, the oldest first, and what the newest of each said."""
    place = (
        func.row_number().over(partition_by=CheckRow.source_id, order_by=CheckRow.scheduled_for.desc()).label("place")
    )
    ranked = (
        select(CheckRow.source_id, CheckRow.outcome, CheckRow.http_status, CheckRow.error_detail, place)
        .where(CheckRow.source_id.in_(source_ids))
        .subquery()
    )
    query = select(ranked).where(ranked.c.place <= CHECKS).order_by(ranked.c.source_id, ranked.c.place.desc())
    outcomes: dict[str, list[str]] = defaultdict(list)
    last: dict[str, LastCheck] = {}
    for source_id, outcome, status, detail, _ in session.execute(query):
        outcomes[source_id].append(outcome)
        last[source_id] = LastCheck(outcome, status, detail)
    return outcomes, last


def checks_of(session: Session, source_id: str, before: datetime | None) -> tuple[Sequence[CheckRow], datetime | None]:
    """At most `PAGE` checks, the newest first, and the instant from which the next page goes on."""
    query = select(CheckRow).where(CheckRow.source_id == source_id)
    if before is not None:
        query = query.where(CheckRow.scheduled_for < before)
    rows = session.scalars(query.order_by(CheckRow.scheduled_for.desc()).limit(PAGE + 1)).all()
    return rows[:PAGE], rows[PAGE - 1].scheduled_for if len(rows) > PAGE else None


def versions_of(session: Session, source_id: str, before: int | None) -> tuple[list[VersionSeen], int | None]:
    """At most `PAGE` versions, the newest first, and the number from which the next page goes on."""
    query = (
        select(SnapshotRow, BlobRow.size, func.length(BlobRow.content))
        .join(BlobRow, BlobRow.digest == SnapshotRow.raw_digest)
        .where(SnapshotRow.source_id == source_id)
        .order_by(SnapshotRow.sequence.desc())
        .limit(PAGE + 1)
    )
    if before is not None:
        query = query.where(SnapshotRow.sequence < before)
    rows = session.execute(query).all()
    counted = (
        select(ChangeRow.to_snapshot_id, func.count())
        .where(ChangeRow.source_id == source_id, ChangeRow.level != "none", ChangeRow.state == "open")
        .group_by(ChangeRow.to_snapshot_id)
    )
    changes: dict[int, int] = dict(session.execute(counted).all())
    found = [
        VersionSeen(
            sequence=row.sequence,
            observed_at=row.observed_at,
            last_confirmed_at=row.last_confirmed_at,
            size=size,
            stored=stored,
            digest=row.raw_digest.hex(),
            held=row.held,
            changes=changes.get(row.id, 0),
        )
        for row, size, stored in rows[:PAGE]
    ]
    return found, found[-1].sequence if len(rows) > PAGE else None


def newest(session: Session, source_id: str) -> SnapshotRow | None:
    """The newest version, believed or not."""
    return latest_snapshot(session, source_id, good=False)
