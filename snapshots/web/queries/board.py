"""The events of the lists, kept between requests: read as a whole when upstream news came, in part after a decision.

What is kept is told out of date by the newest ids of three tables, asked for with every request: a check that found
something adds a row to the outbox, a decision one to the acknowledgements. A snooze that runs out does so at an
instant that is known beforehand.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from snapshots.review import ReviewState
from snapshots.tables import AcknowledgementRow, ChangeRow, OutboxEventRow
from snapshots.web.queries.events import LEVELS, Cell, EventKey, Wanted, events

# A decision about more names than this is cheaper to follow by reading everything.
_MOST_TOUCHED = 200


class Summary(NamedTuple):
    """One event: what orders and counts it. `corr` joins undated changes; `newest` is the id of
    its newest change, `seen` when that was seen, in seconds since 1970.
    """

    key: EventKey
    corr: str
    rank: int
    seen: float
    newest: int
    provider: str


@dataclass(frozen=True, slots=True)
class _Token:
    changes: int
    outbox: int
    decisions: int


@dataclass(frozen=True, slots=True)
class Listed:
    """The events in one review state, loudest first, then newest; and how many there are of each sort."""

    events: tuple[Summary, ...]
    cells: tuple[Cell, ...]

    @property
    def total(self) -> int:
        """How many events there are."""
        return len(self.events)


@dataclass(frozen=True, slots=True)
class _Kept:
    token: _Token
    read_at: datetime
    until: datetime | None
    listed: Listed


class Board:
    """Gives the events in a review state; safe to share between threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._kept: dict[tuple[ReviewState, ...], _Kept] = {}

    def read(self, session: Session, now: datetime, states: tuple[ReviewState, ...] = (ReviewState.OPEN,)) -> Listed:
        """The events in these states at `now`."""
        wanted = Wanted(now, states)
        token = _token(session)
        with self._lock:
            kept = self._kept.get(states)
        if kept is not None and kept.token == token and _is_fresh(kept, now):
            return kept.listed
        touched = _touched(session, kept, token) if kept is not None and _is_fresh(kept, now) else None
        if kept is None or touched is None:
            listed = list_of(read_events(session, wanted))
        else:
            rest = [event for event in kept.listed.events if event.key[0] not in touched]
            listed = list_of([*rest, *read_events(session, replace(wanted, subject_keys=tuple(touched)))])
        with self._lock:
            self._kept[states] = _Kept(token, now, _next_end(session, now), listed)
        return listed


def read_events(session: Session, wanted: Wanted) -> Iterable[Summary]:
    """The events that are asked for, in no order."""
    if wanted.subject_keys == ():
        return []
    found = events(wanted).c
    query = select(
        found.subject_key,
        found.kind,
        found.effective_at,
        found.corr,
        found.rank,
        found.seen,
        found.newest,
        found.provider,
    )
    return [
        Summary((row.subject_key, row.kind, row.effective_at), row.corr, row.rank, row.seen.timestamp(), *row[6:])
        for row in session.execute(query)
    ]


def list_of(found: Iterable[Summary]) -> Listed:
    """Events in order, and counted."""
    ordered = tuple(sorted(found, key=lambda event: (event.rank, -event.seen, -event.newest)))
    counted = Counter((event.rank, event.key[1], event.provider) for event in ordered)
    cells = tuple(Cell(LEVELS[rank], kind, provider, count) for (rank, kind, provider), count in counted.items())
    return Listed(ordered, cells)


def _is_fresh(kept: _Kept, now: datetime) -> bool:
    """Whether no snooze ran out since; a clock that was set back makes nothing fresh."""
    return kept.read_at <= now and (kept.until is None or now < kept.until)


def _token(session: Session) -> _Token:
    newest = select(
        select(func.max(ChangeRow.id)).scalar_subquery(),
        select(func.max(OutboxEventRow.id)).scalar_subquery(),
        select(func.max(AcknowledgementRow.id)).scalar_subquery(),
    )
    changes, outbox, decisions = session.execute(newest).one()
    return _Token(changes or 0, outbox or 0, decisions or 0)


def _touched(session: Session, kept: _Kept, token: _Token) -> Collection[str] | None:
    """The names that were decided about since; `None` when more happened than decisions."""
    if (kept.token.changes, kept.token.outbox) != (token.changes, token.outbox):
        return None
    query = (
        select(ChangeRow.subject_key)
        .join(AcknowledgementRow, AcknowledgementRow.change_id == ChangeRow.id)
        .where(AcknowledgementRow.id > kept.token.decisions)
        .distinct()
        .limit(_MOST_TOUCHED + 1)
    )
    found = set(session.scalars(query))
    return found if len(found) <= _MOST_TOUCHED else None


def _next_end(session: Session, now: datetime) -> datetime | None:
    query = select(func.min(ChangeRow.snoozed_until)).where(
        ChangeRow.review_state == ReviewState.SNOOZED, ChangeRow.snoozed_until > now
    )
    return session.scalar(query)
