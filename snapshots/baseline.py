"""The version of a source that people last confirmed: what "since I looked" is compared with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from snapshots.review import Action, Reviewer, ReviewError, row_of
from snapshots.tables import AcknowledgementRow, SnapshotRow


@dataclass(frozen=True, slots=True)
class Baseline:
    """A pinned version, counted from 1, and who pinned it when (UTC)."""

    source_id: str
    sequence: int
    snapshot_id: int
    at: datetime
    actor: str
    via: str
    text: str


def pin(session: Session, snapshot: SnapshotRow, by: Reviewer, *, now: datetime, text: str = "") -> bool:
    """Make a version the baseline of its source; false when it is already, and then no row is added.

    Raises:
        ReviewError: the version is held, so nothing was read off it.
    """
    if snapshot.held is not None:
        message = (
            f"{snapshot.source_id}@{snapshot.sequence} is not believed ({snapshot.held}), so it is nothing to "
            "compare with."
        )
        raise ReviewError(message)
    present = baseline_of(session, snapshot.source_id)
    if present is not None and present.snapshot_id == snapshot.id:
        return False
    session.add(row_of(by.says(now, Action.PIN, text), source_id=snapshot.source_id, snapshot_id=snapshot.id))
    session.flush()
    return True


def unpin(session: Session, source_id: str, by: Reviewer, *, now: datetime, text: str = "") -> bool:
    """Take the baseline of a source away; false when it has none, and then no row is added."""
    present = baseline_of(session, source_id)
    if present is None:
        return False
    session.add(row_of(by.says(now, Action.UNPIN, text), source_id=source_id, snapshot_id=present.snapshot_id))
    session.flush()
    return True


def baseline_of(session: Session, source_id: str) -> Baseline | None:
    """The pinned version of a source; `None` when none is pinned."""
    query = (
        select(AcknowledgementRow, SnapshotRow.sequence)
        .join(SnapshotRow, SnapshotRow.id == AcknowledgementRow.snapshot_id)
        .where(
            AcknowledgementRow.source_id == source_id,
            AcknowledgementRow.action.in_((Action.PIN, Action.UNPIN)),
        )
        .order_by(AcknowledgementRow.id.desc())
    )
    found = session.execute(query.limit(1)).first()
    if found is None or found[0].action != Action.PIN:
        return None
    row, sequence = found
    assert row.snapshot_id is not None  # the join
    return Baseline(source_id, sequence, row.snapshot_id, row.at, row.actor, row.via, row.text)


def pinned_snapshots(session: Session) -> Sequence[int]:
    """The row ids of every version that is pinned now: what retention must keep."""
    sources = select(AcknowledgementRow.source_id).where(AcknowledgementRow.source_id.is_not(None)).distinct()
    found = (baseline_of(session, source) for source in session.scalars(sources).all() if source is not None)
    return [baseline.snapshot_id for baseline in found if baseline is not None]
