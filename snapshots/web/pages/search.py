"""Search: one field over names, values, changes and the stored pages; the hit is marked."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends
from starlette.responses import Response

from snapshots.diff.blocks import folded
from snapshots.diff.sheets import Line
from snapshots.web.contracts import UnreadableError
from snapshots.web.queries import finding as read
from snapshots.web.queries.change import StoredVersion
from snapshots.web.views.rows import event_row
from snapshots.web.visit import Visit, visit_of

router = APIRouter()
_LONGEST = 200
_LEAST = 2
_LINES = 4


@router.get("/search")
def search(visit: Annotated[Visit, Depends(visit_of)], q: str = "", pages: str = "") -> Response:
    """What holds the words."""
    text = q.strip()[:_LONGEST]
    enough = len(text) >= _LEAST
    with visit.services.database.reading() as session:
        through = [
            (version, lines)
            for version in (read.newest_pages(session) if enough and pages else [])
            if (lines := _lines(visit, version, text))
        ]
        return visit.render(
            session,
            "search.html.j2",
            room="",
            title="Search",
            q=text,
            enough=enough,
            names=read.names(session, text) if enough else [],
            values=read.values(session, text) if enough else [],
            changes=[event_row([entry], visit.times) for entry in (read.changes(session, text) if enough else [])],
            quotes=read.quotes(session, text) if enough else [],
            pages=bool(pages),
            through=through,
        )


def _lines(visit: Visit, version: StoredVersion, text: str) -> list[Line]:
    try:
        sheet = visit.services.sheets.of(version)
    except UnreadableError:
        return []
    wanted = folded(text)
    return [line for line in sheet.lines if wanted in folded(line.text)][:_LINES]
