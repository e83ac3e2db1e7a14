"""What ends when, and whether it moved: the agenda, and the ends of one name."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from snapshots.changes.model import Level
from snapshots.claimed import Claimed
from snapshots.corrections import Correction
from snapshots.facts import Precision, name_key
from snapshots.history import END, Deadline, deadlines, end_instant, ends_of
from snapshots.tables import FactRow
from snapshots.web.times import Times
from snapshots.wording import moments

NEAR = timedelta(days=30)
AHEAD = timedelta(days=90)
_CHUNK = 400


@dataclass(frozen=True, slots=True)
class End:
    """One end of service: when, how exactly it was said, and what was said before.

    `at` is the provider's time as stated, `gone` the instant from which the thing no longer works. `moved` tells in
    words whether the date moved, `replacements` what is recommended instead.
    """

    subjects: tuple[str, ...]
    at: datetime
    gone: datetime
    precision: Precision
    stated: str
    level: Level
    moved: str
    replacements: tuple[str, ...]
    source: str
    snapshot: str
    quote: str
    past: bool
    left: str
    by_hand: str | None


def agenda(session: Session, times: Times) -> tuple[list[End], list[Deadline]]:
    """Every end with a date, soonest first, names that end together joined; and those of which only words are known."""
    found = deadlines(session, times.now)
    dated = [one for one in found if one.ends is not None]
    history = _history(session, [name_key(one.subject) for one in dated])
    joined: dict[tuple[datetime, str, str, str], list[Deadline]] = defaultdict(list)
    for one in dated:
        assert one.ends is not None
        joined[one.ends, one.stated, one.source, _moves(history[name_key(one.subject)], one.stated)].append(one)
    ends = [_end(group, moved, history, times) for (_, _, _, moved), group in joined.items()]
    return sorted(ends, key=lambda end: (end.gone, end.subjects)), [one for one in found if one.ends is None]


def ends_about(
    session: Session, claims: Sequence[Claimed], corrections: Iterable[Correction], times: Times
) -> list[End]:
    """The end of one name, if one is known."""
    end = ends_of(claims, times.now, corrections)
    gone = end_instant(end.value, end.precision) if end is not None and end.value else None
    if end is None or gone is None:
        return []
    one = Deadline(end.subject, gone, end.value or "", end.precision, end.source, end.snapshot, end.quote, end.by_hand)
    history = _history(session, [name_key(end.subject)])
    return [_end([one], _moves(history[name_key(end.subject)], one.stated), history, times)]


@dataclass(frozen=True, slots=True)
class _Said:
    """What a source stated about an end, or in place of what, in the order it was seen."""

    predicate: str
    value: str
    seen: datetime
    source: str


def _history(session: Session, keys: Sequence[str]) -> dict[str, list[_Said]]:
    found: dict[str, list[_Said]] = defaultdict(list)
    for start in range(0, len(keys), _CHUNK):
        query = (
            select(FactRow.subject_key, FactRow.predicate, FactRow.value, FactRow.observed_from, FactRow.source_id)
            .where(
                FactRow.subject_key.in_(keys[start : start + _CHUNK]),
                FactRow.predicate.in_((END, "lifecycle.replacement")),
                FactRow.value.is_not(None),
                FactRow.superseded_at.is_(None),
            )
            .order_by(FactRow.observed_from, FactRow.id)
        )
        for key, predicate, value, seen, source in session.execute(query):
            found[key].append(_Said(predicate, value or "", seen, source))
    return found


def _moves(said: Sequence[_Said], stated: str) -> str:
    """`Moved later by 121 days: was 17 Jun 2026, seen 7 May 2026.`, or that it did not move."""
    days: list[tuple[str, datetime]] = []
    for one in said:
        known = moments.parse(one.value)
        if one.predicate == END and known and (not days or days[-1][0] != one.value[:10]):
            days.append((one.value[:10], one.seen))
    dates = [day for day, _ in days]
    if len(set(dates)) < 2 or stated[:10] not in dates:
        return "The date has not moved."
    before = next(
        (day for day in reversed(dates[: len(dates) - dates[::-1].index(stated[:10])]) if day != stated[:10]), ""
    )
    was, now = moments.parse(before), moments.parse(stated[:10])
    if not was or not now:
        return "The date has not moved."
    gap = moments.days_between(was[0], now[0])
    seen = next(at for day, at in reversed(days) if day == stated[:10])
    way = "later" if gap > 0 else "earlier"
    return f"Moved {way} by {abs(gap):,} days: was {moments.day(was[0])}, seen {moments.day(seen)}."


def _end(group: Sequence[Deadline], moved: str, history: dict[str, list[_Said]], times: Times) -> End:
    first = group[0]
    assert first.ends is not None
    known = moments.parse(first.stated)
    at, precision = known or (first.ends, first.precision)
    if first.precision is Precision.NOT_SOONER_THAN:
        precision = first.precision
    said = [one for deadline in group for one in history[name_key(deadline.subject)]]
    instead = dict.fromkeys(one.value for one in said if one.predicate == "lifecycle.replacement")
    past = first.ends <= times.now
    return End(
        subjects=tuple(sorted({one.subject for one in group})),
        at=at,
        gone=first.ends,
        precision=precision,
        stated=times.stated(at, precision),
        level=_level(first.ends - times.now, moved),
        moved=moved,
        replacements=tuple(instead)[:4],
        source=first.source,
        snapshot=first.snapshot,
        quote=first.quote,
        past=past,
        left=moments.relative(at, precision, times.now).removeprefix("in "),
        by_hand=first.by_hand,
    )


def _level(left: timedelta, moved: str) -> Level:
    """How near it is; one that moved earlier is a step louder, one that is past is quiet."""
    if left <= timedelta():
        return Level.INFO
    if left <= NEAR:
        return Level.CRITICAL
    return Level.WARNING if left <= AHEAD or moved.startswith("Moved earlier") else Level.INFO
