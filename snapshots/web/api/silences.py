"""`/silences`: what nobody is told for a while."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from pydantic import Field

from snapshots.silences import SilenceSeen, add_silence, expire_silence, list_silences
from snapshots.web.api.callers import Call, Deciding, Reading
from snapshots.web.api.fields import Cursor, In, Instant, Limit, Number, Out, Text, Word
from snapshots.web.api.paging import PAGE, Page, sliced
from snapshots.web.api.problems import NoSuchError
from snapshots.web.contracts import NotUnderstoodError

router = APIRouter(tags=["silences"])


class SilenceOut(Out):
    """A silence. `held_back` is how many things it kept from people."""

    id: int
    matcher: dict[str, Any]
    ends: datetime
    owner: str
    comment: str
    created_at: datetime
    active: bool
    held_back: int


class SilenceIn(In):
    """What to hold back until when. `matcher` has the keys of routes."""

    matcher: dict[Word, bool | Word | list[Word] | dict[Word, Word]] = Field(
        min_length=1, max_length=12, description='As in routes: {"area": ["price"], "provider": "deepseek"}.'
    )
    until: Instant
    comment: Text = Field(min_length=1, description="Why; kept with it.")


@router.get("/silences")
def list_(
    request: Request,
    call: Reading,
    ended: Annotated[bool, Query(description="Also those that ended.")] = False,
    cursor: Cursor = "",
    limit: Limit = PAGE,
) -> Page[SilenceOut]:
    """Silences, the oldest first."""
    with call.services.database.reading() as session:
        found = list_silences(session, call.now, ended=ended)
    shown, following = sliced(request, cursor, limit, found)
    return Page[SilenceOut](items=[_out(one) for one in shown], next=following)


@router.post("/silences", status_code=201)
def silence(call: Deciding, asked: SilenceIn) -> SilenceOut:
    """Hold back what matches, on every channel and however loud."""
    matcher = call.services.upper.matcher(asked.matcher)
    if asked.until <= call.now:
        raise NotUnderstoodError(f"{asked.until:%Y-%m-%d %H:%M} UTC has passed: this would hold nothing back.")
    with call.services.database.writing() as session:
        made = add_silence(
            session, matcher, until=asked.until, owner=call.by.actor, comment=asked.comment, now=call.now
        )
    return _one(call, made)


@router.delete("/silences/{id}")
def expire(call: Deciding, id: Number) -> SilenceOut:  # noqa: A002 - the word in the address
    """End a silence now. What it held back stays untold."""
    with call.services.database.writing() as session:
        if not expire_silence(session, id, call.now):
            raise NoSuchError(f"No silence {id} holds.")
    return _one(call, id)


def _one(call: Call, silence_id: int) -> SilenceOut:
    with call.services.database.reading() as session:
        return _out(next(one for one in list_silences(session, call.now, ended=True) if one.id == silence_id))


def _out(one: SilenceSeen) -> SilenceOut:
    return SilenceOut(
        id=one.id,
        matcher=dict(one.matcher),
        ends=one.ends,
        owner=one.owner,
        comment=one.comment,
        created_at=one.created_at,
        active=one.active,
        held_back=one.held_back,
    )
