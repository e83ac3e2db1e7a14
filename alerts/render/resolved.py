"""That an end of service came, as it had been announced: the last word of an incident."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from alerts.render.model import Message, Row
from snapshots.changes.model import Level
from snapshots.wording import moments
from snapshots.wording.escape import plain, safe_url
from snapshots.wording.spans import Line, Span, code, line

RESOLVED = "Resolved: "
_NAMED = 6


def compose_resolved(
    about: Mapping[str, Any], *, delivery_id: str, incident: str, route: str = "", public_url: str = ""
) -> Message:
    """One message about names that ended together; `about` is as `alerts.resolved` makes it.

    Only what ends an incident is called resolved: while other ends of it are ahead, the message says which.
    """
    ends, ahead = about["ends"], about.get("ahead") or ()
    first = ends[0]
    names = _names([str(end["subject"]) for end in ends])
    announced = moments.day(datetime.fromisoformat(str(first["announced"])))
    stated = _stated(first)
    base = safe_url(public_url).rstrip("/")
    return Message(
        claim=line("" if ahead else RESOLVED, *names, f" retired {stated}, as announced {announced}"),
        date="",
        bracket="",
        summary=_summary(ends, ahead),
        deadline="",
        level=Level.INFO,
        kind="deadline-passed",
        rows=(
            Row("Stopped working", line(stated)),
            Row("Announced", line(announced)),
            Row("Acknowledged", line(_care(first))),
        ),
        others=(),
        quote="",
        quote_heading=(),
        telling="",
        advice=(),
        official_url=safe_url(str(first.get("url") or "")),
        source_title=plain(str(first.get("source_title") or first.get("source") or "")),
        sources=0,
        review_url=f"{base}/deadlines" if base else "",
        review_command="headwater deadlines",
        more_url="",
        more_command="headwater deadlines",
        also_told=(),
        route=plain(route),
        delivery_id=delivery_id,
        incident=incident,
        news_only=True,
    )


def _summary(ends: Sequence[Mapping[str, Any]], ahead: Sequence[Mapping[str, Any]]) -> Line:
    gone = f"From then on {'it works' if len(ends) == 1 else 'they work'} no longer, says the provider."
    if not ahead:
        return line(gone, " This incident is closed.")
    names = _names([str(end["subject"]) for end in ahead])
    return line(gone, " Still to come: ", *names, f", the next {_stated(ahead[0])}.")


def _names(subjects: Sequence[str]) -> list[str | Span]:
    shown: list[str | Span] = []
    for place, name in enumerate(subjects[:_NAMED]):
        if place:
            shown.append(" and " if place == len(subjects) - 1 else ", ")
        shown.append(code(name))
    if (left := len(subjects) - _NAMED) > 0:
        shown.append(f" and {left:,} more")
    return shown


def _stated(end: Mapping[str, Any]) -> str:
    known = moments.parse(str(end.get("stated") or ""))
    return moments.stated(*known) if known else plain(str(end.get("stated") or ""))


def _care(end: Mapping[str, Any]) -> str:
    if not end.get("acknowledged_at"):
        return "by nobody"
    at = datetime.fromisoformat(str(end["acknowledged_at"]))
    return f"by {plain(str(end['acknowledged_by']))}, {moments.day(at)}"
