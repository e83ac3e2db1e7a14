"""The providers whose documents are watched."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends
from starlette.responses import Response

from snapshots.web.queries.provider import providers as read
from snapshots.web.visit import Visit, visit_of

router = APIRouter()


@router.get("/providers")
def providers(visit: Annotated[Visit, Depends(visit_of)]) -> Response:
    """The list, with what is open of each."""
    with visit.services.database.reading() as session:
        found = read(session, visit.open_events(session).cells)
        return visit.render(session, "providers.html.j2", room="subjects", title="Providers", found=found)
