"""The inbox: a page of events, with every change that belongs to each."""

from __future__ import annotations

import base64
import binascii
import json
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import CTE, ColumnElement, func, select
from sqlalchemy.orm import Session

from snapshots import journal
from snapshots.journal import Entry
from snapshots.tables import AcknowledgementRow, ChangeRow
from snapshots.web.queries import events as read
from snapshots.web.queries.events import BEGINNING, EventKey, Wanted

PAGE = 50
ORDERS = ("level", "newest", "effective", "subject")


@dataclass(frozen=True, slots=True)
class Event:
    """One row of the list: the changes it is made of, and how often it was put off."""

    entries: tuple[Entry, ...]
    snoozes: int

    @property
    def ids(self) -> str:
        """The public ids of its changes, as a form sends them."""
        return ",".join(entry.public_id for entry in self.entries)


@dataclass(frozen=True, slots=True)
class InboxPage:
    """At most `PAGE` events, with cursors to the pages around them; empty where there is none."""

    events: tuple[Event, ...]
    newer: str
    older: str


def page(session: Session, wanted: Wanted, *, order: str = "level", cursor: str = "") -> InboxPage:
    """One page of events. A cursor that is none of ours gives the first page."""
    found = read.events(wanted)
    columns = _order(found, order)
    place = _decode(cursor, order)
    backwards = place is not None and place[0]
    sort = [(column, not descending) for column, descending in columns] if backwards else columns
    query = select(found.c.subject_key, found.c.kind, found.c.effective_at, found.c.corr, *(c for c, _ in columns))
    if place is not None:
        query = query.where(read.after(sort, place[1]))
    query = query.order_by(*(column.desc() if descending else column.asc() for column, descending in sort))
    rows = list(session.execute(query.limit(PAGE + 1)))
    more, rows = len(rows) > PAGE, rows[:PAGE]
    if backwards:
        rows.reverse()
    keys = [((row[0], row[1], row[2]), row[3]) for row in rows]
    before = bool(rows) and (more if backwards else place is not None)
    behind = bool(rows) and (more or backwards)
    return InboxPage(
        events=_events(session, wanted, keys),
        newer=_encode(order, True, list(rows[0][4:])) if before else "",
        older=_encode(order, False, list(rows[-1][4:])) if behind else "",
    )


def _events(session: Session, wanted: Wanted, keys: Sequence[tuple[EventKey, str]]) -> tuple[Event, ...]:
    ids = read.members(session, wanted, {key for key, _ in keys})
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
    for key, shared in keys:
        entries = by_key[key] if key[2] is not None else read.sharing(by_key[key], shared)
        if entries:
            made.append(Event(tuple(entries), max(snoozes.get(entry.id, 0) for entry in entries)))
    return tuple(made)


def _order(found: CTE, order: str) -> list[tuple[ColumnElement[Any], bool]]:
    newest: list[tuple[ColumnElement[Any], bool]] = [(found.c.seen, True), (found.c.newest, True)]
    match order:
        case "newest":
            return newest
        case "effective":
            return [(func.coalesce(found.c.effective_at, BEGINNING), True), (found.c.newest, True)]
        case "subject":
            return [(found.c.subject_key, False), (found.c.newest, True)]
        case _:
            return [(found.c.rank, False), *newest]


def _encode(order: str, backwards: bool, values: list[Any]) -> str:
    told = [value.isoformat() if isinstance(value, datetime) else value for value in values]
    return base64.urlsafe_b64encode(json.dumps([order, backwards, *told]).encode()).decode().rstrip("=")


_KINDS: dict[str, tuple[type, ...]] = {
    "level": (int, datetime, int),
    "newest": (datetime, int),
    "effective": (datetime, int),
    "subject": (str, int),
}


def _decode(cursor: str, order: str) -> tuple[bool, list[Any]] | None:
    try:
        told = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        if told[0] != order or len(told) != 2 + len(_KINDS[order]):
            return None
        values = [_typed(kind, value) for kind, value in zip(_KINDS[order], told[2:], strict=True)]
    except (ValueError, TypeError, KeyError, IndexError, binascii.Error, RecursionError):
        return None
    return bool(told[1]), values


def _typed(kind: type, value: object) -> object:
    if kind is datetime:
        at = datetime.fromisoformat(str(value))
        if at.tzinfo is None:
            raise ValueError(value)
        return at
    if not isinstance(value, kind):
        raise TypeError(value)
    if isinstance(value, int) and abs(value) > 2**53:
        raise ValueError(value)
    return value


@dataclass(frozen=True, slots=True)
class Place:
    """Where an event stands in the list of open ones, counted from 1; 0 when it is not in it. Ids lead to others."""

    number: int
    total: int
    previous: str
    following: str


def place_of(session: Session, wanted: Wanted, entry: Entry) -> Place:
    """The place of a change's event among the events wanted, in the usual order."""
    found = read.events(wanted)
    order = _order(found, "level")
    key = read.of_entry(entry)
    query = select(found.c.newest, *(column for column, _ in order)).where(
        found.c.subject_key == key[0], found.c.kind == key[1]
    )
    query = query.where(found.c.effective_at == key[2] if key[2] is not None else found.c.effective_at.is_(None))
    total = session.scalar(select(func.count()).select_from(found)) or 0
    own = session.execute(query.order_by(func.abs(found.c.newest - entry.id)).limit(1)).first()
    if own is None:
        first = _next_to(session, found, order, None)
        return Place(0, total, "", first)
    values = list(own[1:])
    backwards = [(column, not descending) for column, descending in order]
    before = session.scalar(select(func.count()).select_from(found).where(read.after(backwards, values))) or 0
    return Place(
        before + 1, total, _next_to(session, found, backwards, values), _next_to(session, found, order, values)
    )


def _next_to(
    session: Session, found: CTE, order: list[tuple[ColumnElement[Any], bool]], values: list[Any] | None
) -> str:
    query = select(found.c.newest)
    if values is not None:
        query = query.where(read.after(order, values))
    query = query.order_by(*(column.desc() if descending else column.asc() for column, descending in order))
    newest = session.scalar(query.limit(1))
    return session.scalar(select(ChangeRow.public_id).where(ChangeRow.id == newest)) or "" if newest else ""


def last_decision(session: Session) -> AcknowledgementRow | None:
    """The newest decision about a change: what an empty list tells of."""
    query = select(AcknowledgementRow).where(AcknowledgementRow.change_id.is_not(None))
    return session.scalars(query.order_by(AcknowledgementRow.id.desc()).limit(1)).first()


def public_ids(session: Session, ids: Sequence[str]) -> Sequence[ChangeRow]:
    """The changes with these public ids, for a decision about several at once."""
    return session.scalars(select(ChangeRow).where(ChangeRow.public_id.in_(ids)).order_by(ChangeRow.id)).all()
