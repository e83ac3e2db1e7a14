"""Dated sections: which day a heading gives to what stands under it."""

from __future__ import annotations

import re
from functools import lru_cache

from monitor.extract.values.dates import Moment, find_moments
from snapshots.facts import Precision

_DAYS = (Precision.DAY, Precision.INSTANT)

_DATED = re.compile(
    r"^[\W_]*(?:(?:date|released?|updated?|published|时间|日期|version|v[\d.]+)\s*[:：]?\s*)?[\W_]*$", re.IGNORECASE
)


_LEADS = re.compile(r"[\s)）\]*]*(?:[:：–—|]|-\s)")
_BEFORE = re.compile(
    r"(?:[^\w\[【(（]|(?:news|update[sd]?|最新消息|更新)\s*[:：]\W*)*(?P<open>[\[【(（]*)\W*", re.IGNORECASE
)
_YEAR = re.compile(r"(?<!\d)20\d\d(?!\d)")
_MONTH_DAY = re.compile(
    r"\b(?:jan|feb|mar|apr|may|jun|jul|aug|sept?|oct|nov|dec)[a-z]*\.?\s+\d{1,2}(?:st|nd|rd|th)?\b", re.IGNORECASE
)
_CLOSED = re.compile(r"\s*[\])）】]")
_LEAD_LENGTH = 60


def leading_date(text: str) -> Moment | None:
    """The day an entry begins with (`2030-01-02: ...`, `🔥 News: [2030.01.02] ...`); in brackets a month is enough."""
    start = text[:_LEAD_LENGTH]
    moment = next(iter(find_moments(start)), None)
    before = _BEFORE.match(start) if moment is not None else None
    if before is None or moment is None or text[moment.start : before.end()].strip() or moment.start > before.end():
        return None
    if before["open"] and _CLOSED.match(start, moment.end):
        return moment if moment.precision in (*_DAYS, Precision.MONTH) else None
    return moment if moment.precision in _DAYS and _LEADS.match(start, moment.end) else None


@lru_cache(maxsize=4_096)
def day_of_year(text: str, above: tuple[str, ...]) -> Moment | None:
    """The day of a heading that leaves the year to the ones above it: `Aug 26` below `August, 2026`."""
    if len(text) > _LEAD_LENGTH or _YEAR.search(text) or not _MONTH_DAY.search(text):
        return None
    year = next((found[0] for outer in reversed(above) if (found := _YEAR.search(outer))), "")
    return dated_heading(_MONTH_DAY.sub(rf"\g<0>, {year}", text, count=1)) if year else None


def dated_heading(text: str) -> Moment | None:
    """The day of a heading: it says little else (`Date: 2030-01-02`), or begins or ends with the day."""
    for moment in find_moments(text):
        if moment.precision not in (Precision.DAY, Precision.INSTANT):
            continue
        before, after = text[: moment.start], text[moment.end :]
        if _DATED.match(before) and (not after.strip() or re.match(r"[\s)）\]]*(?:[:：\-–—|]|$)", after)):
            return moment
        if re.search(r"[\s(（\[\-–—|,]$", before) and not re.sub(r"[\s)）\]]", "", after) and len(before) < 80:
            return moment
    return None
