"""The inbox: a page of events, with every change that belongs to each."""

from __future__ import annotations

import base64
import binascii
import json
from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from snapshots import journal
from snapshots.journal import Entry
from snapshots.tables import AcknowledgementRow, ChangeRow
from snapshots.web.queries import events as read
from snapshots.web.queries.board import Listed, Summary
from snapshots.web.queries.events import EventKey, Wanted

PAGE = 50
_Place = tuple[Any, ...]


def _effective(event: Summary) -> float:
    return event.key[2].timestamp() if event.key[2] is not None else 0.0


ORDERS: dict[str, Callable[[Summary], _Place]] = {
    "level": lambda event: (event.rank, -event.seen, -event.newest),
    "newest": lambda event: (-event.seen, -event.newest),
    "effective": lambda event: (-_effective(event), -event.newest),
    "subject": lambda event: (event.key[0], -event.newest),
}


@dataclass(frozen=True, slots=True)
class Event:
    """One row of the list: the changes it is made of, and how often it was put off."""

    entries: tuple[Entry, ...]
    snoozes: int


@dataclass(frozen=True, slots=True)
class InboxPage:
    """At most `PAGE` events, with cursors to the pages around them; empty where there is none."""

    events: tuple[Event, ...]
    newer: str
    older: str


@dataclass(frozen=True, slots=True)
class Place:
    """Where an event stands in the list of open ones, counted from 1; 0 when it is not in it. Ids lead to others."""

    number: int
    total: int
    previous: str
    following: str


def page(
    session: Session, wanted: Wanted, found: Sequence[Summary], *, order: str = "level", cursor: str = ""
) -> InboxPage:
    """One page of the events `found`, which `wanted` asked for. A cursor that is none of ours gives the first page."""
    place_of_event = ORDERS[order]
    ordered = found if order == "level" else sorted(found, key=place_of_event)
    start, end = _bounds(ordered, place_of_event, _decode(cursor, order))
    shown = ordered[start:end]
    return InboxPage(
        events=_events(session, wanted, shown),
        newer=_encode(order, "<", place_of_event(shown[0])) if shown and start else "",
        older=_encode(order, ">", place_of_event(shown[-1])) if shown and end < len(ordered) else "",
    )


def _bounds(
    ordered: Sequence[Summary], place_of_event: Callable[[Summary], _Place], cursor: tuple[str, _Place] | None
) -> tuple[int, int]:
    if cursor is None:
        return 0, min(PAGE, len(ordered))
    direction, place = cursor
    try:
        if direction == ">":
            start = bisect_right(ordered, place, key=place_of_event)
        else:
            start = max(0, bisect_left(ordered, place, key=place_of_event) - PAGE)
    except TypeError:
        start = 0  # Somebody changed the cursor: numbers stand where names should.
    return start, min(start + PAGE, len(ordered))


def _events(session: Session, wanted: Wanted, shown: Sequence[Summary]) -> tuple[Event, ...]:
    ids = read.members(session, wanted, {event.key for event in shown})
    by_key: dict[EventKey, list[Entry]] = defaultdict(list)
    for entry in journal.entries(session, ids):
        by_key[read.of_entry(entry)].append(entry)
    query = (
        select(AcknowledgementRow.change_id, func.count())
        .where(AcknowledgementRow.change_id.in_(ids), AcknowledgementRow.action == "snooze")
        .group_by(AcknowledgementRow.change_id)
    )
    snoozes: dict[int | None, int] = dict(session.execute(query).all())
    made = []
    for event in shown:
        own = by_key[event.key]
        entries = own if event.key[2] is not None else read.sharing(own, event.corr)
        if entries:
            made.append(Event(tuple(entries), max(snoozes.get(entry.id, 0) for entry in entries)))
    return tuple(made)


def place_of(session: Session, listed: Listed, entry: Entry) -> Place:
    """The place of a change's event among the open ones."""
    key, found = read.of_entry(entry), listed.events
    own = [number for number, event in enumerate(found) if event.key == key]
    if not own:
        return Place(0, len(found), "", _public_id(session, found[0]) if found else "")
    number = min(own, key=lambda place: abs(found[place].newest - entry.id))
    return Place(
        number=number + 1,
        total=len(found),
        previous=_public_id(session, found[number - 1]) if number else "",
        following=_public_id(session, found[number + 1]) if number + 1 < len(found) else "",
    )


def _public_id(session: Session, event: Summary) -> str:
    return session.scalar(select(ChangeRow.public_id).where(ChangeRow.id == event.newest)) or ""


def _encode(order: str, direction: str, place: _Place) -> str:
    return base64.urlsafe_b64encode(json.dumps([order, direction, *place]).encode()).decode().rstrip("=")


def _decode(cursor: str, order: str) -> tuple[str, _Place] | None:
    try:
        told = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except (ValueError, binascii.Error, RecursionError):
        return None
    if not isinstance(told, list) or len(told) < 3 or told[0] != order or told[1] not in ("<", ">"):
        return None
    return told[1], tuple(told[2:])


def last_decision(session: Session) -> AcknowledgementRow | None:
    """The newest decision about a change: what an empty list tells of."""
    query = select(AcknowledgementRow).where(AcknowledgementRow.change_id.is_not(None))
    return session.scalars(query.order_by(AcknowledgementRow.id.desc()).limit(1)).first()


def rows_of(session: Session, ids: Sequence[str]) -> Sequence[ChangeRow]:
    """The changes with these public ids, for a decision about several at once."""
    return session.scalars(select(ChangeRow).where(ChangeRow.public_id.in_(ids)).order_by(ChangeRow.id)).all()
