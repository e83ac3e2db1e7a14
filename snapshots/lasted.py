"""For how long the value that a change replaces had held: change rows do not say, the facts they rest on do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from snapshots.changes.catalogue import kind_of
from snapshots.facts import name_key
from snapshots.journal import Entry
from snapshots.tables import FactRow


@dataclass(frozen=True, slots=True)
class Lasted:
    """Whole days from when a value began to hold, as the provider `stated` it, or from when it was first seen."""

    days: int
    stated: bool


def of_changes(session: Session, entries: Sequence[Entry]) -> Mapping[int, Lasted]:
    """How long the value before each change held, by the change's row id; what is not known is left out."""
    found: dict[int, Lasted] = {}
    for entry in entries:
        if entry.change.before is not None and (lasted := _of(session, entry)) is not None:
            found[entry.id] = lasted
    return found


def _of(session: Session, entry: Entry) -> Lasted | None:
    change = entry.change
    until = change.effective_at or entry.detected_at
    query = select(FactRow.valid_from, FactRow.observed_from, FactRow.source_id).where(
        FactRow.subject_key == name_key(change.subject),
        FactRow.predicate == f"{kind_of(change.kind).area}.{change.attribute}",
        FactRow.qualifier == change.qualifier,
        FactRow.value == change.before,
        FactRow.superseded_at.is_(None),
    )
    rows = session.execute(query).all()
    stated = [valid_from for valid_from, _, _ in rows if valid_from is not None and valid_from < until]
    if stated:
        return Lasted((until - max(stated)).days, stated=True)
    seen = [first for _, first, source in rows if source == entry.source_id and first < until]
    return _whole(until, max(seen)) if seen else None


def _whole(until: datetime, since: datetime) -> Lasted | None:
    days = (until - since).days
    return Lasted(days, stated=False) if days else None
