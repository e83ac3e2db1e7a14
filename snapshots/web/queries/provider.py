"""Providers: what is watched of each, and what came of it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import case, distinct, func, select
from sqlalchemy.orm import Session

from snapshots.tables import CURRENT_FACT, FactRow, SourceRow
from snapshots.web.queries.events import Cell


@dataclass(frozen=True, slots=True)
class Provider:
    """One provider with its numbers; `failing` sources give no answer to believe."""

    name: str
    sources: int
    failing: int
    subjects: int
    facts: int
    open_events: int
    critical: int
    last_changed_at: datetime | None
    last_checked_at: datetime | None


def providers(session: Session, cells: Iterable[Cell]) -> list[Provider]:
    """Every provider that is watched, the one with most sources first; the empty name stands for none."""
    failing = case((SourceRow.failing_since.is_not(None), 1), else_=0)
    query = (
        select(
            SourceRow.provider,
            func.count(),
            func.sum(failing),
            func.max(SourceRow.last_changed_at),
            func.max(SourceRow.last_checked_at),
        )
        .where(SourceRow.state != "removed")
        .group_by(SourceRow.provider)
    )
    known = (
        select(SourceRow.provider, func.count(distinct(FactRow.subject_key)), func.count())
        .join(FactRow, FactRow.source_id == SourceRow.id)
        .where(CURRENT_FACT)
        .group_by(SourceRow.provider)
    )
    facts = {name: (subjects, count) for name, subjects, count in session.execute(known)}
    waiting: dict[str, int] = {}
    critical: dict[str, int] = {}
    for cell in cells:
        waiting[cell.provider] = waiting.get(cell.provider, 0) + cell.events
        if cell.level == "critical":
            critical[cell.provider] = critical.get(cell.provider, 0) + cell.events
    found = [
        Provider(
            name=name,
            sources=count,
            failing=int(bad or 0),
            subjects=facts.get(name, (0, 0))[0],
            facts=facts.get(name, (0, 0))[1],
            open_events=waiting.get(name, 0),
            critical=critical.get(name, 0),
            last_changed_at=changed,
            last_checked_at=checked,
        )
        for name, count, bad, changed, checked in session.execute(query)
    ]
    return sorted(found, key=lambda one: (one.name == "", -one.sources, one.name))
