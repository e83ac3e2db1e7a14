"""The agenda: what ends when, whether it moved, and what is recommended instead."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends
from starlette.responses import Response

from snapshots.web.deadlines import agenda
from snapshots.web.plots.horizon import Mark, horizon
from snapshots.web.views.deadlines import months_of, short_name
from snapshots.web.visit import Visit, visit_of

router = APIRouter()
_MOST_PAST = 60


@router.get("/deadlines")
def deadlines(visit: Annotated[Visit, Depends(visit_of)], past: str = "") -> Response:
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
            plot=horizon([Mark(end.at, end.level, short_name(end)) for end in ahead], times.now),
        )
