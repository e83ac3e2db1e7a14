"""Conflicts: where official documents contradict each other, and what people make of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

from fastapi import APIRouter, Depends
from starlette.responses import Response

from snapshots import review
from snapshots.conflictjournal import entry_of, list_conflicts
from snapshots.web.access import require
from snapshots.web.addresses import address
from snapshots.web.deciding import REASONS, TakenError, decide, read_decision
from snapshots.web.settings import Role
from snapshots.web.views.conflict import conflict_view
from snapshots.web.visit import Visit, form_of, see_other, visit_of

router = APIRouter()
_MOST = 100


@router.get("/conflicts")
def conflicts(visit: Annotated[Visit, Depends(visit_of)], show: str = "open") -> Response:
    """The conflicts that stand, or all there were."""
    wanted = "all" if show == "all" else "open"
    with visit.services.database.reading() as session:
        found = list_conflicts(session, now=visit.times.now, closed=wanted == "all", limit=_MOST)
        return visit.render(
            session,
            "conflicts.html.j2",
            room="inbox",
            title="Conflicts",
            show=wanted,
            found=[conflict_view(entry, visit.times) for entry in found],
            most=_MOST,
        )


@router.get("/conflicts/{public_id}")
def conflict(visit: Annotated[Visit, Depends(visit_of)], public_id: str, did: str = "", ask: str = "") -> Response:
    """One conflict with its claims side by side."""
    return _render(visit, public_id, did=did, ask=ask)


@router.post("/conflicts/{public_id}")
def decide_conflict(
    visit: Annotated[Visit, Depends(visit_of)], public_id: str, fields: Annotated[Mapping[str, str], Depends(form_of)]
) -> Response:
    """A decision about a conflict."""
    require(visit.viewer, Role.REVIEW)
    chosen = read_decision(fields, visit.times)
    if chosen is None:
        return see_other(f"/conflicts/{public_id}?ask={fields.get('action', '')}#decide")
    try:
        with visit.services.database.writing() as session:
            decide(session, review.find_conflict(session, public_id), visit, chosen, seen=fields.get("seen", ""))
    except TakenError as error:
        done = {"acknowledge": "acknowledged", "dismiss": "dismissed", "snooze": "snoozed"}[error.by.action]
        problem = f"{error.by.actor} {done} this {visit.times.ago(error.by.at)}"
        return _render(visit, public_id, problem=problem, text=error.kept.get("text", ""), status=409)
    return see_other(address(f"/conflicts/{public_id}", did=chosen.action.value))


def _render(
    visit: Visit,
    public_id: str,
    *,
    did: str = "",
    ask: str = "",
    problem: str = "",
    text: str = "",
    status: int = 200,
) -> Response:
    with visit.services.database.reading() as session:
        row = review.find_conflict(session, public_id[:32])
        entry = entry_of(session, row)
        return visit.render(
            session,
            "conflict.html.j2",
            room="inbox",
            title=f"Conflict {entry.public_id}",
            status=status,
            entry=entry,
            conflict=conflict_view(entry, visit.times),
            state=entry.review_at(visit.times.now),
            trail=review.trail(session, row),
            did=did,
            ask=ask,
            problem=problem,
            text=text,
            reasons=REASONS,
        )
