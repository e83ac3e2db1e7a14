"""Names: the list of them, everything remembered about one, and names that are alike."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import distinct, func, select
from sqlalchemy.orm import Session

from snapshots.facts import Precision, name_key
from snapshots.history import END, TARGET, end_instant
from snapshots.tables import CURRENT_FACT, FactRow, SourceRow

PAGE = 100
NOTHING = "no longer works"
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
    session: Session,
    waiting: Mapping[str, int],
    now: datetime,
    *,
    beginning: str = "",
    provider: str = "",
    after: str = "",
) -> tuple[list[SubjectSeen], str]:
    """At most `PAGE` names of which something is believed now, in order, and the cursor to the next ones.

    `waiting` is how many events of a name wait for a decision.
    """
    counted = (
        select(
            FactRow.subject_key,
            # Of several spellings the one in lower case is the id that people call.
            func.max(FactRow.subject),
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
    told, means = _said_of(session, keys, now)
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


def _said_of(
    session: Session, keys: Sequence[str], now: datetime
) -> tuple[dict[str, set[str]], dict[str, tuple[str, str]]]:
    """The areas in which something is said about each name, and what it means now, with the mode."""
    areas: dict[str, set[str]] = {key: set() for key in keys}
    latest: dict[str, tuple[bool, datetime, str, str]] = {}
    ended: set[str] = set()
    query = select(FactRow).where(CURRENT_FACT, FactRow.subject_key.in_(keys)).order_by(FactRow.id)
    for row in session.scalars(query):
        key, start = row.subject_key, row.valid_from or row.observed_from
        areas[key].add(row.predicate.partition(".")[0])
        if row.predicate in (TARGET, "model.version") and not row.qualifier and start <= now:
            place = (row.predicate == TARGET, start, row.value or NOTHING, str(row.detail.get("mode", "")))
            latest[key] = max(latest.get(key, place), place, key=lambda one: one[:2])
        elif row.predicate == END and row.value:
            gone = end_instant(row.value, Precision(row.precision))
            if gone is not None and gone <= now:
                ended.add(key)
    means = {key: (NOTHING, "") if key in ended else (value, mode) for key, (_, _, value, mode) in latest.items()}
    return areas, means


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
