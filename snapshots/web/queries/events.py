"""Open changes as events: one row for what several sources, bands and attributes show of one thing.

Changes of one kind about one name that take effect at one time are one event. Where no time is stated, those of one
version of a source are; sources that show the same values are joined by the smallest correlation key they share.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import CTE, ColumnElement, and_, case, func, select
from sqlalchemy.orm import Session

from snapshots.changes.catalogue import KINDS
from snapshots.changes.model import Level
from snapshots.facts import name_key
from snapshots.journal import Entry
from snapshots.review import ReviewState, in_states
from snapshots.tables import ChangeRow, DeliveryChangeRow, DeliveryRow, SourceRow

LEVELS = (Level.CRITICAL, Level.WARNING, Level.INFO)
EventKey = tuple[str, str, datetime | None]


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which events: empty means any. `now` is UTC and decides which snoozes have run out."""

    now: datetime
    states: Collection[ReviewState] = (ReviewState.OPEN,)
    level: str = ""
    area: str = ""
    provider: str = ""
    subject_key: str = ""
    source: str = ""
    incident: str = ""
    subject_keys: Collection[str] | None = None


def told(wanted: Wanted) -> list[ColumnElement[bool]]:
    """The condition for changes that are shown to people and stand where it is asked for."""
    conditions = [
        ChangeRow.state == "open",
        ChangeRow.level.in_(LEVELS),
        in_states(ChangeRow, wanted.states, wanted.now),
    ]
    if wanted.level:
        conditions.append(ChangeRow.level == wanted.level)
    if wanted.area:
        conditions.append(ChangeRow.kind.in_([kind.id for kind in KINDS.values() if kind.area == wanted.area]))
    if wanted.subject_key:
        conditions.append(ChangeRow.subject_key == wanted.subject_key)
    if wanted.subject_keys is not None:
        conditions.append(ChangeRow.subject_key.in_(wanted.subject_keys))
    if wanted.source:
        conditions.append(ChangeRow.source_id == wanted.source)
    if wanted.provider:
        own = select(SourceRow.id).where(SourceRow.provider == wanted.provider)
        conditions.append(ChangeRow.source_id.in_(own))
    if wanted.incident:
        mine = (
            select(DeliveryChangeRow.change_id)
            .join(DeliveryRow, DeliveryRow.id == DeliveryChangeRow.delivery_id)
            .where(DeliveryRow.incident == wanted.incident)
        )
        conditions.append(ChangeRow.id.in_(mine))
    return conditions


def events(wanted: Wanted) -> CTE:
    """The events as a table expression: `subject_key, kind, effective_at, corr, rank, seen, newest, provider, name`."""
    rank = case({level.value: place for place, level in enumerate(LEVELS)}, value=ChangeRow.level, else_=len(LEVELS))
    undated = case((ChangeRow.effective_at.is_(None), ChangeRow.to_snapshot_id), else_=0)
    shown = (
        select(
            ChangeRow.subject_key,
            ChangeRow.kind,
            ChangeRow.effective_at,
            case((ChangeRow.effective_at.is_(None), func.min(ChangeRow.correlation_key)), else_="").label("corr"),
            func.min(rank).label("rank"),
            func.max(ChangeRow.detected_at).label("seen"),
            func.max(ChangeRow.id).label("newest"),
            func.min(SourceRow.provider).label("provider"),
        )
        .join(SourceRow, SourceRow.id == ChangeRow.source_id)
        .where(and_(*told(wanted)))
        .group_by(ChangeRow.subject_key, ChangeRow.kind, ChangeRow.effective_at, undated)
        .subquery("shown")
    )
    return (
        select(
            shown.c.subject_key,
            shown.c.kind,
            shown.c.effective_at,
            shown.c.corr,
            func.min(shown.c.rank).label("rank"),
            func.max(shown.c.seen).label("seen"),
            func.max(shown.c.newest).label("newest"),
            func.min(shown.c.provider).label("provider"),
        )
        .group_by(shown.c.subject_key, shown.c.kind, shown.c.effective_at, shown.c.corr)
        .cte("events")
    )


@dataclass(frozen=True, slots=True)
class Cell:
    """How many events there are of one level, kind and provider."""

    level: Level
    kind: str
    provider: str
    events: int


def members(session: Session, wanted: Wanted, keys: Collection[EventKey]) -> Collection[int]:
    """The row ids of every change that belongs to one of the events."""
    pairs = sorted({(subject, kind) for subject, kind, _ in keys})
    if not pairs:
        return []
    subjects, kinds = {subject for subject, _ in pairs}, {kind for _, kind in pairs}
    query = select(ChangeRow.id, ChangeRow.subject_key, ChangeRow.kind, ChangeRow.effective_at).where(
        *told(wanted), ChangeRow.subject_key.in_(subjects), ChangeRow.kind.in_(kinds)
    )
    return [row.id for row in session.execute(query) if (row.subject_key, row.kind, row.effective_at) in keys]


def of_entry(entry: Entry) -> EventKey:
    """The part of an event's key that a change shows by itself."""
    return (name_key(entry.change.subject), entry.change.kind, entry.change.effective_at)


def sharing(entries: Sequence[Entry], shared: str) -> list[Entry]:
    """The undated changes of one name that `events` joined under a correlation key."""
    versions: dict[tuple[str, int], list[Entry]] = defaultdict(list)
    for entry in entries:
        versions[entry.source_id, entry.to_version].append(entry)
    smallest = {key: min(entry.change.correlation_key for entry in group) for key, group in versions.items()}
    return [entry for key, group in versions.items() if smallest[key] == shared for entry in group]


def is_version_of(one: Entry, other: Entry) -> bool:
    """Whether two changes were seen in one version of a source."""
    return (one.source_id, one.to_version) == (other.source_id, other.to_version)
