"""A change as its page shows it: the sentence, and the strip of times."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from snapshots.changes.model import Level
from snapshots.facts import Precision
from snapshots.journal import Entry
from snapshots.web.times import Times, span
from snapshots.wording import moments, words
from snapshots.wording.cases import Case, cases
from snapshots.wording.escape import plain
from snapshots.wording.spans import Line, text_of

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


def subject_names(entries: Sequence[Entry]) -> tuple[str, ...]:
    """The names an event concerns, as pages write them."""
    return tuple(dict.fromkeys(plain(entry.change.subject) for entry in entries if entry.change.subject != "*"))


def leading_case(entries: Sequence[Entry]) -> Case:
    """The case that tells an event."""
    return cases(entries)[0]


_SMALL = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")


def _number(count: int) -> str:
    return _SMALL[count] if count < len(_SMALL) else f"{count:,}"
