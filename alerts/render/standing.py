"""How an incident stands after everything that was told of it: what later news end with."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from alerts.render.model import Row
from snapshots.changes.catalogue import kind_of
from snapshots.changes.model import Aspect
from snapshots.facts import name_key
from snapshots.journal import Entry
from snapshots.review import ReviewState
from snapshots.wording import moments, words
from snapshots.wording.cases import Case, Fold, cases, value_lines
from snapshots.wording.escape import plain, shorten_middle
from snapshots.wording.phrases import PHRASES
from snapshots.wording.spans import Line, joined, line

_MOST_NAMES, _MOST_VALUES = 12, 6
_NAME = 40


def standing(entries: Sequence[Entry], now: datetime) -> tuple[Row, ...]:
    """One row a name with what holds of it by now, then where the review stands."""
    found = cases(_latest(entries))
    rows = [Row(_name(case), _values(case, now)) for case in found[:_MOST_NAMES]]
    if (left := len(found) - _MOST_NAMES) > 0:
        rows.append(Row("And", line(f"{left:,} more names")))
    return (*rows, Row("Review", line(_review(entries, now))))


def _latest(entries: Sequence[Entry]) -> list[Entry]:
    """Of each value the change that was seen last."""
    kept: dict[tuple[str, ...], Entry] = {}
    for entry in sorted(entries, key=lambda one: one.id):
        change = entry.change
        about = entry.source_id if change.subject == "*" else ""
        key = name_key(change.subject), change.attribute, change.qualifier, about
        before = kept.get(key)
        if before is not None and words.end_of(before.change) and change.after and not moments.parse(change.after):
            # Words such as "in the future" take no date back.
            continue
        kept[key] = entry
    return list(kept.values())


def _name(case: Case) -> str:
    change = case.entry.change
    return shorten_middle(plain(change.subject if change.subject != "*" else case.entry.source_title), _NAME)


def _values(case: Case, now: datetime) -> Line:
    end = case.end
    if end and not moments.is_ahead(end.at, end.precision, now):
        # What it meant and cost until then is history.
        return line(f"{end.sentence(now)} ({end.relative(now)})")
    told = list(_each(case, now))
    more = len(told) - _MOST_VALUES
    return line(*joined(told[:_MOST_VALUES], "; "), f"; and {more:,} more" if more > 0 else "")


def _each(case: Case, now: datetime) -> Iterator[Line]:
    for fold in case.folds:
        change = fold[0].change
        if end := words.end_of(change):
            if end is case.end or end == case.end:
                yield line(end.sentence(now), f" ({end.relative(now)})")
        else:
            yield _value(fold)


def _value(fold: Fold) -> Line:
    change = fold[0].change
    what = "means" if change.attribute == "target" else words.what(change)
    if known := moments.parse(change.after):
        return line(f"{what} {moments.stated(*known)}")
    before, after = value_lines(fold)
    if not before and not after:
        if kind_of(change.kind).aspect is Aspect.EXISTENCE:
            return line("no longer offered" if change.kind.endswith("-removed") else "offered")
        return line(PHRASES[change.kind].lead)
    return line(f"{what} ", *after) if after else line(f"{what} no longer stated")


def _review(entries: Sequence[Entry], now: datetime) -> str:
    states = [entry.review_at(now) for entry in entries]
    waiting = sum(state is ReviewState.OPEN for state in states)
    if not waiting:
        return "nothing waits for a decision"
    return "waits for a decision" if waiting == len(states) else f"{waiting:,} of {len(states):,} changes wait"
