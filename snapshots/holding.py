"""Versions that are held: not believed until a person says so, or until a better one comes."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from snapshots.review import Action, Reviewer, ReviewError, row_of
from snapshots.rows import latest_snapshot
from snapshots.tables import AcknowledgementRow, SnapshotRow


def held_version(session: Session, source_id: str) -> SnapshotRow:
    """The newest version of a source where it is held.

    Raises:
        ReviewError: the newest version is believed, or there is none.
    """
    newest = latest_snapshot(session, source_id, good=False)
    if newest is None or newest.held is None:
        message = f"No version of {source_id} is held for review."
        raise ReviewError(message)
    return newest


def accept(session: Session, held: SnapshotRow, by: Reviewer, *, now: datetime, text: str = "") -> None:
    """Put on record that a person believes a held version; `monitor.holding` then makes it the newest believed one."""
    session.add(row_of(by.says(now, Action.ACCEPT, text), source_id=held.source_id, snapshot_id=held.id))
    session.flush()


def refuse(session: Session, held: SnapshotRow, by: Reviewer, *, now: datetime, text: str = "") -> bool:
    """Put on record that a held version is not the page; false when that is on record, and then no row is added.

    It stays held, and what was believed before stays believed.
    """
    if was_refused(session, held.id):
        return False
    session.add(row_of(by.says(now, Action.REFUSE, text), source_id=held.source_id, snapshot_id=held.id))
    session.flush()
    return True


def was_refused(session: Session, snapshot_id: int) -> bool:
    """Whether a person refused this version."""
    query = select(AcknowledgementRow.id).where(
        AcknowledgementRow.snapshot_id == snapshot_id, AcknowledgementRow.action == Action.REFUSE
    )
    return session.scalars(query.limit(1)).first() is not None
