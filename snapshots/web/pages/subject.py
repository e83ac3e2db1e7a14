"""The list of names, and the page of one: what it meant on a day, and what says so."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime, time
from typing import Annotated

from fastapi import APIRouter, Depends
from sqlalchemy.orm import Session
from starlette.responses import Response

from snapshots.corrections import corrections_about
from snapshots.facts import name_key
from snapshots.history import END, TARGET, claims_about, resolve
from snapshots.meanings import periods
from snapshots.web.deadlines import ends_about
from snapshots.web.queries import inbox
from snapshots.web.queries import subject as read
from snapshots.web.queries.board import read_events
from snapshots.web.queries.change import ANY_STATE
from snapshots.web.queries.events import Wanted
from snapshots.web.times import Times
from snapshots.web.views import subject as view
from snapshots.web.views.cascade import cascade_of
from snapshots.web.views.prices import prices_of
from snapshots.web.views.rows import event_row
from snapshots.web.visit import Visit, visit_of

router = APIRouter()
_CHANGES = 6


@router.get("/subjects")
def subjects(visit: Annotated[Visit, Depends(visit_of)], q: str = "", provider: str = "", after: str = "") -> Response:
    """The names of which something is believed now."""
    with visit.services.database.reading() as session:
        waiting = Counter(event.key[0] for event in visit.open_events(session).events)
        found, following = read.subjects(
            session, waiting, visit.times.now, beginning=q[:200], provider=provider[:128], after=after[:400]
        )
        return visit.render(
            session,
            "subjects.html.j2",
            room="subjects",
            title="Subjects",
            found=found,
            following=following,
            count=read.subject_count(session),
            q=q[:200],
            provider=provider[:128],
        )


@router.get("/subjects/{name:path}")
def subject(
    visit: Annotated[Visit, Depends(visit_of)],
    name: str,
    on: str = "",
    clock: str = "",
    known: str = "now",
    compare: str = "",
) -> Response:
    """One name on a day."""
    times = visit.times
    at, problem = _instant(on, clock, times)
    known_at = min(at, times.now) if known == "then" else times.now
    key = name_key(name[:400])
    with visit.services.database.reading() as session:
        claims, corrections = claims_about(session, key), corrections_about(session, key)
        speakers = read.speakers(session, key)
        shown = next((claim.subject for claim in claims), name[:400])
        answers = resolve(claims, at, known_at, corrections)
        said = times.day(at)
        found = periods(claims, (TARGET, view.VERSION, "price."), known_at, corrections)
        meant = found.get((TARGET, "")) or found.get((view.VERSION, "")) or []
        told, proof = view.sentence(answers, name=shown, at=at, times=times, said=said)
        today = resolve(claims, times.now, times.now, corrections) if compare else None
        return visit.render(
            session,
            "subject.html.j2",
            room="subjects",
            title=shown,
            status=200 if claims else 404,
            name=shown,
            providers=sorted({speaker.provider for speaker in speakers if speaker.provider}),
            claims=len(claims),
            kind=_kind({claim.predicate for claim in claims}),
            at=at,
            on=at.astimezone(times.zone).date().isoformat(),
            clock=f"{at.astimezone(times.zone):%H:%M}",
            known="then" if known == "then" else "now",
            problem=problem,
            is_today=not on,
            said=said,
            answer=told,
            proof=proof,
            cascade=cascade_of(meant, times=times, at=at, said=said),
            prices=prices_of(found, times=times, at=at, said=said, name=shown),
            facts=view.facts_of([answer for answer in answers if answer.fact.predicate != END], today, times),
            comparing=bool(compare),
            ends=ends_about(session, claims, corrections, times),
            speakers=speakers,
            alike=read.alike(session, key),
            changes=_changes(session, key, times),
        )


def _changes(session: Session, key: str, times: Times) -> list[object]:
    wanted = Wanted(times.now, ANY_STATE, subject_key=key)
    page = inbox.page(session, wanted, list(read_events(session, wanted)), order="newest")
    return [event_row(event.entries, times) for event in page.events[:_CHANGES]]


def _kind(predicates: set[str]) -> str:
    """What sort of thing a name is, by what is said about it."""
    areas = {predicate.partition(".")[0] for predicate in predicates}
    for area, word in (("alias", "alias"), ("endpoint", "endpoint"), ("license", "license"), ("model", "model")):
        if area in areas and (area != "license" or areas == {"license"}):
            return word
    return "name"


def _instant(on: str, clock: str, times: Times) -> tuple[datetime, str]:
    """The instant a form asks about, in the reader's zone; and a sentence where it is none."""
    if not on:
        return times.now, ""
    try:
        at = datetime.combine(date.fromisoformat(on), time.fromisoformat(clock or "00:00"), times.zone)
        return at.astimezone(UTC), ""
    except (ValueError, OverflowError):
        return times.now, "That is no day and time. Write them as 2026-01-15 and 12:00."
