"""Names: the list of them, everything remembered about one, and names that are alike."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import distinct, func, select
from sqlalchemy.orm import Session

from snapshots.facts import name_key
from snapshots.tables import CURRENT_FACT, FactRow, SourceRow

PAGE = 100
_ALIKE = 6


@dataclass(frozen=True, slots=True)
class SubjectSeen:
    """One name in the list: how much is believed about it, by how many sources, and what of it waits for review."""

    key: str
    name: str
    provider: str
    areas: tuple[str, ...]
    means: str
    mode: str
    facts: int
    sources: int
    open_events: int


@dataclass(frozen=True, slots=True)
class Speaker:
    """A source that speaks of a name: how many statements of it are believed now, and when it was last checked."""

    source_id: str
    title: str
    provider: str
    statements: int
    last_checked_at: datetime | None
    url: str


def subjects(
    session: Session, waiting: Mapping[str, int], *, beginning: str = "", provider: str = "", after: str = ""
) -> tuple[list[SubjectSeen], str]:
    """At most `PAGE` names of which something is believed now, in order, and the cursor to the next ones.

    `waiting` is how many events of a name wait for a decision.
    """
    counted = (
        select(
            FactRow.subject_key,
            func.min(FactRow.subject),
            func.min(SourceRow.provider),
            func.count(),
            func.count(distinct(FactRow.source_id)),
        )
        .join(SourceRow, SourceRow.id == FactRow.source_id)
        .where(CURRENT_FACT, FactRow.subject_key > after, FactRow.subject_key != "")
        .group_by(FactRow.subject_key)
        .order_by(FactRow.subject_key)
        .limit(PAGE + 1)
    )
    if beginning:
        counted = counted.where(FactRow.subject_key.contains(name_key(beginning), autoescape=True))
    if provider:
        counted = counted.where(SourceRow.provider == provider)
    rows = session.execute(counted).all()
    keys = [row[0] for row in rows[:PAGE]]
    told: dict[str, set[str]] = {key: set() for key in keys}
    means: dict[str, tuple[str, str]] = {}
    facts = select(FactRow.subject_key, FactRow.predicate, FactRow.qualifier, FactRow.value, FactRow.detail).where(
        CURRENT_FACT, FactRow.subject_key.in_(keys)
    )
    for key, predicate, qualifier, value, detail in session.execute(facts.order_by(FactRow.valid_from, FactRow.id)):
        told[key].add(predicate.partition(".")[0])
        if predicate in ("alias.target", "model.version") and not qualifier:
            means[key] = (value or "no longer works", str(detail.get("mode", "")))
    found = [
        SubjectSeen(
            key=key,
            name=name,
            provider=owner,
            areas=tuple(sorted(told[key])),
            means=means.get(key, ("", ""))[0],
            mode=means.get(key, ("", ""))[1],
            facts=count,
            sources=sources,
            open_events=waiting.get(key, 0),
        )
        for key, name, owner, count, sources in rows[:PAGE]
    ]
    return found, keys[-1] if len(rows) > PAGE else ""


def subject_count(session: Session) -> int:
    """How many names there are of which something is believed now."""
    query = select(func.count(distinct(FactRow.subject_key))).where(CURRENT_FACT, FactRow.subject_key != "")
    return session.scalar(query) or 0


def speakers(session: Session, key: str) -> list[Speaker]:
    """The sources that ever spoke of a name, those that say most now first."""
    now_said = func.count().filter(CURRENT_FACT)
    query = (
        select(SourceRow, now_said)
        .join(FactRow, FactRow.source_id == SourceRow.id)
        .where(FactRow.subject_key == key)
        .group_by(SourceRow.id)
        .order_by(now_said.desc(), SourceRow.id)
    )
    return [
        Speaker(row.id, row.title, row.provider, count, row.last_checked_at, row.url)
        for row, count in session.execute(query)
    ]


def alike(session: Session, key: str) -> list[str]:
    """Names that begin with this one, or contain it; offered, never merged."""
    if len(key) < 3:
        return []
    query = (
        select(func.min(FactRow.subject))
        .where(FactRow.subject_key.contains(key, autoescape=True), FactRow.subject_key != key)
        .group_by(FactRow.subject_key)
        .order_by(func.length(FactRow.subject_key), FactRow.subject_key)
        .limit(_ALIKE)
    )
    return list(session.scalars(query))
