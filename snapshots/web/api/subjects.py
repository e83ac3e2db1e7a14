"""`/subjects`: the names of which something is believed, and who speaks of them."""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Query, Request

from snapshots.facts import name_key
from snapshots.history import claims_about
from snapshots.web.api.callers import Reading
from snapshots.web.api.fields import Cursor, Key, Out, Word
from snapshots.web.api.paging import Page, decode, encode
from snapshots.web.api.problems import NoSuchError
from snapshots.web.queries import subject as read

router = APIRouter(tags=["subjects"])


class SubjectOut(Out):
    """One name of which something is believed now."""

    name: str
    key: str
    provider: str
    areas: list[str]
    means: str
    mode: str
    facts: int
    sources: int
    open_events: int


class SpeakerOut(Out):
    """A source that speaks of a name."""

    source: str
    title: str
    provider: str
    statements: int
    last_checked_at: datetime | None


class SubjectDetail(Out):
    """One name, with the sources that ever spoke of it. `/facts` and `/history` tell what they say."""

    name: str
    key: str
    statements: int
    speakers: list[SpeakerOut]
    alike: list[str]


@router.get("/subjects")
def list_subjects(
    request: Request,
    call: Reading,
    q: Annotated[Word, Query(description="Part of the name.")] = "",
    provider: Word = "",
    cursor: Cursor = "",
) -> Page[SubjectOut]:
    """Names in order, a hundred a page."""
    place = decode(request, cursor, str)
    with call.services.database.reading() as session:
        waiting = Counter(event.key[0] for event in call.services.board.read(session, call.now).events)
        found, following = read.subjects(
            session, waiting, call.now, beginning=q, provider=provider, after=str(place[0]) if place else ""
        )
    items = [
        SubjectOut(
            name=one.name,
            key=one.key,
            provider=one.provider,
            areas=list(one.areas),
            means=one.means,
            mode=one.mode,
            facts=one.facts,
            sources=one.sources,
            open_events=one.open_events,
        )
        for one in found
    ]
    return Page[SubjectOut](items=items, next=encode(request, following) if following else None)


@router.get("/subjects/{name:path}")
def show_subject(call: Reading, name: Key) -> SubjectDetail:
    """One name, in any spelling."""
    key = name_key(name)
    with call.services.database.reading() as session:
        claims, speakers, alike = claims_about(session, key), read.speakers(session, key), read.alike(session, key)
    if not claims:
        raise NoSuchError(f"Nothing is known of {name}.")
    return SubjectDetail(
        name=claims[-1].subject,
        key=key,
        statements=len(claims),
        speakers=[
            SpeakerOut(
                source=one.source_id,
                title=one.title,
                provider=one.provider,
                statements=one.statements,
                last_checked_at=one.last_checked_at,
            )
            for one in speakers
        ],
        alike=alike,
    )
