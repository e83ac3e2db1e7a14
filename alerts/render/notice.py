"""What the service tells of itself, in words (UI.md, section 7): a careful colleague, no alarm."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, TypeAlias

from alerts.render.model import Message, Row
from snapshots.changes.model import Level
from snapshots.wording import moments
from snapshots.wording.escape import plain, safe_url, shorten
from snapshots.wording.spans import Line, code, line

_LONGEST = 400
_Words: TypeAlias = tuple[Line, Line, Line, str]
_ENDS = frozenset({"source-recovered", "channel-recovered", "network-up", "checks-resumed"})
_OUTCOMES: Mapping[str, str] = {
    "shell": "The server answers 200, but not with the page. Facts are unchanged.",
    "held": "The newest answer looks broken and is held for review. Facts are unchanged.",
    "extractor-broken": "The page is there but can no longer be read; its form may have changed. Facts are unchanged.",
    "gone": "The server says that the page is gone. Facts are unchanged.",
    "blocked": "The server refuses to give us the page. Facts are unchanged.",
}
_NO_ANSWER = "There is no answer to believe. Facts are unchanged, and a change would not be seen."


def compose_notice(
    about: Mapping[str, Any], *, now: datetime, delivery_id: str, incident: str, url: str = "", route: str = ""
) -> Message:
    """The message about a trouble that began or ended. `about` is its event; `url` that of the source it concerns."""
    topic = str(about["topic"])
    since = moments.parse(str(about.get("since") or ""))
    until = moments.parse(str(about.get("until") or ""))
    began = since[0] if since else now
    ended = until[0] if until else now
    claim, summary, advice, command = _words(topic, about, _span((ended if topic in _ENDS else now) - began))
    rows = [Row("Since", line(moments.moment(began)))]
    if topic in _ENDS:
        rows.append(Row("Until", line(moments.moment(ended))))
    if last := moments.parse(str(about.get("last_good_at") or "")):
        rows.append(Row("Last good answer", line(moments.moment(last[0]))))
    if why := shorten(plain(str(about.get("detail") or "")), _LONGEST):
        rows.append(Row("Reason", line(why)))
    return Message(
        claim=claim,
        date="",
        bracket=f"since {moments.moment(began)}" if topic not in _ENDS else "",
        summary=summary,
        deadline="",
        level=Level.INFO if topic in _ENDS else Level.WARNING,
        kind=topic,
        rows=tuple(rows),
        others=(),
        quote="",
        quote_heading=(),
        telling="",
        advice=advice,
        official_url=safe_url(url),
        source_title=plain(str(about.get("source_id") or "")) or "headwater",
        sources=0,
        review_url="",
        review_command=command,
        more_url="",
        more_command="",
        also_told=(),
        route=plain(route),
        delivery_id=delivery_id,
        incident=incident,
        news_only=True,
    )


def _words(topic: str, about: Mapping[str, Any], lasted: str) -> _Words:
    """Claim, summary, what to do, and the command that shows more."""
    source, channel = code(str(about.get("source_id") or "")), code(str(about.get("channel") or ""))
    show = f"headwater sources show {plain(str(about.get('source_id') or ''))}"
    match topic:
        case "source-failing":
            summary = line(_OUTCOMES.get(str(about.get("outcome") or ""), _NO_ANSWER))
            return line("Source ", source, " is failing"), summary, line("look at the page and its checks."), show
        case "source-recovered":
            return (
                line("Resolved: source ", source, " gives good answers again"),
                line(f"It had failed for {lasted}. What changed meanwhile is told as always."),
                (),
                show,
            )
        case "channel-failing":
            return (
                line("Channel ", channel, " takes no messages"),
                line("Nothing was lost; what waits is sent when the channel takes messages again."),
                line("mend the cause, then run ", code(f"headwater alerts test '{channel.text}'"), "."),
                "headwater alerts channels",
            )
        case "channel-recovered":
            summary = line(f"It had refused them for {lasted}.")
            return (
                line("Resolved: channel ", channel, " takes messages again"),
                summary,
                (),
                "headwater alerts channels",
            )
        case "network-down":
            return (
                line("No source can be reached: the network of this machine seems to be down"),
                line("An empty list here does not mean that nothing changed."),
                line("look at the connection of the machine that headwater runs on."),
                "headwater sources list",
            )
        case "network-up":
            summary = line(f"No source could be reached for {lasted}; all are looked at again.")
            return line("Resolved: sources can be reached again"), summary, (), "headwater sources list"
        case "checks-stale":
            return (
                line(f"No check has finished for {lasted}"),
                line("An empty list here does not mean that nothing changed."),
                line("look at the log of the service, and whether its database takes writes."),
                "headwater sources list",
            )
        case _:
            summary = line(f"None had finished for {lasted}.")
            return line("Resolved: checks finish again"), summary, (), "headwater sources list"


def _span(lasted: timedelta) -> str:
    """`52 minutes`, `5 hours`, `3 days`."""
    minutes = max(1, int(lasted / timedelta(minutes=1)))
    if minutes < 120:
        return f"{minutes} minute{'' if minutes == 1 else 's'}"
    hours = minutes // 60
    return f"{hours} hours" if hours < 48 else f"{hours // 24} days"
