"""What people did with deadlines, how they moved, and what was reminded of when."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from snapshots.deadlines import PENDING, SENT, DeadlineSeen, seen
from snapshots.facts import name_key
from snapshots.tables import DeadlineRow, ReminderRow


@dataclass(frozen=True, slots=True)
class Reminder:
    """A reminder so many days before the end; `at` is when it was sent or is due."""

    days: int
    at: datetime


@dataclass(frozen=True, slots=True)
class Kept:
    """A deadline's row: `id` names it in forms, `following` is the next reminder, `None` when none is to come."""

    id: int
    seen: DeadlineSeen
    sent: tuple[Reminder, ...]
    following: Reminder | None


def kept(session: Session, subjects: Sequence[str] | None = None) -> Mapping[str, Kept]:
    """What is kept of each deadline, or of those with these names, by folded name."""
    rows = select(DeadlineRow.id, DeadlineRow.subject_key)
    if subjects is not None:
        rows = rows.where(DeadlineRow.subject_key.in_([name_key(name) for name in subjects]))
    ids = {key: row for row, key in session.execute(rows)}
    reminders: dict[int, list[ReminderRow]] = defaultdict(list)
    query = select(ReminderRow).where(ReminderRow.state.in_((SENT, PENDING))).order_by(ReminderRow.due_at)
    for reminder in session.scalars(query):
        reminders[reminder.deadline_id].append(reminder)
    return {key: _kept(ids[key], one, reminders[ids[key]]) for key, one in seen(session).items() if key in ids}


def _kept(row: int, one: DeadlineSeen, reminders: Sequence[ReminderRow]) -> Kept:
    sent = tuple(Reminder(each.days, each.settled_at or each.due_at) for each in reminders if each.state == SENT)
    due = [Reminder(each.days, each.due_at) for each in reminders if each.state == PENDING]
    return Kept(row, one, sent, due[0] if due and one.acknowledged_at is None else None)
