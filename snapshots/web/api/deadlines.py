"""`/deadlines`: what ends when, who looks after it, and that somebody has taken care."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Query, Request
from pydantic import StringConstraints
from sqlalchemy.orm import Session

from snapshots.deadlines import DeadlineSeen, acknowledge_deadline, seen, set_owner, sync
from snapshots.facts import Precision, name_key
from snapshots.history import Deadline, deadlines
from snapshots.web.api.callers import Call, Deciding, Reading
from snapshots.web.api.fields import Cursor, In, Key, Limit, Out, Word
from snapshots.web.api.paging import PAGE, Page, sliced
from snapshots.web.api.problems import NoSuchError

router = APIRouter(tags=["deadlines"])
_LONGEST_OWNER = 128


class MoveOut(Out):
    """That an end was another one before."""

    at: datetime
    was: str
    became: str
    earlier: bool
    source: str


class DeadlineOut(Out):
    """An end of service. `ends` is the instant from which the thing is gone; null when only words are known."""

    subject: str
    ends: datetime | None
    stated: str
    precision: Precision
    source: str
    snapshot: str
    quote: str
    by_hand: str | None
    state: str | None
    owner: str
    acknowledged_by: str | None
    acknowledged_at: datetime | None
    moves: list[MoveOut]


class OwnerIn(In):
    """Who looks after a deadline; empty for nobody."""

    owner: Annotated[Word, StringConstraints(max_length=_LONGEST_OWNER)]


@router.get("/deadlines")
def list_deadlines(
    request: Request,
    call: Reading,
    past: Annotated[bool, Query(description="Also what has ended.")] = False,
    cursor: Cursor = "",
    limit: Limit = PAGE,
) -> Page[DeadlineOut]:
    """Every known end of service, soonest first; those without a date come last."""
    with call.services.database.reading() as session:
        found, known = deadlines(session, call.now), seen(session)
    wanted = [end for end in found if past or end.ends is None or end.ends > call.now]
    shown, following = sliced(request, cursor, limit, wanted)
    items = [_out(end, known.get(name_key(end.subject))) for end in shown]
    return Page[DeadlineOut](items=items, next=following)


@router.post("/deadlines/{name:path}/acknowledgement")
def acknowledge(call: Deciding, name: Key) -> DeadlineOut:
    """Somebody has taken care: no reminder follows until the end comes earlier."""
    with call.services.database.writing() as session:
        _bring_in_line(session, call)
        acknowledge_deadline(session, name, by=call.by.actor, now=call.now)
        session.flush()
        return _one(session, call, name)


@router.put("/deadlines/{name:path}/owner")
def own(call: Deciding, name: Key, asked: OwnerIn) -> DeadlineOut:
    """Say who looks after it."""
    with call.services.database.writing() as session:
        _bring_in_line(session, call)
        set_owner(session, name, asked.owner.strip(), call.now)
        session.flush()
        return _one(session, call, name)


@router.get("/deadlines/{name:path}")
def show_deadline(call: Reading, name: Key) -> DeadlineOut:
    """The end of one name."""
    with call.services.database.reading() as session:
        return _one(session, call, name)


def _bring_in_line(session: Session, call: Call) -> None:
    # What a check found since the service last looked must be there to be decided about.
    sync(session, call.now, remind_before=call.services.upper.remind_before)


def _one(session: Session, call: Call, name: str) -> DeadlineOut:
    key = name_key(name)
    end = next((one for one in deadlines(session, call.now) if name_key(one.subject) == key), None)
    if end is None:
        raise NoSuchError(f"No end of {name} is known.")
    return _out(end, seen(session).get(key))


def _out(end: Deadline, known: DeadlineSeen | None) -> DeadlineOut:
    return DeadlineOut(
        subject=end.subject,
        ends=end.ends,
        stated=end.stated,
        precision=end.precision,
        source=end.source,
        snapshot=end.snapshot,
        quote=end.quote,
        by_hand=end.by_hand,
        state=known.state if known else None,
        owner=known.owner if known else "",
        acknowledged_by=known.acknowledged_by if known else None,
        acknowledged_at=known.acknowledged_at if known else None,
        moves=[
            MoveOut(at=one.at, was=one.was, became=one.became, earlier=one.earlier, source=one.source)
            for one in (known.moves if known else ())
        ],
    )
