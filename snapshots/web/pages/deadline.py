"""The agenda: what ends when, whether it moved, who looks after it, and that somebody has taken care."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated

from fastapi import APIRouter, Depends
from sqlalchemy import select
from sqlalchemy.orm import Session
from starlette.responses import Response

from snapshots.deadlines import OPEN, acknowledge_deadline, set_owner
from snapshots.review import LONGEST_NAME, ReviewError, checked_text
from snapshots.tables import DeadlineRow
from snapshots.web.access import require
from snapshots.web.addresses import address
from snapshots.web.deadlines import agenda
from snapshots.web.plots.horizon import Mark, horizon
from snapshots.web.settings import Role
from snapshots.web.views.deadlines import months_of, short_name
from snapshots.web.visit import Visit, form_of, see_other, visit_of

router = APIRouter()
_MOST_PAST = 60


@router.get("/deadlines")
def deadlines(visit: Annotated[Visit, Depends(visit_of)], past: str = "", did: str = "", ask: str = "") -> Response:
    """Every end that is known; past ones under the others."""
    times = visit.times
    with visit.services.database.reading() as session:
        ends, vague = agenda(session, times)
        ahead = [end for end in ends if not end.past]
        over = [end for end in reversed(ends) if end.past]
        return visit.render(
            session,
            "deadlines.html.j2",
            room="deadlines",
            title="Deadlines",
            ahead=ahead,
            months=months_of(ahead),
            past=over if past else over[:_MOST_PAST],
            more_past=0 if past else max(0, len(over) - _MOST_PAST),
            vague=vague,
            did=did,
            ask=ask,
            plot=horizon([Mark(end.at, end.level, short_name(end)) for end in ahead], times.now),
        )


@router.post("/deadlines/acknowledge")
def acknowledge(
    visit: Annotated[Visit, Depends(visit_of)], fields: Annotated[Mapping[str, str], Depends(form_of)]
) -> Response:
    """Somebody has taken care of the names of one row. What the person did not see is not acknowledged."""
    require(visit.viewer, Role.REVIEW)
    with visit.services.database.writing() as session:
        rows = _named(session, fields)
        if any(visit.times.iso(row.ends) != fields.get("ends") for row in rows if row.ends is not None):
            return see_other(address("/deadlines", did="moved"))
        free = [row for row in rows if row.acknowledged_at is None]
        for row in free:
            acknowledge_deadline(session, row.subject, by=visit.viewer.name, now=visit.times.now)
    return see_other(address("/deadlines", did="acknowledge" if free else "taken" if rows else "closed"))


@router.post("/deadlines/owner")
def own(visit: Annotated[Visit, Depends(visit_of)], fields: Annotated[Mapping[str, str], Depends(form_of)]) -> Response:
    """Say who looks after the names of one row; an empty name says nobody."""
    require(visit.viewer, Role.REVIEW)
    owner = checked_text(fields.get("owner", ""))[:LONGEST_NAME]
    with visit.services.database.writing() as session:
        rows = _named(session, fields)
        for row in rows:
            set_owner(session, row.subject, owner, visit.times.now)
    return see_other(address("/deadlines", did="owner" if rows else "closed"))


def _named(session: Session, fields: Mapping[str, str]) -> Sequence[DeadlineRow]:
    """The open deadlines of a row of the agenda, locked."""
    words = fields.get("deadline", "").split(",")
    if not all(word.isascii() and word.isdigit() and len(word) < 10 for word in words):
        message = "The form names no deadline."
        raise ReviewError(message)
    query = select(DeadlineRow).where(DeadlineRow.id.in_([int(word) for word in words]), DeadlineRow.state == OPEN)
    return session.scalars(query.order_by(DeadlineRow.id).with_for_update()).all()
