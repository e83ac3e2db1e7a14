"""Silences: what nobody is told for a while, made and ended by people."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Depends
from starlette.responses import Response

from snapshots.review import UnknownItemError, checked_text
from snapshots.silences import add_silence, expire_silence
from snapshots.web.access import require
from snapshots.web.addresses import address
from snapshots.web.contracts import NotUnderstoodError
from snapshots.web.queries import silence as read
from snapshots.web.settings import Role
from snapshots.web.times import Times
from snapshots.web.views import silence as view
from snapshots.web.visit import Visit, form_of, see_other, visit_of

router = APIRouter()
_MORNING = time(9, 0)
SPANS = {"1": "1 day", "7": "7 days", "30": "30 days", "90": "90 days"}
_FIELDS = (*view.LISTED, "labels", "days", "day", "text")
_LONGEST = 2_000


@router.get("/silences")
def silences(
    visit: Annotated[Visit, Depends(visit_of)],
    subject: str = "",
    provider: str = "",
    kind: str = "",
    did: str = "",
    number: int = 0,
) -> Response:
    """The silences that hold and those that ended; `subject`, `provider` and `kind` fill in the form."""
    asked = {"subject": subject[:200], "provider": provider[:128], "kind": kind[:64]}
    return _render(visit, asked, did=did, number=number)


@router.post("/silences")
def silence(
    visit: Annotated[Visit, Depends(visit_of)], fields: Annotated[Mapping[str, str], Depends(form_of)]
) -> Response:
    """Hold back what matches until a day."""
    require(visit.viewer, Role.REVIEW)
    try:
        until, comment = _until(fields, visit.times), _comment(fields)
        matcher = visit.services.upper.matcher(_asked(fields))
    except NotUnderstoodError as error:
        return _render(visit, fields, problem=str(error), status=422)
    with visit.services.database.writing() as session:
        made = add_silence(session, matcher, until=until, owner=visit.viewer.name, comment=comment, now=visit.times.now)
    return see_other(address("/silences", did="add", number=made))


@router.post("/silences/{number}/expire", dependencies=[Depends(form_of)])
def expire(visit: Annotated[Visit, Depends(visit_of)], number: int) -> Response:
    """End a silence now."""
    require(visit.viewer, Role.REVIEW)
    with visit.services.database.writing() as session:
        done = expire_silence(session, number, visit.times.now)
    if not done:
        message = f"No silence {number} holds"
        raise UnknownItemError(message)
    return see_other(address("/silences", did="expire", number=number))


def _render(
    visit: Visit, asked: Mapping[str, str], *, did: str = "", number: int = 0, problem: str = "", status: int = 200
) -> Response:
    with visit.services.database.reading() as session:
        holding, ended = read.silences(session, visit.times.now)
        return visit.render(
            session,
            "silences.html.j2",
            room="deliveries",
            title="Silences",
            status=status,
            holding=[(one, view.sentence(one.silence.matcher)) for one in holding],
            ended=[(one, view.sentence(one.silence.matcher)) for one in ended],
            asked={name: asked.get(name, "") for name in _FIELDS},
            areas=view.AREAS,
            kinds=view.KIND_IDS,
            levels=view.LEVELS,
            spans=SPANS,
            did=did,
            number=number,
            problem=problem,
        )


def _asked(fields: Mapping[str, str]) -> dict[str, Any]:
    asked = view.matcher_of(fields)
    if not asked:
        message = "Say what to hold back: at least one field besides the day and the reason."
        raise NotUnderstoodError(message)
    return asked


def _comment(fields: Mapping[str, str]) -> str:
    text = fields.get("text", "").strip()
    if not text or len(text) > _LONGEST:
        message = f"Say why, in at most {_LONGEST:,} characters: whoever misses a message reads it."
        raise NotUnderstoodError(message)
    return checked_text(text)


def _until(fields: Mapping[str, str], times: Times) -> datetime:
    """The end that was chosen: so many days from now, or the morning of a day in the reader's zone."""
    days, now = fields.get("days", ""), times.now
    if days in SPANS:
        return now + timedelta(days=int(days))
    try:
        until = datetime.combine(date.fromisoformat(fields.get("day", "")), _MORNING, times.zone).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        message = "Name the day until which nobody is told, such as 2026-09-01."
        raise NotUnderstoodError(message) from error
    if until <= now:
        message = f"{times.moment(until)} has passed: this would hold nothing back."
        raise NotUnderstoodError(message)
    return until
