"""What is known once the sources were read for the first time: from then on, silence means that nothing changed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from alerts.render.model import Digest, Item, Section
from snapshots.changes.model import Level
from snapshots.coverage import FirstReading
from snapshots.history import Deadline
from snapshots.wording import moments
from snapshots.wording.escape import plain
from snapshots.wording.spans import code, line

_NEAR, _AHEAD = timedelta(days=30), timedelta(days=90)
_MOST_NAMED = 5


def compose_summary(reading: FirstReading, *, now: datetime, delivery_id: str) -> Digest:
    """The message after a first reading. `now` is UTC; the ends in `reading` are ahead of it."""
    watched = _count(reading.sources, "source")
    soon = tuple(_item(end, now) for end in reading.ends if _is_near(end, now))
    later = tuple(_item(end, now) for end in reading.ends if not _is_near(end, now))
    ahead = "no end of service ahead"
    if reading.ends:
        first = reading.ends[0]
        number = _count(len(reading.ends), "end of service", "ends of service")
        ahead = f"{number} ahead, the next {moments.relative(_day(first, now), first.precision, now)}"
    known = f"{_count(reading.facts, 'fact')} about {_count(reading.subjects, 'name')}"
    return Digest(
        subject=f"headwater watches {watched}: {ahead}",
        headline=f"{watched} {'is' if reading.sources == 1 else 'are'} read: {known}, {ahead}.",
        date=f"{now.astimezone(UTC):%a} {moments.day(now)}",
        sections=tuple(
            section
            for section in (
                Section("Ends soon", f"next {_NEAR.days} days", soon),
                Section("Coming up", f"{len(later):,}", later),
            )
            if section.items
        ),
        coverage=_unread(reading.unread),
        more_url="",
        more_command="headwater deadlines",
        delivery_id=delivery_id,
        name="First reading",
        why="Sent once, after sources were read for the first time.",
    )


def _is_near(end: Deadline, now: datetime) -> bool:
    return end.ends is not None and end.ends - now <= _NEAR


def _item(end: Deadline, now: datetime) -> Item:
    assert end.ends is not None, "an end that is ahead has a date"
    left = end.ends - now
    level = Level.CRITICAL if left <= _NEAR else Level.WARNING if left <= _AHEAD else Level.INFO
    at = _day(end, now)
    when = f"{moments.stated(at, end.precision)}, {moments.relative(at, end.precision, now)}"
    return Item(
        line(code(end.subject), " stops working"), line(when), level, "first-reading", f"said by {plain(end.source)}"
    )


def _day(end: Deadline, now: datetime) -> datetime:
    """The time as it was stated: a day is worked through to its end, and still called by its own date."""
    known = moments.parse(end.stated)
    return known[0] if known else end.ends or now


def _unread(names: tuple[str, ...]) -> str:
    if not names:
        return ""
    shown = ", ".join(plain(name) for name in names[:_MOST_NAMED])
    more = f" and {len(names) - _MOST_NAMED:,} more" if len(names) > _MOST_NAMED else ""
    return f"No answer to believe yet from {shown}{more}."


def _count(number: int, one: str, many: str = "") -> str:
    return f"{number:,} {one if number == 1 else many or one + 's'}"
