"""A change as its page shows it: the sentence, the times, the facts old and new, the words that prove them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal, InvalidOperation

from snapshots.changes.catalogue import kind_of
from snapshots.changes.model import Area, Aspect, Level
from snapshots.facts import Precision
from snapshots.journal import Entry
from snapshots.web.times import Times, span
from snapshots.wording import moments, words
from snapshots.wording.cases import Case, Fold, cases, value_lines
from snapshots.wording.escape import plain
from snapshots.wording.spans import Line, code, line, quotation, text_of
from snapshots.wording.values import band_label, value_of

_MOST_FACTS = 40
_MOST_PROOFS = 6
_MOST_QUOTES = 3
_LATE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Headline:
    """The sentence: what changed, the date that matters, how far that is; and what it means for the reader."""

    claim: Line
    date: str
    bracket: str
    lead: str
    level: Level
    kind: str


@dataclass(frozen=True, slots=True)
class Moment:
    """One cell of the times strip."""

    label: str
    value: str
    note: str
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Amount:
    """One value with its band."""

    text: str
    band: str


@dataclass(frozen=True, slots=True)
class FactRow:
    """One attribute: its values before and now, each with its band, and by how much they differ."""

    attribute: str
    before: tuple[Amount, ...]
    after: tuple[Amount, ...]
    difference: str


@dataclass(frozen=True, slots=True)
class Quote:
    """A passage of a source with the headings above it. `words` are the decisive ones in it."""

    heading: tuple[str, ...]
    text: str
    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Proof:
    """What one version of a source says; `left_out` counts the passages that are not shown."""

    source_id: str
    title: str
    version: int
    digest: str
    quotes: tuple[Quote, ...]
    left_out: int


def headline(entries: Sequence[Entry], now: datetime) -> Headline:
    """The headline of an event."""
    case = cases(entries)[0]
    said = words.headline(case.leading, case.end, now)
    lead = [text_of(words.lead(case.leading, now)), words.deadline(case.leading, case.end, now)]
    return Headline(
        claim=said.claim,
        date=said.date,
        bracket=said.bracket,
        lead=" ".join(filter(None, lead)),
        level=case.level,
        kind=case.entry.change.kind,
    )


def times_strip(entries: Sequence[Entry], times: Times) -> list[Moment]:
    """Announced, in effect, seen, confidence: always these, always in this order."""
    entry = cases(entries)[0].entry
    first = min(each.detected_at for each in entries)
    return [
        _announced(entries, times),
        _effective(entry, first, times),
        _seen(entry, first, times),
        _confidence(entries),
    ]


def _announced(entries: Sequence[Entry], times: Times) -> Moment:
    """The day of a dated entry that says it; a page that merely says so announces nothing."""
    for entry in entries:
        change = entry.change
        evidence = change.evidence
        dated = next((at for part in reversed(evidence.heading) if (at := _date_in(part))), None) if evidence else None
        if dated is not None:
            where = plain(entry.source_title) or entry.source_id
            return Moment("Announced", times.stated(dated, Precision.DAY), f"date only, {where}")
    return Moment("Announced", "not stated", "the page gives no date")


def _date_in(heading: str) -> datetime | None:
    for word in plain(heading).replace("/", "-").split():
        known = moments.parse(word.strip(":,.()"))
        if known and known[1] is Precision.DAY:
            return known[0]
    return None


def _effective(entry: Entry, first: datetime, times: Times) -> Moment:
    change = entry.change
    end = words.end_of(change)
    if end is not None:
        ahead = moments.is_ahead(end.at, end.precision, times.now)
        note = moments.precision_note(end.precision) or "stated by the provider"
        label = "Stops working" if ahead else "Stopped working"
        return Moment(label, times.stated(end.at, end.precision), f"{note}, {end.relative(times.now)}", end.at)
    if change.effective_at is None:
        return Moment("In effect since", "not stated", f"at the latest {times.day(first)}, when it was seen")
    label = "In effect from" if words.is_coming(change, times.now) else "In effect since"
    note = moments.precision_note(change.effective_precision) or "stated by the provider"
    shown = times.stated(change.effective_at, change.effective_precision)
    return Moment(label, shown, note, change.effective_at)


def _seen(entry: Entry, first: datetime, times: Times) -> Moment:
    change = entry.change
    note = ""
    if change.effective_at is not None and words.end_of(change) is None:
        gap = first - change.effective_at
        exact = change.effective_precision is Precision.INSTANT
        if abs(gap) >= (_LATE if exact else timedelta(days=1)):
            note = f"{span(abs(gap))} {'after it took effect' if gap > timedelta() else 'before it takes effect'}"
        else:
            note = "as it took effect" if exact else "on the day it took effect"
    return Moment("Seen by headwater", times.moment(first), note or times.ago(first), first)


def _confidence(entries: Sequence[Entry]) -> Moment:
    sure = max(entry.change.confidence for entry in entries)
    sources = sorted({plain(entry.source_title) or entry.source_id for entry in entries})
    agree = f"{_number(len(sources))} sources agree" if len(sources) > 1 else "one source"
    why = "read from prose" if sure < words.UNSURE else ", ".join(sources[:2])
    more = f" and {len(sources) - 2} more" if len(sources) > 2 and sure >= words.UNSURE else ""
    return Moment("Confidence", f"{sure:.2f}, {agree}", f"{why}{more}")


def facts_table(entries: Sequence[Entry]) -> list[FactRow]:
    """What changed, one row an attribute; the bands of a price stand together."""
    found = cases(entries)[0]
    return [_fact_row(fold) for fold in found.folds[:_MOST_FACTS]]


def facts_unit(entries: Sequence[Entry]) -> str:
    """`Price, USD per 1M tokens` where all rows are of one unit; else `Fact`."""
    change = cases(entries)[0].entry.change
    if kind_of(change.kind).area is not Area.PRICE:
        return "Fact"
    detail = {**change.before_detail, **change.after_detail}
    currency, unit = plain(detail.get("currency", "")), plain(detail.get("unit", "")) or "1M tokens"
    return f"Price, {currency} per {unit}" if currency else "Price"


def _fact_row(fold: Fold) -> FactRow:
    change = fold[0].change
    name = "means" if change.attribute == "target" else words.what(change)
    label = f"{name[:1].upper()}{name[1:]}"
    scope = words.scope(change)
    if kind_of(change.kind).area is Area.PRICE:
        before = _amounts(fold, before=True)
        after = _amounts(fold, before=False)
        return FactRow(label, before, after, _factor(fold))
    if moments.parse(change.after) or moments.parse(change.before):
        was, now = moments.said(change.before), moments.said(change.after)
        return FactRow(label, _one(was), _one(now), _days(change.before, change.after))
    before_line, after_line = value_lines(fold)
    label = f"{label}, {scope}" if scope else label
    if not before_line and not after_line and kind_of(change.kind).aspect is Aspect.EXISTENCE:
        gone = change.kind.endswith("-removed")
        return FactRow(label, _one("yes") if gone else (), () if gone else _one("yes"), "")
    return FactRow(label, _noted(before_line), _noted(after_line), "")


def _one(text: str) -> tuple[Amount, ...]:
    return (Amount(text, ""),) if text else ()


def _noted(told: Line) -> tuple[Amount, ...]:
    return (Amount(told[0].text, told[1].text if len(told) > 1 else ""),) if told else ()


def _amounts(fold: Fold, *, before: bool) -> tuple[Amount, ...]:
    found = []
    for entry in fold:
        change = entry.change
        value = change.before if before else change.after
        detail: Mapping[str, str] = change.before_detail if before else change.after_detail
        text = value_of("price", change.attribute, value, detail)
        if text:
            found.append(Amount(text, band_label(change.qualifier)))
    if before and len({amount.text for amount in found}) == 1:
        return (Amount(found[0].text, ""),)
    return tuple(dict.fromkeys(found))


def _factor(fold: Fold) -> str:
    """`2.3 to 4.6 ×`: the new amounts as multiples of the old ones."""
    factors = []
    for entry in fold:
        try:
            before, after = Decimal(entry.change.before or ""), Decimal(entry.change.after or "")
            factors.append(after / before)
        except (InvalidOperation, ZeroDivisionError):
            continue
    if not factors:
        return ""
    least, most = (f"{factor:.1f}" if factor < 10 else f"{factor:.0f}" for factor in (min(factors), max(factors)))
    return f"{least} ×" if least == most else f"{least} to {most} ×"


def _days(before: str | None, after: str | None) -> str:
    was, now = moments.parse(before), moments.parse(after)
    if not was or not now:
        return ""
    days = moments.days_between(was[0], now[0])
    return f"{abs(days):,} days {'later' if days > 0 else 'earlier'}" if days else "same day"


def proofs(entries: Sequence[Entry], digests: Mapping[tuple[str, int], tuple[str, datetime]]) -> list[Proof]:
    """What each source says, the leading source first. What is gone is quoted from the version that had it."""
    leading = cases(entries)[0].entry.source_id
    grouped: dict[tuple[str, int], list[Entry]] = {}
    for entry in sorted(entries, key=lambda each: (each.source_id != leading, each.source_id, each.id)):
        evidence = entry.change.evidence
        if evidence is not None and evidence.quote:
            version = entry.from_version if entry.change.after is None else entry.to_version
            grouped.setdefault((entry.source_id, version), []).append(entry)
    return [_proof(group, version, digests) for (_, version), group in grouped.items()][:_MOST_PROOFS]


def _proof(group: Sequence[Entry], version: int, digests: Mapping[tuple[str, int], tuple[str, datetime]]) -> Proof:
    entry = group[0]
    digest, _ = digests.get((entry.source_id, version), ("", None))
    passages: dict[str, list[Entry]] = {}
    for each in sorted(group, key=_loudest_price_first):
        assert each.change.evidence is not None
        passages.setdefault(plain(each.change.evidence.quote), []).append(each)
    quotes = [_quote(same) for same in passages.values()]
    return Proof(
        source_id=entry.source_id,
        title=plain(entry.source_title) or entry.source_id,
        version=version,
        digest=" ".join(digest[i : i + 4] for i in range(0, 12, 4)),
        quotes=tuple(quotes[:_MOST_QUOTES]),
        left_out=max(0, len(quotes) - _MOST_QUOTES),
    )


def _loudest_price_first(entry: Entry) -> tuple[bool, int]:
    return (entry.change.attribute != "output_price", entry.id)


def _quote(same: Sequence[Entry]) -> Quote:
    evidence = same[0].change.evidence
    assert evidence is not None
    decisive = dict.fromkeys(word for entry in same for word in _decisive(entry))
    return Quote(evidence.heading[-3:], quotation(evidence.quote), tuple(decisive))


def _decisive(entry: Entry) -> list[str]:
    """What to look for in a quotation: the new value as stored, as people write it, and as the page may write it."""
    change = entry.change
    value = change.after if change.after is not None else change.before
    if value is None or value in ("true", "false"):
        return []
    shown = value_of(kind_of(change.kind).area, change.attribute, value, change.after_detail)
    raw = change.after_detail.get("raw", "")
    found = [shown, raw, value if len(value) > 2 else ""]
    if known := moments.parse(value):
        at = known[0]
        found += [f"{at:%Y-%m-%d}", f"{at:%Y/%m/%d}", f"{at:%B} {at.day}, {at.year}", moments.day(at)]
    return [plain(word).strip("`") for word in found if word]


def decisive_words(entries: Sequence[Entry]) -> tuple[str, ...]:
    """The words to mark in the stored page."""
    return tuple(dict.fromkeys(word for entry in entries for word in _decisive(entry)))


def subject_names(entries: Sequence[Entry]) -> tuple[str, ...]:
    """The names an event concerns, as pages write them."""
    return tuple(dict.fromkeys(plain(entry.change.subject) for entry in entries if entry.change.subject != "*"))


def name_of(entries: Sequence[Entry]) -> Line:
    """The name an event concerns as a run."""
    names = subject_names(entries)
    return line(code(names[0])) if names else line(words.name_of(entries[0]))


def leading_case(entries: Sequence[Entry]) -> Case:
    """The case that tells an event."""
    return cases(entries)[0]


_SMALL = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")


def _number(count: int) -> str:
    return _SMALL[count] if count < len(_SMALL) else f"{count:,}"
