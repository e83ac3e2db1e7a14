"""The agenda by month. Provider's days are shown as they were written, so months are UTC's."""

from __future__ import annotations

from calendar import month_name
from collections.abc import Sequence

from snapshots.facts import Precision
from snapshots.web.deadlines import End
from snapshots.wording.escape import plain, shorten_middle

_LONGEST = 24


def months_of(ends: Sequence[End]) -> list[tuple[str, list[End]]]:
    """The ends under their months: `August 2026`."""
    found: dict[str, list[End]] = {}
    for end in ends:
        found.setdefault(f"{month_name[end.at.month]} {end.at.year}", []).append(end)
    return list(found.items())


def short_name(end: End) -> str:
    """A name for the plot: the one that ends, or how many do."""
    if len(end.subjects) > 1:
        return f"{len(end.subjects)} names"
    return shorten_middle(plain(end.subjects[0]), _LONGEST)


def day_of(end: End) -> tuple[str, str]:
    """The day, and its weekday with how exactly it was said: `26 Aug` and `Wed, date only`."""
    match end.precision:
        case Precision.INSTANT:
            note = f"{end.at:%a, %H:%M} UTC"
        case Precision.DAY | Precision.UNKNOWN:
            note = f"{end.at:%a}, date only"
        case Precision.NOT_SOONER_THAN:
            note = "not sooner than this"
        case precision:
            return f"{month_name[end.at.month][:3]} {end.at.year}", f"{precision} only"
    year = f" {end.at.year}" if end.past else ""
    return f"{end.at.day} {end.at:%b}{year}", note
