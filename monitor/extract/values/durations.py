"""Spans of time that are counted from the day something was said: `in three months`, `within 90 days`, `三个月后`."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

from monitor.extract.values.dates import Moment
from snapshots.facts import Precision

_NUMBERS = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")
_WORDS = {word: number for number, word in enumerate(_NUMBERS, 1)}
_WORDS |= {"a": 1, "an": 1, **{word: n for n, word in enumerate("一二三四五六七八九十", 1)}, "两": 2}
_SPAN = re.compile(
    r"\b(?:in|within|after)\s+(?:about\s+|approximately\s+)?"
    r"(?P<n>\d{1,3}|an?|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve)[\s-]+(?P<unit>day|week|month|year)s?\b"
    r"(?!\s+(?:of|old|prior|before))"
    r"|(?P<zh>\d{1,3}|[一二两三四五六七八九十])\s?(?:个)?(?P<zhunit>天|日|周|星期|月|年)(?:之?后|内)",
    re.IGNORECASE,
)
_DAYS = {"day": 1, "week": 7, "天": 1, "日": 1, "周": 7, "星期": 7}
_MONTHS_A_YEAR = 12


def span_in(text: str) -> str:
    """The span a text states, as it writes it; empty when there is none."""
    match = _SPAN.search(text)
    return match[0] if match else ""


def after_span(text: str, start: datetime) -> Moment | None:
    """The time that lies the span of `text` after `start` (UTC).

    It is exact to the day for days and weeks, to the month for months and years; `None` when no span is stated.
    """
    match = _SPAN.search(text)
    if match is None:
        return None
    written = (match["n"] or match["zh"]).lower()
    number = int(written) if written.isdecimal() else _WORDS[written]
    unit = (match["unit"] or match["zhunit"]).lower()
    if unit in _DAYS:
        day = start + timedelta(days=number * _DAYS[unit])
        return Moment(day.date().isoformat(), day, Precision.DAY, match.start(), match.end())
    months = number * (_MONTHS_A_YEAR if unit in ("year", "年") else 1)
    year, month = divmod(start.year * _MONTHS_A_YEAR + start.month - 1 + months, _MONTHS_A_YEAR)
    begin = datetime(year, month + 1, 1, tzinfo=UTC)
    return Moment(f"{year}-{month + 1:02}", begin, Precision.MONTH, match.start(), match.end())
