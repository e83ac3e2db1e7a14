"""When two statements contradict each other. Pure; precision before completeness, for a false conflict costs trust.

By area:

| area | contested | why |
| --- | --- | --- |
| `alias.target`, `model.version` | names | a name is answered by one model; one that stands for itself says nothing |
| `license.license` | identifiers | own terms go by several names, so one of two must be a standard license |
| `price.*` | amounts | of one currency and unit; pages in two languages may price in two currencies |
| `limit.context_window`, `max_output`, `default_output` | token counts | rates depend on plan and tier, by page |
| `lifecycle.retirement_date`, `deprecation_date` | days and instants | `coming months` is no day |
| `capability.*` | true against false | wording differs from page to page and says the same |

Nothing else is contested: `model.listed` and the addresses of endpoints are what pages choose to list, parameters and
responses are described more or less fully, statuses and recommended replacements are free words, and the digests and
links of license texts differ by design. What is announced for later (`scheduled`) is not in force.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation

from snapshots.diff.facts import superseded
from snapshots.facts import Fact, Precision, name_key

SURE = 0.8
_LIMITS = frozenset({"context_window", "max_output", "default_output"})
_ENDS = frozenset({"retirement_date", "deprecation_date"})
_NAMES = frozenset({"alias.target", "model.version"})
LICENSE = "license.license"
_STANDARD = re.compile(
    r"(?:modified-)?(?:mit|apache|bsd|cc0|cc-by|agpl|lgpl|gpl|mpl|openrail|unlicense|isc|epl|zlib)\b"
)
_SAYS_NOTHING = frozenset({"", "other", "unknown", "custom", "license", "see-license"})
_BUILD = re.compile(r"-\d{3,8}")
_DAY = re.compile(r"\d{4}-\d{2}(?:-\d{2}.*)?|\d{4}")
_WRITTEN_SHORT = re.compile(r"\d\s*[KM]\b", re.IGNORECASE)
_ROUNDING = 0.05


@dataclass(frozen=True, slots=True)
class Side:
    """What one source states, as one side of a possible conflict.

    `scope` is whose statement it is (see `snapshots.conflicts`). `changed_at` is when the source was seen to begin to
    say so; `None` when it said so already as it was first read.
    """

    scope: str
    source: str
    snapshot_id: int
    fact: Fact
    changed_at: datetime | None = None

    @property
    def mark(self) -> tuple[str, str]:
        """Who speaks: one document may speak with several voices, its front matter, its prose and its badges."""
        return (self.source, self.fact.detail.get("mark", ""))

    @property
    def says(self) -> tuple[bool, str]:
        """The value as it is compared."""
        return (self.fact.value is None, self.fact.value_key)


def is_contested(predicate: str) -> bool:
    """Whether rival values of a predicate may open a conflict at all."""
    area, _, attribute = predicate.partition(".")
    match area:
        case "price" | "capability":
            return True
        case "limit":
            return attribute in _LIMITS
        case "lifecycle":
            return attribute in _ENDS
        case _:
            return predicate in _NAMES or predicate == LICENSE


def rivals_of(facts: Iterable[Fact], now: datetime) -> tuple[Fact, ...]:
    """The contested statements of one version that differ from another of its statements, and those others.

    What an older dated entry of a page says is its history and no rival.
    """
    found: list[Fact] = []
    for fact, winner in superseded((f for f in facts if is_contested(f.predicate)), now):
        both_dated = fact.valid_from is not None and winner.valid_from is not None
        if not (both_dated and fact.valid_from != winner.valid_from):
            found.extend(one for one in (fact, winner) if one not in found)
    return tuple(found)


def contradict(one: Side, other: Side, now: datetime) -> bool:
    """Whether two sides state different things of the same time: neither overrules or refines the other."""
    facts = (one.fact, other.fact)
    if one.says == other.says or not all(_counts(fact, now) for fact in facts) or _overrules(one, other):
        return False
    return _differ(*facts)


def compared_as(fact: Fact) -> str:
    """The qualifier under which statements are compared; `contradicting_licenses` judges what a license covers."""
    return "" if fact.predicate == LICENSE else fact.qualifier


def contradicting_licenses(one: Iterable[Side], other: Iterable[Side], now: datetime) -> list[tuple[Side, Side]]:
    """The pairs of two voices' license statements that contradict each other.

    The same cover (`code`, `model`, everything) is compared with the same. A license for everything agrees with a
    voice that tells code and model apart when it is one of the two, and cannot be compared with one of the code alone.
    """
    first, second = _by_cover(one, now), _by_cover(other, now)
    shared = [cover for cover in first if cover in second]
    if shared:
        pairs = [(first[cover], second[cover]) for cover in shared]
        return [pair for pair in pairs if _licenses_differ(pair[0].fact, pair[1].fact)]
    for whole, parts in ((first, second), (second, first)):
        if "" in whole and "model" in parts:
            if all(_licenses_differ(whole[""].fact, part.fact) for part in parts.values()):
                return [(whole[""], parts["model"])]
            return []
    return []


def _counts(fact: Fact, now: datetime) -> bool:
    """Whether a statement is sure, in force and of a kind that can be compared."""
    begun = fact.valid_from is None or fact.valid_from <= now
    ended = fact.valid_to is not None and fact.valid_to <= now
    names_itself = fact.predicate in _NAMES and fact.value is not None and fact.value_key == fact.subject_key
    return (
        fact.confidence >= SURE
        and begun
        and not ended
        and not names_itself
        and not fact.qualifier.startswith("scheduled")
        and is_contested(fact.predicate)
    )


def _overrules(one: Side, other: Side) -> bool:
    """Whether one of two statements is news to the other.

    A later dated statement overrules an earlier one. What a page was seen to begin to say after the date of another
    statement is newer than that; what it said already when it was first read may be older or newer, and counts.
    """
    dated, undated = (one, other) if one.fact.valid_from is not None else (other, one)
    if dated.fact.valid_from is None:
        return False
    if undated.fact.valid_from is not None:
        return dated.fact.valid_from != undated.fact.valid_from
    return undated.changed_at is not None and undated.changed_at > dated.fact.valid_from


def _differ(one: Fact, other: Fact) -> bool:
    if one.predicate in _NAMES:
        return _names_differ(one, other)
    if one.value is None or other.value is None:
        return False
    match one.area:
        case "price":
            return _prices_differ(one, other)
        case "limit":
            return _counts_differ(one, other)
        case "lifecycle":
            return _days_differ(one, other)
        case "capability":
            return {one.value_key, other.value_key} == {"true", "false"}
        case _:
            return _licenses_differ(one, other)


def _names_differ(one: Fact, other: Fact) -> bool:
    """Whether two names mean two models: not where one is a dated build of the other, or has its vendor before it."""
    if one.value is None or other.value is None:
        return True
    short, long = sorted((name_key(f.value or "").rpartition("/")[2] for f in (one, other)), key=len)
    return short != long and not (long.startswith(short) and _BUILD.fullmatch(long[len(short) :]))


def _prices_differ(one: Fact, other: Fact) -> bool:
    paid = [(fact.detail.get("currency"), fact.detail.get("unit")) for fact in (one, other)]
    if paid[0] != paid[1] or not all(paid[0]):
        return False
    try:
        return Decimal(one.value or "") != Decimal(other.value or "")
    except InvalidOperation:
        return False


def _counts_differ(one: Fact, other: Fact) -> bool:
    """Whether two counts of tokens differ by more than rounding: `128K` and `131,072` are the same window."""
    if not (one.value_key.isdecimal() and other.value_key.isdecimal()):
        return False
    low, high = sorted((int(one.value_key), int(other.value_key)))
    short = any(_WRITTEN_SHORT.search(fact.value or "") for fact in (one, other))
    return low != high and not (short and high - low <= _ROUNDING * high)


def _days_differ(one: Fact, other: Fact) -> bool:
    """Whether two times cannot both be meant: a day within a stated month and an instant within a stated day agree."""
    first, second = one.value or "", other.value or ""
    if not (_DAY.fullmatch(first) and _DAY.fullmatch(second)):
        return False
    bounds = [fact.precision is Precision.NOT_SOONER_THAN for fact in (one, other)]
    if any(bounds):
        # A bound is contradicted only by an end before it.
        bound, stated = (first, second) if bounds[0] else (second, first)
        return not all(bounds) and stated[:10] < bound[: len(stated[:10])]
    return not (first.startswith(second) or second.startswith(first) or _same_instant(first, second))


def _same_instant(one: str, other: str) -> bool:
    """Whether two times are one, or a day and an instant of that day somewhere on earth (UTC-12 to UTC+14)."""
    try:
        moments = [datetime.fromisoformat(text) for text in (one, other)]
    except ValueError:
        return False
    moments = [moment if moment.tzinfo else moment.replace(tzinfo=UTC) for moment in moments]
    apart = (moments[0] - moments[1]).total_seconds() / 3600
    if ("T" in one) == ("T" in other):
        return "T" in one and apart == 0
    hours = apart if "T" in one else -apart
    return -14 <= hours < 24 + 12


def _licenses_differ(one: Fact, other: Fact) -> bool:
    names = [{name_key(part) for part in (fact.value or "").split(" AND ")} for fact in (one, other)]
    if any(found & _SAYS_NOTHING for found in names) or names[0] <= names[1] or names[1] <= names[0]:
        return False
    return any(all(_STANDARD.match(name) for name in found) for found in names)


def _by_cover(sides: Iterable[Side], now: datetime) -> dict[str, Side]:
    """The statements of one voice that count, by what they cover."""
    found: dict[str, Side] = {}
    for side in sides:
        cover = side.fact.qualifier.removeprefix("badge").lstrip(".")
        if _counts(side.fact, now):
            found.setdefault(cover, side)
    return found
