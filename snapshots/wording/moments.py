"""Times in words: `24 Jul 2026, 15:59 UTC`, `24 Apr 2026` (date only), `in 91 days`. Never a numeric month."""

from __future__ import annotations

import re
from calendar import month_abbr
from datetime import UTC, datetime, timedelta

from snapshots.facts import Precision

_ISO = re.compile(r"(\d{4})-(\d\d)(?:-(\d\d)(T\S+)?)?$")
_NOTES = {
    Precision.DAY: "date only",
    Precision.MONTH: "month only",
    Precision.QUARTER: "quarter only",
    Precision.YEAR: "year only",
    Precision.NOT_SOONER_THAN: "not sooner than this",
}


def day(at: datetime) -> str:
    """`24 Jul 2026`, in UTC."""
    at = at.astimezone(UTC)
    return f"{at.day} {month_abbr[at.month]} {at.year}"


def moment(at: datetime) -> str:
    """`24 Jul 2026, 15:59 UTC`."""
    at = at.astimezone(UTC)
    return f"{day(at)}, {at:%H:%M} UTC"


def stated(at: datetime, precision: Precision) -> str:
    """A provider's time, as exact as it was stated and no more."""
    at = at.astimezone(UTC)
    match precision:
        case Precision.INSTANT:
            return moment(at)
        case Precision.MONTH:
            return f"{month_abbr[at.month]} {at.year}"
        case Precision.QUARTER:
            return f"Q{(at.month + 2) // 3} {at.year}"
        case Precision.YEAR:
            return str(at.year)
        case _:
            return day(at)


def precision_note(precision: Precision) -> str:
    """`date only` and the like; empty for an instant."""
    return _NOTES.get(precision, "")


def parse(value: str | None) -> tuple[datetime, Precision] | None:
    """The time an ISO 8601 value means, with its precision; `None` for words such as `shortly`."""
    found = _ISO.match(value or "")
    if not found:
        return None
    year, month, number, clock = found.groups()
    try:
        if clock:
            at = datetime.fromisoformat(found[0])
            return (at if at.tzinfo else at.replace(tzinfo=UTC)), Precision.INSTANT
        at = datetime(int(year), int(month), int(number or 1), tzinfo=UTC)
    except ValueError:
        return None
    return at, Precision.DAY if number else Precision.MONTH


def said(value: str | None) -> str:
    """A stored date in words; words stay as they are."""
    known = parse(value)
    return stated(*known) if known else (value or "")


def is_ahead(at: datetime, precision: Precision, now: datetime) -> bool:
    """Whether a provider's time is still to come; a day is ahead until the day before it ends."""
    return at > now if precision is Precision.INSTANT else at.date() > now.astimezone(UTC).date()


def relative(at: datetime, precision: Precision, now: datetime) -> str:
    """`in 91 days`, `in 3 hours`, `today`, `4 days ago`, rounded down; days are counted where no clock was stated."""
    if precision is not Precision.INSTANT:
        return _days((at.astimezone(UTC).date() - now.astimezone(UTC).date()).days)
    gap = at - now
    if abs(gap) >= timedelta(days=1):
        return _days(int(gap / timedelta(days=1)))
    minutes = int(abs(gap) / timedelta(minutes=1))
    amount = _count(minutes // 60, "hour") if minutes >= 60 else _count(minutes, "minute")
    if not minutes:
        return "now"
    return f"in {amount}" if gap > timedelta() else f"{amount} ago"


def days_between(before: datetime, after: datetime) -> int:
    """Whole days from one date to another."""
    return (after.astimezone(UTC).date() - before.astimezone(UTC).date()).days


def _days(days: int) -> str:
    if days == 0:
        return "today"
    return f"in {_count(days, 'day')}" if days > 0 else f"{_count(-days, 'day')} ago"


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
