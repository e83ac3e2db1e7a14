"""When the provider said it: the date of the section in which it stands."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, date, datetime

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_ISO = re.compile(r"(?<!\d)(\d{4})-(\d{2})-(\d{2})(?![\d-])")
_DAY_FIRST = re.compile(r"(?<!\d)(\d{1,2})(?:st|nd|rd|th)?\.? ([A-Za-z]{3,9})\.?,? (\d{4})(?!\d)")
_MONTH_FIRST = re.compile(r"\b([A-Za-z]{3,9})\.? (\d{1,2})(?:st|nd|rd|th)?,? (\d{4})(?!\d)")


def announced(headings: Sequence[str], seen: datetime) -> datetime | None:
    """The day of the innermost dated heading, at 00:00 UTC; `None` when there is none or it lies after `seen`.

    A heading with several dates names a span or compares days, and says nothing of when it was written.
    """
    for heading in reversed(headings):
        found = set(_dates(heading))
        if len(found) == 1:
            at = datetime.combine(found.pop(), datetime.min.time(), UTC)
            return at if at.date() <= seen.astimezone(UTC).date() else None
    return None


def _dates(text: str) -> list[date]:
    parts = [(year, month, day) for year, month, day in _ISO.findall(text)]
    parts += [(year, _month(month), day) for day, month, year in _DAY_FIRST.findall(text)]
    parts += [(year, _month(month), day) for month, day, year in _MONTH_FIRST.findall(text)]
    return [made for year, month, day in parts if (made := _date(int(year), int(month), int(day))) is not None]


def _month(name: str) -> int:
    """The number of a month named in English; 0 when it is none, which is no date."""
    short = name[:3].lower()
    return _MONTHS.index(short) + 1 if short in _MONTHS else 0


def _date(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None
