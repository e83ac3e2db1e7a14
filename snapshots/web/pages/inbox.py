"""The inbox: lists of changes by where their review stands, and decisions about several at once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Annotated

from fastapi import APIRouter, Depends
from sqlalchemy.orm import Session
from starlette.responses import Response

from snapshots.changes.catalogue import kind_of
from snapshots.facts import name_key
from snapshots.review import Action, ReviewState
from snapshots.web.access import require
from snapshots.web.addresses import address
from snapshots.web.deciding import decide_all, read_decision
from snapshots.web.queries import events as read
from snapshots.web.queries import inbox
from snapshots.web.queries.board import Listed, Summary, list_of, read_events
from snapshots.web.queries.events import Wanted
from snapshots.web.queries.held import held_sources, unconfirmed
from snapshots.web.settings import Role
from snapshots.web.views.inbox import LEVEL_WORDS, Choice, areas, groups, options
from snapshots.web.visit import Visit, form_of, local, see_other, visit_of

router = APIRouter()
_MOST_UNDONE = 200
_STATES = {
    "open": (ReviewState.OPEN,),
    "snoozed": (ReviewState.SNOOZED,),
    "closed": (ReviewState.ACKNOWLEDGED, ReviewState.DISMISSED),
}
_TITLES = {"open": "Open changes", "snoozed": "Snoozed changes", "held": "Held", "closed": "Closed changes"}


@router.get("/")
def show(
    visit: Annotated[Visit, Depends(visit_of)],
    state: str = "open",
    level: str = "",
    area: str = "",
    provider: str = "",
    subject: str = "",
    source: str = "",
    incident: str = "",
    order: str = "level",
    page: str = "",
    all: str = "",  # noqa: A002 - the word in the address
    did: str = "",
    count: int = 0,
    undo: str = "",
) -> Response:
    """The list."""
    choice = Choice(
        state=state if state in _TITLES else "open",
        level=level if level in read.LEVELS else "",
        area=area if area in areas() else "",
        provider=provider[:128],
        subject=subject[:200],
        source=source[:128],
        incident=incident[:64],
        order=order if order in inbox.ORDERS else "level",
    )
    with visit.services.database.reading() as session:
        wanted = _wanted(choice, visit)
        listed = _listed(session, visit, choice, wanted)
        counts = _counted(listed.cells, choice)
        filtered = choice.level or choice.area or choice.provider
        matching = [event for event in listed.events if _passes(event, choice)] if filtered else listed.events
        shown = inbox.page(session, wanted, matching, order=choice.order, cursor=page)
        held, waiting = held_sources(session), unconfirmed(session)
        total = visit.open_events(session).total
        snoozed = visit.services.board.read(session, visit.times.now, _STATES["snoozed"]).total
        tabs = {"open": total, "snoozed": snoozed, "held": len(held) + len(waiting), "closed": 0}
        return visit.render(
            session,
            "inbox.html.j2",
            room="inbox",
            title=_TITLES[choice.state],
            choice=choice,
            tabs=tabs,
            options=options(listed.cells, choice),
            counts=counts,
            total=len(matching),
            groups=groups(shown.events, choice, counts, visit.times),
            newer=shown.newer,
            older=shown.older,
            everything=bool(all),
            held=held,
            waiting=waiting,
            last=inbox.last_decision(session) if not total else None,
            did=did,
            undo=",".join(one for one in undo.split(",")[:_MOST_UNDONE] if one.isalnum()),
            did_count=max(0, min(count, inbox.PAGE * 100)),
            level_words=LEVEL_WORDS,
        )


@router.post("/decide")
def decide(
    visit: Annotated[Visit, Depends(visit_of)], fields: Annotated[Mapping[str, str], Depends(form_of)]
) -> Response:
    """One decision about every selected row."""
    require(visit.viewer, Role.REVIEW)
    back = local(fields.get("back", "/"))
    ids = [one for one in fields.get("change", "").split(",") if one]
    if not ids:
        return see_other(_with(back, did="nothing"))
    decision = read_decision(fields, visit.times)
    if decision is None:
        return see_other(address("/decide", action=fields.get("action", ""), change=",".join(ids), back=back))
    rows = decide_all(visit, ids, decision)
    undo = ",".join(ids) if decision.action is not Action.REOPEN and len(ids) <= _MOST_UNDONE else ""
    return see_other(_with(back, did=decision.action.value, count=rows, undo=undo))


@router.get("/decide")
def ask(visit: Annotated[Visit, Depends(visit_of)], action: str = "", change: str = "", back: str = "/") -> Response:
    """Snooze and dismiss ask one more step: until when, or why."""
    ids = [one for one in change.split(",") if one.isalnum()][: inbox.PAGE * 20]
    with visit.services.database.reading() as session:
        found = [row.public_id for row in inbox.rows_of(session, ids)]
        return visit.render(
            session,
            "decide.html.j2",
            room="inbox",
            title="Dismiss" if action == "dismiss" else "Snooze",
            action="dismiss" if action == "dismiss" else "snooze",
            change=",".join(found),
            selected=len(found),
            back=local(back),
        )


def _wanted(choice: Choice, visit: Visit) -> Wanted:
    return Wanted(
        now=visit.times.now,
        states=_STATES.get(choice.state, ()) or (ReviewState.OPEN,),
        level=choice.level,
        area=choice.area,
        provider=choice.provider,
        subject_key=name_key(choice.subject),
        source=choice.source,
        incident=choice.incident,
    )


def _listed(session: Session, visit: Visit, choice: Choice, wanted: Wanted) -> Listed:
    """The events of the list without its level, area and provider, which are counted beside it."""
    if choice.subject or choice.source or choice.incident:
        return list_of(read_events(session, replace(wanted, level="", area="", provider="")))
    return visit.services.board.read(session, visit.times.now, tuple(wanted.states))


def _counted(cells: Iterable[read.Cell], choice: Choice) -> Counter[str]:
    """How many events of each level pass the filters."""
    found: Counter[str] = Counter()
    for cell in cells:
        if _fits(choice, cell.level, cell.kind, cell.provider):
            found[cell.level] += cell.events
    return found


def _passes(event: Summary, choice: Choice) -> bool:
    return _fits(choice, read.LEVELS[event.rank], event.key[1], event.provider)


def _fits(choice: Choice, level: str, kind: str, provider: str) -> bool:
    return choice.level in ("", level) and choice.area in ("", kind_of(kind).area) and choice.provider in ("", provider)


def _with(back: str, **told: object) -> str:
    """The page somebody came from, with what was done there."""
    path, _, query = back.partition("?")
    kept = [
        part
        for part in query.split("&")
        if part and part.partition("=")[0] not in ("did", "count", "undo", "page", "all")
    ]
    more = address("", **told).removeprefix("?")
    return f"{path}?{'&'.join([*kept, more])}"
