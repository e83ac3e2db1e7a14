"""One event as a row of a list: short title, what became of the values, a few words beside."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from snapshots.changes.catalogue import kind_of
from snapshots.changes.model import Area, Level
from snapshots.facts import Precision
from snapshots.journal import Entry
from snapshots.web.times import Times
from snapshots.wording import words
from snapshots.wording.cases import Case, cases, fact_line
from snapshots.wording.spans import Line

FORGOTTEN = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class EventRow:
    """What the list shows of an event. `dates` says when it holds; `age` is set when it has waited long."""

    public_id: str
    ids: str
    level: Level
    title: Line
    facts: Line
    more: str
    kind: str
    meta: tuple[str, ...]
    dates: str
    entry: Entry
    age: str


def event_row(entries: Sequence[Entry], times: Times, *, snoozes: int = 0) -> EventRow:
    """The row of an event's changes, which concern one name."""
    case = cases(entries)[0]
    entry = case.entry
    waits = times.now - min(each.detected_at for each in entries)
    return EventRow(
        public_id=entry.public_id,
        ids=",".join(each.public_id for each in entries),
        level=case.level,
        title=words.short_title(case.leading, times.now),
        facts=fact_line(Case((case.leading,))),
        more=_more(case),
        kind=entry.change.kind,
        meta=tuple(_meta(entries, entry, snoozes)),
        dates=in_effect(entry, times),
        entry=entry,
        age=f"open {waits.days:,} days" if waits > FORGOTTEN else "",
    )


def in_effect(entry: Entry, times: Times) -> str:
    """`in effect since 13 Aug`, `in effect from 16 Aug` or that nobody said."""
    change = entry.change
    end = words.end_of(change)
    if end is not None:
        return end.sentence(times.now).replace(f" {times.now.year}", "")
    if change.effective_at is None:
        return "effective date not stated"
    preposition = "from" if words.is_coming(change, times.now) else "since"
    # A list has no room for hours.
    exact = change.effective_precision is Precision.INSTANT
    at = times.stated(change.effective_at, Precision.DAY if exact else change.effective_precision, whole=False)
    return f"in effect {preposition} {at}"


def _more(case: Case) -> str:
    left = len(case.folds) - 1
    if not left:
        return ""
    noun = "price" if kind_of(case.entry.change.kind).area is Area.PRICE else "value"
    return f"and {left} more {noun}{'' if left == 1 else 's'}"


def _meta(entries: Sequence[Entry], entry: Entry, snoozes: int) -> list[str]:
    sources = len({each.source_id for each in entries})
    told = [f"{sources} source{'' if sources == 1 else 's'}"]
    if entry.change.kind == "alias-retargeted":
        told.append("the name in your code did not change")
    if entry.change.confidence < words.UNSURE:
        told.append(f"read from prose, confidence {entry.change.confidence:.2f}")
    if snoozes:
        told.append("snoozed once" if snoozes == 1 else f"snoozed {snoozes} times")
    if entry.origin == "reextract":
        told.append("found by a better reading, never sent")
    return told
