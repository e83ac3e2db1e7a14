"""Dated sections: which day a heading gives to what stands under it."""

from __future__ import annotations

import re

from monitor.extract.values.dates import Moment, find_moments
from snapshots.facts import Precision

_DATED = re.compile(
    r"^[\W_]*(?:(?:date|released?|updated?|published|时间|日期|version|v[\d.]+)\s*[:：]?\s*)?[\W_]*$", re.IGNORECASE
)


_LEADS = re.compile(r"[\s)）\]*]*(?:[:：–—|]|-\s)")


def leading_date(text: str) -> Moment | None:
    """The day an entry of a list begins with (`2030-01-02: ...`, `January 2, 2030 - ...`)."""
    start = text.lstrip(" *[(（【")[:40]
    moment = next(iter(find_moments(start)), None)
    if moment is None or moment.start != 0 or moment.precision not in (Precision.DAY, Precision.INSTANT):
        return None
    return moment if _LEADS.match(start, moment.end) else None


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
