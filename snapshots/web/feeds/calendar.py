"""Deadlines as a calendar (RFC 5545): a name has one event for good, whose SEQUENCE rises when its date moves."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta
from urllib.parse import quote

from fastapi import APIRouter, Request
from icalendar import Calendar, Event
from starlette.responses import Response

from snapshots.deadlines import WITHDRAWN
from snapshots.facts import Precision, name_key
from snapshots.web.api.callers import Call
from snapshots.web.api.fields import Word
from snapshots.web.feeds.guests import Guest, host_of
from snapshots.web.queries.exports import DeadlineKept, kept_deadlines
from snapshots.web.tagged import conditional
from snapshots.wording.escape import plain, shorten

router = APIRouter()
MEDIA_TYPE = "text/calendar; charset=utf-8"
_NEVER = datetime(1970, 1, 1, tzinfo=UTC)
_LONGEST_QUOTE = 400


@router.get("/deadlines.ics")
def deadlines(request: Request, call: Guest, provider: Word = "", subject: Word = "") -> Response:
    """Every end of service with a date, of one provider or name where that is asked for."""
    with call.services.database.reading() as session:
        found = kept_deadlines(session, provider=provider, subject_key=name_key(subject))
    calendar = Calendar()
    calendar.add("prodid", "-//headwater//deadlines//EN")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add("x-wr-calname", "headwater: deadlines")
    for one in found:
        if one.ends is not None:
            calendar.add_component(_event(call, one, one.ends))
    modified = max((one.updated_at for one in found), default=_NEVER)
    return conditional(request, calendar.to_ical(), media_type=MEDIA_TYPE, modified=modified)


def _event(call: Call, one: DeadlineKept, ends: datetime) -> Event:
    """The event. A stated day ends at midnight after it, so it is the day before that instant."""
    event = Event()
    exact = one.precision is Precision.INSTANT or "T" in one.stated
    vague = one.precision is Precision.NOT_SOONER_THAN
    name = shorten(plain(one.subject), 120)
    event.add("uid", f"{hashlib.sha256(name_key(one.subject).encode()).hexdigest()[:32]}@{host_of(call)}")
    event.add("dtstamp", one.updated_at)
    event.add("last-modified", one.updated_at)
    # Whatever happens to a deadline sets the time of its row: the number rises with every move, and when the end is
    # withdrawn or stated again, and never falls.
    event.add("sequence", int((one.updated_at - one.opened_at).total_seconds()))
    event.add("dtstart", ends if exact else (ends - timedelta(days=1)).date())
    event.add("summary", f"{name} ends, not sooner than this" if vague else f"{name} ends")
    event.add("description", _description(one, vague=vague))
    event.add("url", f"{call.services.settings.url}/subjects/{quote(one.subject, safe='')}")
    event.add("transp", "TRANSPARENT")
    withdrawn = one.closed_why == WITHDRAWN
    event.add("status", "CANCELLED" if withdrawn else "TENTATIVE" if vague else "CONFIRMED")
    event.add("categories", [plain(one.provider) or "deadline"])
    return event


def _description(one: DeadlineKept, *, vague: bool) -> str:
    said = [f"Stated: {plain(one.stated)}."]
    if vague:
        said.append("Not sooner than this; the day itself is not known yet.")
    if one.closed_why == WITHDRAWN:
        said.append("Its source no longer says so.")
    if one.was:
        said.append(f"It was {plain(one.was)} before.")
    if one.owner:
        said.append(f"Owner: {plain(one.owner)}.")
    if one.quote:
        said.append(f"“{shorten(plain(one.quote), _LONGEST_QUOTE)}”")
    said.append(f"Source: {plain(one.source_id)}.")
    return "\n".join(said)
