"""`/facts` and `/history`: what a name means on a day, and everything that was ever said about it."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Query, Request

from snapshots.history import facts_at
from snapshots.timeline import history_of
from snapshots.web.api.callers import Reading
from snapshots.web.api.fields import Cursor, Instant, Limit, Name, Out
from snapshots.web.api.paging import PAGE, Page, sliced
from snapshots.web.api.shapes import ClaimOut, claim_out

router = APIRouter(tags=["facts"])
_Subject = Annotated[Name, Query(description="A name; case, hyphens and spaces do not matter.")]
_Known = Annotated[Instant | None, Query(description="Only what was known then; now without it.")]


class FactOut(ClaimOut):
    """What holds, and the statements that disagree with it."""

    rivals: list[ClaimOut]


class FactsOut(Out):
    """What holds for one name at one time."""

    subject: str
    at: datetime | None
    known_at: datetime | None
    facts: list[FactOut]


class StatementOut(ClaimOut):
    """One value, and how long it was stated."""

    since: datetime
    until: datetime | None
    replaced: str | None


@router.get("/facts")
def facts(
    call: Reading,
    subject: _Subject,
    at: Annotated[Instant | None, Query(description="What holds then; now without it.")] = None,
    known_at: _Known = None,
) -> FactsOut:
    """What holds for a name."""
    with call.services.database.reading() as session:
        found = facts_at(session, subject, at or call.now, known_at or call.now)
    answers = [
        FactOut(**claim_out(one.fact).model_dump(), rivals=[claim_out(rival) for rival in one.rivals]) for one in found
    ]
    return FactsOut(subject=found[0].fact.subject if found else subject, at=at, known_at=known_at, facts=answers)


@router.get("/history")
def history(
    request: Request,
    call: Reading,
    subject: _Subject,
    known_at: _Known = None,
    cursor: Cursor = "",
    limit: Limit = PAGE,
) -> Page[StatementOut]:
    """Every statement about a name, in the order they took effect."""
    with call.services.database.reading() as session:
        found = history_of(session, subject, known_at or call.now)
    shown, following = sliced(request, cursor, limit, found)
    items = [
        StatementOut(**claim_out(one.claim).model_dump(), since=one.since, until=one.until, replaced=one.replaced)
        for one in shown
    ]
    return Page[StatementOut](items=items, next=following)
