"""Times as a page shows them: in the reader's zone, relative where that helps, exact always at hand. Pure."""

from __future__ import annotations

from calendar import month_abbr, month_name
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from zoneinfo import ZoneInfo

from markupsafe import Markup, escape

from snapshots.facts import Precision
from snapshots.wording import moments

_OLD = timedelta(days=60)


def zone_named(name: str) -> tzinfo:
    """The zone a reader chose; UTC where there is none of that name."""
    if not name or len(name) > 64:
        return UTC
    try:
        return ZoneInfo(name)
    except (LookupError, ValueError, OSError):
        return UTC


def span(gap: timedelta) -> str:
    """`41 minutes`, `3 hours`, `12 days`: rounded down, never negative."""
    minutes = max(0, int(gap / timedelta(minutes=1)))
    if minutes < 1:
        return "less than a minute"
    if minutes < 60:
        return _count(minutes, "minute")
    if minutes < 48 * 60:
        return _count(minutes // 60, "hour")
    return _count(minutes // (24 * 60), "day")


@dataclass(frozen=True, slots=True)
class Times:
    """Words for instants as one reader sees them at `now`."""

    now: datetime
    zone: tzinfo = UTC

    @property
    def zone_name(self) -> str:
        """`UTC`, or `Europe/Berlin`."""
        return "UTC" if self.zone is UTC else str(self.zone)

    def day(self, at: datetime, *, whole: bool = True) -> str:
        """`17 Aug 2026`; without the year where it is this one and `whole` is not asked for."""
        at = at.astimezone(self.zone)
        year = f" {at.year}" if whole or at.year != self.now.astimezone(self.zone).year else ""
        return f"{at.day} {month_abbr[at.month]}{year}"

    def month(self, at: datetime) -> str:
        """`August 2026`."""
        at = at.astimezone(self.zone)
        return f"{month_name[at.month]} {at.year}"

    def clock(self, at: datetime) -> str:
        """`09:52 UTC`."""
        at = at.astimezone(self.zone)
        return f"{at:%H:%M} {at.tzname() or self.zone_name}"

    def moment(self, at: datetime, *, whole: bool = True) -> str:
        """`17 Aug 2026, 09:52 UTC`."""
        return f"{self.day(at, whole=whole)}, {self.clock(at)}"

    def ago(self, at: datetime) -> str:
        """`3 h ago`, `in 13 min`, `just now`; over 60 days the date."""
        gap = self.now - at
        if abs(gap) > _OLD:
            return self.day(at)
        if abs(gap) < timedelta(minutes=1):
            return "just now" if gap >= timedelta() else "in a moment"
        minutes = int(abs(gap) / timedelta(minutes=1))
        amount = (
            f"{minutes} min"
            if minutes < 60
            else f"{minutes // 60} h"
            if minutes < 24 * 60
            else _count(minutes // (24 * 60), "day")
        )
        return f"{amount} ago" if gap > timedelta() else f"in {amount}"

    def iso(self, at: datetime) -> str:
        """The instant for programs: `2026-08-17T09:52:00Z`."""
        return _iso(at)

    def every(self, seconds: int) -> str:
        """`6 hours` for the interval of a source."""
        return span(timedelta(seconds=seconds))

    def stamp(self, at: datetime, *, whole: bool = True) -> Markup:
        """`moment` as a `time` element."""
        return self._element(at, self.moment(at, whole=whole))

    def dated(self, at: datetime, *, whole: bool = True) -> Markup:
        """`day` as a `time` element with the exact time in its title."""
        return self._element(at, self.day(at, whole=whole), self.moment(at))

    def rel(self, at: datetime) -> Markup:
        """`ago` as a `time` element that a script may keep fresh, with the exact time in its title."""
        return Markup('<time datetime="{}" title="{}" data-rel>{}</time>').format(
            _iso(at), self.moment(at), self.ago(at)
        )

    def stated(self, at: datetime, precision: Precision, *, whole: bool = True) -> str:
        """A provider's time as exactly as it was stated: an instant in the reader's zone, a day as it was written."""
        if precision is Precision.INSTANT:
            return self.moment(at, whole=whole)
        said = moments.stated(at, precision)
        if whole or precision in (Precision.MONTH, Precision.QUARTER, Precision.YEAR):
            return said
        return said.removesuffix(f" {self.now.astimezone(UTC).year}")

    def _element(self, at: datetime, shown: str, title: str = "") -> Markup:
        named = Markup(' title="{}"').format(title) if title else Markup()
        return Markup('<time datetime="{}"{}>{}</time>').format(_iso(at), named, escape(shown))


def _iso(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
