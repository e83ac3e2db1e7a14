"""Messages as they would be sent, for looking at."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from alerts.compose import compose_delivery
from alerts.reminders import about_deadline
from alerts.render.message import Digest, Message, compose, compose_digest
from alerts.render.reminder import compose_reminder
from alerts.rules.routes import REMIND_BEFORE
from snapshots import deadlines, sending
from snapshots.changes.model import Level
from snapshots.coverage import coverage
from snapshots.journal import Entry, Filter, list_changes

_A_DAY = timedelta(days=1)
_MOST = 200
_NUMBER = "PREVIEW"


def of_change(entry: Entry, now: datetime) -> Message:
    """A change as a message of its own."""
    return compose([entry], now=now, delivery_id=_NUMBER, incident=_NUMBER)


def of_digest(session: Session, now: datetime) -> Digest:
    """The digest of the quiet changes of the last day."""
    wanted = Filter(levels=(Level.INFO,), since=now - _A_DAY)
    found = list_changes(session, wanted, limit=_MOST)
    counted = coverage(session, since=now - _A_DAY, until=now)
    return compose_digest(found, now=now, delivery_id=_NUMBER, coverage=counted)


def of_deadlines(session: Session, now: datetime) -> Sequence[Message]:
    """A reminder of all ends that the longest one covers and nobody acknowledged; none when there are none."""
    ahead = deadlines.near(session, now, timedelta(days=max(REMIND_BEFORE)))
    about = [about_deadline(session, row) for row in ahead]
    return [compose_reminder(about, now=now, delivery_id=_NUMBER)] if about else []


def of_waiting(session: Session, now: datetime, channel: str) -> Sequence[Message | Digest]:
    """What waits to be sent, the soonest first; of one channel, or of all."""
    waiting = sending.waiting(session, channel=channel, limit=_MOST)
    return [compose_delivery(session, one, now) for one in waiting]
