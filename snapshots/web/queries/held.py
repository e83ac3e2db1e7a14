"""What waits although something was found: versions that are not believed, removals seen once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from snapshots import journal
from snapshots.journal import Entry
from snapshots.rows import latest_snapshot
from snapshots.tables import ChangeRow, SourceRow

_MOST = 100


@dataclass(frozen=True, slots=True)
class Held:
    """A source whose newest version is not believed, and why."""

    source_id: str
    title: str
    sequence: int
    since: datetime
    why: str


def held_sources(session: Session) -> Sequence[Held]:
    """The active sources whose newest answer is held; few, for a held source is failing."""
    failing = select(SourceRow).where(SourceRow.state == "active", SourceRow.failing_since.is_not(None))
    found = []
    for source in session.scalars(failing.order_by(SourceRow.id).limit(_MOST)):
        newest = latest_snapshot(session, source.id, good=False)
        if newest is not None and newest.held is not None:
            found.append(Held(source.id, source.title, newest.sequence, newest.observed_at, newest.held))
    return found


def unconfirmed(session: Session) -> Sequence[Entry]:
    """Removals that a second check has not confirmed yet: nobody was told."""
    query = select(ChangeRow.id).where(ChangeRow.state == "unconfirmed").order_by(ChangeRow.id.desc()).limit(_MOST)
    return journal.entries(session, session.scalars(query).all())
