"""Values that go back and forth: what a source shows, takes back and shows again within a day is no news."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from snapshots.facts import name_key
from snapshots.journal import Entry
from snapshots.tables import ChangeRow

WITHIN = timedelta(days=1)
_TURNS = 2


def is_flapping(session: Session, entry: Entry) -> bool:
    """Whether a change gives a value back that the source already had that day, after two other turns of it.

    The first way there and the first way back are news: people who were told of the one must hear of the other.
    """
    change = entry.change
    query = select(ChangeRow.before, ChangeRow.after).where(
        ChangeRow.source_id == entry.source_id,
        ChangeRow.subject_key == name_key(change.subject),
        ChangeRow.attribute == change.attribute,
        ChangeRow.qualifier == change.qualifier,
        ChangeRow.detected_at > entry.detected_at - WITHIN,
        ChangeRow.detected_at < entry.detected_at,
    )
    turns = session.execute(query).all()
    return len(turns) >= _TURNS and any(change.after in turn for turn in turns)
