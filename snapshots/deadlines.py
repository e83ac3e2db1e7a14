"""Deadlines: each end of service as an object that has an owner, may move, is acknowledged and comes to pass.

What is believed of an end follows from the facts (`snapshots.history.deadlines`); `sync` brings the rows in line.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from snapshots import outbox
from snapshots.facts import Precision, name_key
from snapshots.history import Deadline, deadlines
from snapshots.tables import DeadlineMoveRow, DeadlineRow, ReminderRow

PASSED_TOPIC = "deadline-passed"
OPEN, CLOSED = "open", "closed"
PASSED, WITHDRAWN = "passed", "withdrawn"
PENDING, SENT, DROPPED = "pending", "sent", "dropped"
_SOON = timedelta(days=7)
# A reminder thirty days ahead is read as such: sent a moment later it would say twenty-nine.
_LEAD = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Move:
    """That an end was another one before. `earlier` says that less time is left than was said."""

    at: datetime
    was: str
    became: str
    earlier: bool
    source: str


@dataclass(frozen=True, slots=True)
class DeadlineSeen:
    """What people did with a deadline, and how it moved."""

    subject: str
    state: str
    closed_why: str | None
    owner: str
    acknowledged_by: str | None
    acknowledged_at: datetime | None
    moves: tuple[Move, ...]


class UnknownDeadlineError(Exception):
    """No deadline has this name; the message says so."""


def sync(session: Session, now: datetime, *, remind_before: Collection[int], told_by: Collection[str] = ()) -> None:
    """Bring the deadlines in line with what is believed at `now`, and plan their reminders.

    `told_by` are the sources whose news people learn in this moment by another message. A reminder that would follow
    within a quarter of its time, or a week, of the moment in which the end was told is not planned. An end that nobody
    is told of otherwise is reminded of at once when less time is left than the longest reminder has.
    """
    believed = {name_key(end.subject): end for end in deadlines(session, now)}
    rows = {row.subject_key: row for row in session.scalars(select(DeadlineRow))}
    for key, end in believed.items():
        row = rows.get(key)
        if row is None:
            row = _new(session, end, now)
        elif row.ends == end.ends and (row.state == OPEN or row.closed_why == PASSED):
            if row.stated != end.stated or row.source_id != end.source:
                _take(row, end, now)
            continue
        else:
            _move(session, row, end, now)
        if row.state == OPEN:
            _plan(session, row, now, remind_before, told=end.source in told_by)
    for key, row in rows.items():
        if key not in believed and row.state == OPEN:
            _close(session, row, WITHDRAWN, now)
    close_passed(session, now)


def close_passed(session: Session, now: datetime) -> int:
    """Close the deadlines that have come, for the alerts room to look at; return how many."""
    query = select(DeadlineRow).where(DeadlineRow.state == OPEN, DeadlineRow.ends <= now)
    # A promise not to end something before a day says nothing of the day on which it ends.
    query = query.where(DeadlineRow.precision != Precision.NOT_SOONER_THAN)
    rows = session.scalars(query).all()
    for row in rows:
        _close(session, row, PASSED, now)
        if row.opened_at < now and row.ends is not None:
            # Of what was past when it was first read nobody was told before.
            key = f"{PASSED_TOPIC}:{row.id}:{row.ends.isoformat()}"
            outbox.append_once(session, PASSED_TOPIC, key, {"deadline": row.id}, now)
    return len(rows)


def any_due(session: Session, now: datetime) -> bool:
    """Whether a reminder is due or a deadline has come."""
    reminder = select(ReminderRow.id).where(ReminderRow.state == PENDING, ReminderRow.due_at <= now)
    passed = select(DeadlineRow.id).where(
        DeadlineRow.state == OPEN, DeadlineRow.ends <= now, DeadlineRow.precision != Precision.NOT_SOONER_THAN
    )
    return any(session.scalars(query.limit(1)).first() is not None for query in (reminder, passed))


def due_reminders(session: Session, now: datetime) -> Sequence[tuple[ReminderRow, DeadlineRow]]:
    """The reminders to send now, soonest end first; of a deadline that has several due only the last one.

    The others, and those of deadlines that somebody acknowledged, are dropped.
    """
    query = (
        select(ReminderRow, DeadlineRow)
        .join(DeadlineRow, DeadlineRow.id == ReminderRow.deadline_id)
        .where(ReminderRow.state == PENDING, ReminderRow.due_at <= now)
        .order_by(DeadlineRow.ends, DeadlineRow.id, ReminderRow.days)
    )
    found: dict[int, tuple[ReminderRow, DeadlineRow]] = {}
    for reminder, deadline in session.execute(query):
        wanted = deadline.id not in found and deadline.acknowledged_at is None and deadline.state == OPEN
        reminder.state, reminder.settled_at = (SENT if wanted else DROPPED), now
        if wanted:
            found[deadline.id] = (reminder, deadline)
    return list(found.values())


def near(session: Session, now: datetime, within: timedelta) -> Sequence[DeadlineRow]:
    """The open deadlines ahead within a while that nobody acknowledged, soonest first."""
    query = select(DeadlineRow).where(
        DeadlineRow.state == OPEN,
        DeadlineRow.acknowledged_at.is_(None),
        DeadlineRow.precision != Precision.NOT_SOONER_THAN,
        DeadlineRow.ends > now,
        DeadlineRow.ends <= now + within,
    )
    return session.scalars(query.order_by(DeadlineRow.ends, DeadlineRow.subject_key)).all()


def acknowledge_deadline(session: Session, subject: str, *, by: str, now: datetime) -> DeadlineRow:
    """Note that somebody has taken care; reminders end until the end comes earlier.

    Raises:
        UnknownDeadlineError: no open deadline has this name.
    """
    row = _open(session, subject)
    row.acknowledged_by, row.acknowledged_at, row.updated_at = by, now, now
    return row


def set_owner(session: Session, subject: str, owner: str, now: datetime) -> DeadlineRow:
    """Say who looks after a deadline.

    Raises:
        UnknownDeadlineError: no open deadline has this name.
    """
    row = _open(session, subject)
    row.owner, row.updated_at = owner, now
    return row


def seen(session: Session) -> dict[str, DeadlineSeen]:
    """What is known of each deadline beside its date, by folded name."""
    moves: dict[int, list[Move]] = {}
    for move in session.scalars(select(DeadlineMoveRow).order_by(DeadlineMoveRow.id)):
        earlier = _is_earlier(move.was, move.became)
        made = Move(move.at, move.was_stated, move.became_stated, earlier, move.source_id)
        moves.setdefault(move.deadline_id, []).append(made)
    return {
        row.subject_key: DeadlineSeen(
            subject=row.subject,
            state=row.state,
            closed_why=row.closed_why,
            owner=row.owner,
            acknowledged_by=row.acknowledged_by,
            acknowledged_at=row.acknowledged_at,
            moves=tuple(moves.get(row.id, ())),
        )
        for row in session.scalars(select(DeadlineRow))
    }


def _open(session: Session, subject: str) -> DeadlineRow:
    query = select(DeadlineRow).where(DeadlineRow.subject_key == name_key(subject), DeadlineRow.state == OPEN)
    row = session.scalars(query).first()
    if row is None:
        message = f'No open deadline is named "{subject}". `headwater deadlines` lists those there are.'
        raise UnknownDeadlineError(message)
    return row


def _new(session: Session, end: Deadline, now: datetime) -> DeadlineRow:
    row = DeadlineRow(subject=end.subject, state=OPEN, owner="", opened_at=now, source_id=end.source)
    _take(row, end, now)
    session.add(row)
    session.flush()
    return row


def _take(row: DeadlineRow, end: Deadline, now: datetime) -> None:
    row.ends, row.stated, row.precision = end.ends, end.stated, end.precision
    row.source_id, row.quote, row.updated_at = end.source, end.quote, now


def _move(session: Session, row: DeadlineRow, end: Deadline, now: datetime) -> None:
    if row.ends != end.ends:
        session.add(
            DeadlineMoveRow(
                deadline_id=row.id,
                at=now,
                was=row.ends,
                was_stated=row.stated,
                became=end.ends,
                became_stated=end.stated,
                source_id=end.source,
            )
        )
        if row.state == CLOSED or _is_earlier(row.ends, end.ends):
            # Who has planned for a day has not planned for an earlier one.
            row.acknowledged_by = row.acknowledged_at = None
    row.state, row.closed_why = OPEN, None
    _take(row, end, now)


def _is_earlier(was: datetime | None, became: datetime | None) -> bool:
    return became is not None and (was is None or became < was)


def _close(session: Session, row: DeadlineRow, why: str, now: datetime) -> None:
    row.state, row.closed_why, row.updated_at = CLOSED, why, now
    _drop_pending(session, row, now)


def _drop_pending(session: Session, row: DeadlineRow, now: datetime) -> None:
    pending = update(ReminderRow).where(ReminderRow.deadline_id == row.id, ReminderRow.state == PENDING)
    session.execute(pending.values(state=DROPPED, settled_at=now))


def _plan(session: Session, row: DeadlineRow, now: datetime, before: Collection[int], *, told: bool) -> None:
    _drop_pending(session, row, now)
    if row.ends is None or row.ends <= now or row.precision == Precision.NOT_SOONER_THAN:
        return
    reached = []
    for days in before:
        due = row.ends - timedelta(days=days) - _LEAD
        if due <= now:
            reached.append(days)
        elif not told or due > now + min(timedelta(days=days) / 4, _SOON):
            session.add(ReminderRow(deadline_id=row.id, days=days, due_at=due, state=PENDING))
    if reached and not told:
        session.add(ReminderRow(deadline_id=row.id, days=min(reached), due_at=now, state=PENDING))
    session.flush()
