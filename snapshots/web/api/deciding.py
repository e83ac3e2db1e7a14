"""Decisions that come by the API: what was seen is compared with what is, then the review's own functions decide."""

from __future__ import annotations

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from snapshots import review
from snapshots.review import Action
from snapshots.tables import AcknowledgementRow, ChangeRow, ConflictRow
from snapshots.web.api.callers import Call
from snapshots.web.api.problems import FasterError, Taken
from snapshots.web.api.shapes import DecisionIn
from snapshots.web.deciding import Chosen, record


def version_of(session: Session, row: ChangeRow | ConflictRow) -> int:
    """The number of the newest decision about a thing, 0 for none; comments do not count."""
    column = AcknowledgementRow.change_id if isinstance(row, ChangeRow) else AcknowledgementRow.conflict_id
    query = select(func.max(AcknowledgementRow.id)).where(column == row.id, AcknowledgementRow.action != Action.COMMENT)
    return session.scalar(query) or 0


def decide(
    session: Session, row: ChangeRow | ConflictRow, call: Call, asked: DecisionIn, *, version: int | None = None
) -> review.Decided:
    """Record a decision. `version` is the one that the caller saw, `None` when it does not matter.

    Raises:
        FasterError: somebody decided since.
        ReviewError: the decision cannot be taken as asked.
    """
    session.refresh(row, with_for_update=True)
    if version is not None and version != version_of(session, row):
        last = next((one for one in reversed(review.trail(session, row)) if one.action is not Action.COMMENT), None)
        if last is None or last.actor != call.by.actor:
            raise FasterError(
                Taken(
                    actor=last.actor if last else "nobody",
                    action=last.action if last else Action.REOPEN,
                    at=last.at if last else call.now,
                )
            )
    chosen = Chosen(Action(asked.action), asked.text, asked.until)
    return record(session, row, call.by, call.now, chosen)
