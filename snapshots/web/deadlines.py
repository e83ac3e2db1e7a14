"""What ends when, who looks after it, and whether it moved: the agenda, and the ends of one name."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from snapshots.changes.model import Level
from snapshots.claimed import Claimed
from snapshots.corrected import Correction
from snapshots.deadlines import CLOSED, Move
from snapshots.facts import Precision, name_key
from snapshots.history import Deadline, deadlines, end_instant, ends_of
from snapshots.tables import FactRow
from snapshots.web.queries.deadline import Kept, Reminder, kept
from snapshots.web.times import Times
from snapshots.wording import moments

NEAR = timedelta(days=30)
AHEAD = timedelta(days=90)
_CHUNK = 400


@dataclass(frozen=True, slots=True)
class Care:
    """What people made of an end: its rows in forms, who looks after it, who acknowledged it when, what was reminded.

    Names that end together share it. `sent` are the reminders that went out, `following` is the one to come.
    """

    ids: tuple[int, ...]
    owner: str
    acknowledged_by: str | None
    acknowledged_at: datetime | None
    sent: tuple[Reminder, ...]
    following: Reminder | None
    closed: bool

    @property
    def reminded(self) -> str:
        """`90 and 30-day reminders sent`; empty when none was."""
        days = list(dict.fromkeys(str(one.days) for one in self.sent))
        if not days:
            return ""
        named = days[0] if len(days) == 1 else f"{', '.join(days[:-1])} and {days[-1]}"
        return f"{named}-day reminder{'' if len(days) == 1 else 's'} sent"


@dataclass(frozen=True, slots=True)
class End:
    """One end of service: when, how exactly it was said, and what was said before.

    `at` is the provider's time as stated, `gone` the instant from which the thing no longer works. `moved` tells in
    words whether the date moved, `moves` every time it did, `replacements` what is recommended instead. `care` is
    `None` as long as the service has not looked at the end.
    """

    subjects: tuple[str, ...]
    at: datetime
    gone: datetime
    precision: Precision
    stated: str
    level: Level
    moved: str
    moves: tuple[str, ...]
    replacements: tuple[str, ...]
    source: str
    snapshot: str
    quote: str
    past: bool
    left: str
    by_hand: str | None
    care: Care | None


def agenda(session: Session, times: Times) -> tuple[list[End], list[Deadline]]:
    """Every end with a date, soonest first, names that end together joined; and those of which only words are known."""
    found = deadlines(session, times.now)
    dated = [one for one in found if one.ends is not None]
    known = kept(session)
    joined: dict[tuple[object, ...], list[Deadline]] = defaultdict(list)
    for one in dated:
        joined[one.ends, one.stated, one.source, _alike(known.get(name_key(one.subject)))].append(one)
    instead = _replacements(session, [name_key(one.subject) for one in dated])
    ends = [_end(group, known, instead, times) for group in joined.values()]
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
    return [_end([one], kept(session, [end.subject]), _replacements(session, [name_key(end.subject)]), times)]


def _alike(one: Kept | None) -> object:
    """What names that end together must share to stand as one."""
    if one is None:
        return None
    moves = tuple((move.was, move.became) for move in one.seen.moves)
    return moves, one.seen.owner, one.seen.acknowledged_by, one.seen.acknowledged_at, one.seen.state


def _replacements(session: Session, keys: Sequence[str]) -> dict[str, list[str]]:
    """What sources recommend in place of each name, in the order it was seen."""
    found: dict[str, list[str]] = defaultdict(list)
    for start in range(0, len(keys), _CHUNK):
        query = (
            select(FactRow.subject_key, FactRow.value)
            .where(
                FactRow.subject_key.in_(keys[start : start + _CHUNK]),
                FactRow.predicate == "lifecycle.replacement",
                FactRow.value.is_not(None),
                FactRow.superseded_at.is_(None),
            )
            .order_by(FactRow.observed_from, FactRow.id)
        )
        for key, value in session.execute(query):
            found[key].append(value or "")
    return found


def _end(
    group: Sequence[Deadline], known: Mapping[str, Kept], instead: Mapping[str, Sequence[str]], times: Times
) -> End:
    first = group[0]
    assert first.ends is not None
    at, precision = moments.parse(first.stated) or (first.ends, first.precision)
    if first.precision is Precision.NOT_SOONER_THAN:
        precision = first.precision
    keys = [name_key(one.subject) for one in group]
    rows = [known[key] for key in keys if key in known]
    moves = rows[0].seen.moves if rows else ()
    return End(
        subjects=tuple(sorted({one.subject for one in group})),
        at=at,
        gone=first.ends,
        precision=precision,
        stated=times.stated(at, precision),
        level=_level(first.ends - times.now, earlier=bool(moves) and moves[-1].earlier),
        moved=_moved(moves) if rows else "",
        moves=tuple(_move(move) for move in moves),
        replacements=tuple(dict.fromkeys(value for key in keys for value in instead.get(key, ())))[:4],
        source=first.source,
        snapshot=first.snapshot,
        quote=first.quote,
        past=first.ends <= times.now,
        left=moments.relative(at, precision, times.now).removeprefix("in "),
        by_hand=first.by_hand,
        care=_care(rows) if rows else None,
    )


def _care(rows: Sequence[Kept]) -> Care:
    first = rows[0]
    return Care(
        ids=tuple(row.id for row in rows),
        owner=first.seen.owner,
        acknowledged_by=first.seen.acknowledged_by,
        acknowledged_at=first.seen.acknowledged_at,
        sent=first.sent,
        following=first.following,
        closed=first.seen.state == CLOSED,
    )


def _moved(moves: Sequence[Move]) -> str:
    """`Moved later by 121 days: was 17 Jun 2026. First move, seen 7 May 2026.`, or that it did not move."""
    if not moves:
        return "The date has not moved."
    last = moves[-1]
    count = "First move," if len(moves) == 1 else f"{len(moves):,} moves, the last"
    return f"{_move(last, whole=False)}. {count} seen {moments.day(last.at)}."


def _move(move: Move, *, whole: bool = True) -> str:
    was, became = moments.parse(move.was), moments.parse(move.became)
    seen = f", seen {moments.day(move.at)}" if whole else ""
    if not was or not became:
        before = moments.day(was[0]) if was else "no date"
        return f"{'Moved earlier' if move.earlier else 'Changed'}: was {before}{seen}"
    days = abs(moments.days_between(was[0], became[0]))
    way = "earlier" if move.earlier else "later"
    return f"Moved {way} by {days:,} day{'' if days == 1 else 's'}: was {moments.day(was[0])}{seen}"


def _level(left: timedelta, *, earlier: bool) -> Level:
    """How near it is; one that moved earlier is a step louder, one that is past is quiet."""
    if left <= timedelta():
        return Level.INFO
    if left <= NEAR:
        return Level.CRITICAL
    return Level.WARNING if left <= AHEAD or earlier else Level.INFO
