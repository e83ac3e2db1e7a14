"""Times as providers state them, with precision and zone: `Jul 24th, 2026, 15:59 (UTC Time)`, `early August 2026`.

The forms are matched in text directly: a date parser that fills missing parts from today would invent facts.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo

from snapshots.facts import Precision

_MONTHS = {
    name: number
    for number, name in enumerate(
        ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"], 1
    )
}
_MONTH_NAME = r"jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec"
_MONTH = rf"(?P<mon>{_MONTH_NAME})[a-z]*\.?"
_DAY = r"(?P<d>\d{1,2})(?:st|nd|rd|th)?(?!\d)"
_YEAR = r"(?P<y>20\d\d)"
_TIME = r"(?P<h>\d{1,2})(?:\s?[时点](?!\w*间)|:)(?P<mi>(?<=:)\d{2})?(?::\d{2}(?:\.\d+)?)?\s*(?P<ap>[ap]\.?m\.?)?"
_ZONE = (
    r"[\s,(（]*(?P<zone>Z\b|UTC\s*[+-]\s*\d{1,2}(?::?\d{2})?|GMT\s*[+-]\s*\d{1,2}|[+-]\d{2}:?\d{2}\b|UTC"
    r"|GMT|Beijing Time|北京时间|P[SD]?T\b|E[SD]?T\b|CST\b)?"
)
# Forms that need the same few letters stand together behind these: most texts with a year have none of the others.
_FORMS = tuple(
    (re.compile(needed, re.IGNORECASE), tuple(re.compile(form, re.IGNORECASE) for form in forms))
    for needed, *forms in (
        (
            r"20\d\d\s?[-/.年]",
            (
                rf"(?P<pre>Beijing Time|北京时间|UTC)?\s*(?<![\d-]){_YEAR}\s?[-/.年]\s?(?P<m>\d{{1,2}})\s?[-/.月]\s?"
                rf"(?P<d>\d{{1,2}})(?:\s?日)?(?![\d])(?:[T\s,]*(?:at )?{_TIME}{_ZONE})?"
            ),
        ),
        (
            _MONTH_NAME,
            (
                rf"(?:{_TIME}{_ZONE}[\s)）]*(?:Time\)?)?\s*(?:on|,)\s+)?{_MONTH}\s+{_DAY},?\s+{_YEAR}"
                rf"(?:[\s,]*(?:at )?(?P<h2>\d{{1,2}}):(?P<mi2>\d{{2}})(?::\d{{2}})?\s*(?P<ap2>[ap]\.?m\.?)?"
                rf"{_ZONE.replace('zone', 'zone2')})?"
            ),
            rf"(?<!\d){_DAY}\s+(?:of\s+)?{_MONTH},?\s+{_YEAR}(?:[\s,]*(?:at )?{_TIME}{_ZONE})?",
            rf"(?<![\w]){_MONTH}\s+{_YEAR}(?!\d)",
        ),
        ("年", rf"(?<![\d-]){_YEAR}\s?年\s?(?P<m>\d{{1,2}})\s?月"),
        (r"q\d", rf"\bQ(?P<q>[1-4])\s+{_YEAR}"),
        (r"20\d\d-", r"(?<![\d-])(?P<y>20\d\d)-(?P<m>0[1-9]|1[0-2])(?![-\d])"),
        (r"/20\d\d", r"(?<![\d/])(?P<a>\d{1,2})/(?P<b>\d{1,2})/(?P<y>20\d\d)(?![\d/])"),
    )
)
_NOT_SOONER = re.compile(
    r"(?:not (?:sooner|before|earlier)|no (?:sooner|earlier)|at least until)(?: than)?\s*$|不早于\s*$", re.IGNORECASE
)
HYPHENS = dict.fromkeys(range(0x2010, 0x2016), "-")
_OFFSETS = {"pst": -8, "pdt": -7, "est": -5, "edt": -4, "beijing time": 8, "北京时间": 8, "cst": 8}
_WITH_SUMMER = {"pt": ZoneInfo("America/Los_Angeles"), "et": ZoneInfo("America/New_York")}
# In running text two numbers and two digits may be anything; a cell that holds nothing else is a day.
_SHORT_DAY = re.compile(r"\s*(\d{1,2}/\d{1,2}/)(2\d)\s*")


@dataclass(frozen=True, slots=True)
class Moment:
    """A stated time: `value` is ISO 8601 (`2026-07-24`, `2026-07-24T15:59:00Z`, `2026-08`), `at` its start in UTC."""

    value: str
    at: datetime
    precision: Precision
    start: int
    end: int

    @property
    def day(self) -> date:
        """The calendar day in UTC."""
        return self.at.date()


def find_moments(text: str) -> tuple[Moment, ...]:
    """Every time stated in a text, in order; the more exact form wins where two overlap."""
    if "2" not in text:
        return ()
    if short := _SHORT_DAY.fullmatch(text):
        (moment,) = find_moments(f"{short[1]}20{short[2]}") or (None,)
        return (replace(moment, start=0, end=len(text)),) if moment else ()
    if "20" not in text:
        return ()
    found: list[Moment] = []
    text = text.translate(HYPHENS)
    for match in _matches(text):
        if any(match.start() < other.end and other.start < match.end() for other in found):
            continue
        moment = _moment(match, text)
        if moment is not None:
            found.append(moment)
    return tuple(sorted(found, key=lambda moment: moment.start))


def _matches(text: str) -> Iterator[re.Match[str]]:
    for needed, forms in _FORMS:
        for form in forms if needed.search(text) else ():
            yield from form.finditer(text)


def moment_in(text: str) -> Moment | None:
    """The first time stated in a text."""
    return next(iter(find_moments(text)), None)


def compact_date(text: str) -> date | None:
    """A date written as eight digits (`20251215`), as in addresses and snapshot names."""
    match = re.search(r"(?<!\d)(20\d\d)(0[1-9]|1[0-2])([0-3]\d)(?!\d)", text)
    if match is None:
        return None
    try:
        return date(int(match[1]), int(match[2]), int(match[3]))
    except ValueError:
        return None


def day_start(day: date) -> datetime:
    """Midnight UTC."""
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


def iso_instant(at: datetime) -> str:
    """`2026-07-24T15:59:00Z`."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _moment(match: re.Match[str], text: str) -> Moment | None:
    parts = match.groupdict()
    year = int(parts["y"])
    month = _MONTHS[parts["mon"][:3].lower()] if parts.get("mon") else int(parts["m"]) if parts.get("m") else 1
    if parts.get("q"):
        begin = _safe(year, 3 * int(parts["q"]) - 2, 1)
        span = (match.start(), match.end())
        return Moment(f"{year}-Q{parts['q']}", begin, Precision.QUARTER, *span) if begin else None
    if parts.get("a"):
        parts["m"], parts["d"] = _american(int(parts["a"]), int(parts["b"]))
        month = int(parts["m"])
    if not parts.get("d"):
        begin = _safe(year, month, 1)
        return Moment(f"{year}-{month:02}", begin, Precision.MONTH, match.start(), match.end()) if begin else None
    day = _safe(year, month, int(parts["d"]))
    if day is None:
        return None
    value, at, precision = day.date().isoformat(), day, Precision.DAY
    hour, minute, half = (
        (parts.get("h"), parts.get("mi"), parts.get("ap"))
        if parts.get("h")
        else (parts.get("h2"), parts.get("mi2"), parts.get("ap2"))
    )
    if hour is not None:
        zone = parts.get("zone") or parts.get("zone2") or parts.get("pre") or _zone_after(text, match.end())
        hours = int(hour) % 12 + (12 if half.lower().startswith("p") else 0) if half else int(hour)
        if hours <= 24 and int(minute or 0) < 60:
            at = (day + timedelta(hours=hours, minutes=int(minute or 0))).replace(tzinfo=_zone(zone)).astimezone(UTC)
            value, precision = iso_instant(at), Precision.INSTANT
    if _NOT_SOONER.search(text[max(0, match.start() - 40) : match.start()]):
        precision = Precision.NOT_SOONER_THAN
    return Moment(value, at, precision, match.start(), match.end())


def _american(first: int, second: int) -> tuple[str, str]:
    """Month and day of `10/23/2026`. English pages write the month first, unless it can be none."""
    return (str(second), str(first)) if first > 12 else (str(first), str(second))


def _zone_after(text: str, position: int) -> str | None:
    match = re.match(
        r"[\s,(（]*(UTC\s*[+-]\s*\d{1,2}|Beijing Time|北京时间)", text[position : position + 30], re.IGNORECASE
    )
    return match[1] if match else None


def _zone(name: str | None) -> tzinfo:
    word = re.sub(r"\s+", " ", (name or "utc").strip().lower())
    if word in _WITH_SUMMER:
        return _WITH_SUMMER[word]
    if word in _OFFSETS:
        return timezone(timedelta(hours=_OFFSETS[word]))
    match = re.search(r"([+-])\s*(\d{1,2})(?::?(\d{2}))?", word)
    if match is None:
        return UTC
    offset = timedelta(hours=int(match[2]), minutes=int(match[3] or 0))
    return timezone(offset if match[1] == "+" else -offset) if offset < timedelta(hours=24) else UTC


def _safe(year: int, month: int, day: int) -> datetime | None:
    try:
        return datetime(year, month, day, tzinfo=UTC)
    except ValueError:
        return None
