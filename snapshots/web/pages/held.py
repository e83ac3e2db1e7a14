"""What becomes of a version that is not believed: a person looked at it, and says whether it is the page."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

from fastapi import APIRouter, Depends
from sqlalchemy.orm import Session
from starlette.responses import Response

from snapshots import holding
from snapshots.review import ReviewError, checked_text
from snapshots.tables import SnapshotRow
from snapshots.web.access import require
from snapshots.web.addresses import address
from snapshots.web.markup import path
from snapshots.web.settings import Role
from snapshots.web.visit import Visit, form_of, see_other, visit_of

router = APIRouter()


@router.post("/sources/{source_id}/held")
def decide_held(
    visit: Annotated[Visit, Depends(visit_of)], source_id: str, fields: Annotated[Mapping[str, str], Depends(form_of)]
) -> Response:
    """Believe the held version of a source, or say that it is not the page. Only the version that was seen counts."""
    require(visit.viewer, Role.REVIEW)
    by, now, text = visit.viewer.reviewer, visit.times.now, checked_text(fields.get("text", ""))
    back = f"/sources/{path(source_id)}"
    match fields.get("action"):
        case "accept":
            with visit.services.database.reading() as session:
                _seen(session, source_id, fields)
            told = visit.services.upper.believe(source_id, by, text)
            return see_other(address(back, did="accept", changes=told or ""))
        case "refuse":
            with visit.services.database.writing() as session:
                recorded = holding.refuse(session, _seen(session, source_id, fields), by, now=now, text=text)
            return see_other(address(back, did="refuse" if recorded else "refused"))
    message = "That is no decision about a held version. Accept it or refuse it."
    raise ReviewError(message)


def _seen(session: Session, source_id: str, fields: Mapping[str, str]) -> SnapshotRow:
    held = holding.held_version(session, source_id)
    if str(held.sequence) != fields.get("version"):
        message = f"{source_id} gave another answer meanwhile, version {held.sequence}. Look at that one first."
        raise ReviewError(message)
    return held
