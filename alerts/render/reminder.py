"""A reminder of ends of service that come near and that nobody has acknowledged."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from alerts.render.model import Item, Message, Row
from alerts.rules.levels import nearness
from snapshots.changes.model import Level
from snapshots.facts import Precision
from snapshots.wording import moments
from snapshots.wording.escape import plain, safe_url
from snapshots.wording.spans import code, line, quotation

_LEVELS = (Level.CRITICAL, Level.WARNING, Level.INFO, Level.NONE)


def compose_reminder(
    ends: Sequence[Mapping[str, Any]],
    *,
    now: datetime,
    delivery_id: str,
    also_told: Sequence[str] = (),
    route: str = "",
) -> Message:
    """One message about deadlines, the soonest first; `ends` are as `alerts.reminders.about_deadline` has them.

    Raises:
        ValueError: there is no deadline to remind of.
    """
    if not ends:
        message = "A reminder of nothing cannot be told."
        raise ValueError(message)
    first, others = ends[0], ends[1:]
    at, precision = _stated(first)
    ahead = moments.is_ahead(at, precision, now)
    name = code(str(first["subject"]))
    owner = plain(str(first.get("owner") or ""))
    note = moments.precision_note(precision)
    asked = f"{owner}: nobody has acknowledged it yet." if owner else "Nobody has acknowledged it yet."
    return Message(
        claim=line(name, " stops working" if ahead else " has stopped working"),
        date=moments.stated(at, precision),
        bracket=moments.relative(at, precision, now),
        summary=line(asked),
        deadline="",
        level=min((_level(end, now) for end in ends), key=_LEVELS.index),
        kind="deadline-reminder",
        rows=(
            Row("Stops working", line(moments.stated(at, precision) + (f" ({note})" if note else ""))),
            Row("Owner", line(owner or "nobody yet")),
        ),
        others=tuple(_item(end, now) for end in others),
        quote=quotation(str(first.get("quote") or "")),
        quote_heading=(),
        telling="",
        advice=line("replace ", name, " before then, or run ", code(_acknowledge(first)), "."),
        official_url=safe_url(str(first.get("url") or "")),
        source_title=plain(str(first.get("source_title") or first.get("source") or "")),
        sources=0,
        review_url="",
        review_command="headwater deadlines",
        more_url="",
        more_command="headwater deadlines",
        also_told=tuple(plain(each) for each in also_told),
        route=plain(route),
        delivery_id=delivery_id,
        incident="",
        news_only=False,
        reminder=True,
    )


def _acknowledge(end: Mapping[str, Any]) -> str:
    return f"headwater deadlines acknowledge {plain(str(end['subject']))}"


def _stated(end: Mapping[str, Any]) -> tuple[datetime, Precision]:
    """The time as it was stated: a day is worked through to its end, and still called by its own date."""
    known = moments.parse(str(end.get("stated") or ""))
    if known:
        return known
    return datetime.fromisoformat(str(end["ends"])), Precision(str(end["precision"]))


def _level(end: Mapping[str, Any], now: datetime) -> Level:
    gone = end.get("ends")
    return nearness(datetime.fromisoformat(str(gone)) - now if gone else timedelta.max)


def _item(end: Mapping[str, Any], now: datetime) -> Item:
    at, precision = _stated(end)
    owner = plain(str(end.get("owner") or ""))
    return Item(
        line(code(str(end["subject"])), " stops working"),
        line(f"{moments.stated(at, precision)}, {moments.relative(at, precision, now)}"),
        _level(end, now),
        "deadline-reminder",
        f"owner: {owner}" if owner else "no owner",
    )
