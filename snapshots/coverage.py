"""What the service looked at: the proof behind a silence, and what a first reading found."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import distinct, func, select
from sqlalchemy.orm import Session

from snapshots.history import Deadline, deadlines
from snapshots.outcome import Outcome
from snapshots.tables import CURRENT_FACT, CheckRow, FactRow, SourceRow

_UNCHANGED = (Outcome.SAME_TEXT, Outcome.SAME_BYTES, Outcome.NOT_MODIFIED)
_NEW = (Outcome.BASELINE, Outcome.NEW_VERSION)


@dataclass(frozen=True, slots=True)
class Coverage:
    """What the checks of a while came to; `attention` names the sources that give no answer to believe."""

    checks: int
    sources: int
    unchanged: int
    new_versions: int
    untrusted: int
    attention: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class FirstReading:
    """What is known once the sources were read. `unread` names those without an answer yet, `ends` is soonest first."""

    sources: int
    facts: int
    subjects: int
    unread: tuple[str, ...]
    ends: tuple[Deadline, ...]


@dataclass(frozen=True, slots=True)
class Pace:
    """Whether checks come when they are due. `overdue_since` is when the longest overdue one was due."""

    last_finished: datetime | None
    overdue_since: datetime | None


def pace(session: Session, now: datetime) -> Pace:
    """How checks keep up at an instant."""
    active = SourceRow.state == "active"
    return Pace(
        last_finished=session.scalar(select(func.max(SourceRow.last_checked_at)).where(active)),
        overdue_since=session.scalar(
            select(func.min(SourceRow.next_check_at)).where(active, SourceRow.next_check_at < now)
        ),
    )


def coverage(session: Session, *, since: datetime, until: datetime) -> Coverage:
    """Count the checks that finished after `since` and not after `until`."""
    within = (CheckRow.finished_at > since, CheckRow.finished_at <= until)
    counted = select(CheckRow.outcome, func.count()).where(*within).group_by(CheckRow.outcome)
    by_outcome: dict[str, int] = dict(session.execute(counted).all())
    checks = sum(by_outcome.values())
    unchanged = sum(by_outcome.get(outcome, 0) for outcome in _UNCHANGED)
    new = sum(by_outcome.get(outcome, 0) for outcome in _NEW)
    failing = select(SourceRow.id).where(SourceRow.state == "active", SourceRow.failing_since.is_not(None))
    return Coverage(
        checks=checks,
        sources=session.scalar(select(func.count(distinct(CheckRow.source_id))).where(*within)) or 0,
        unchanged=unchanged,
        new_versions=new,
        untrusted=checks - unchanged - new,
        attention=tuple(session.scalars(failing.order_by(SourceRow.id))),
    )


def first_reading(session: Session, *, now: datetime) -> FirstReading:
    """What is known now, and what of it ends later."""
    active = session.scalars(select(SourceRow).where(SourceRow.state == "active").order_by(SourceRow.id)).all()
    return FirstReading(
        sources=sum(1 for source in active if source.last_ok_at is not None),
        facts=session.scalar(select(func.count()).select_from(FactRow).where(CURRENT_FACT)) or 0,
        subjects=session.scalar(select(func.count(distinct(FactRow.subject_key))).where(CURRENT_FACT)) or 0,
        unread=tuple(source.id for source in active if source.last_ok_at is None),
        ends=_ahead(deadlines(session, now), now),
    )


def all_looked_at(session: Session) -> bool:
    """Whether each active source was checked at least once, with whatever outcome."""
    unseen = select(SourceRow.id).where(SourceRow.state == "active", SourceRow.last_checked_at.is_(None))
    return session.scalars(unseen.limit(1)).first() is None


def _ahead(ends: Sequence[Deadline], now: datetime) -> tuple[Deadline, ...]:
    return tuple(end for end in ends if end.ends is not None and end.ends > now)
