"""From a form to a decision: what was chosen, until when, why, and whether somebody else was faster."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from sqlalchemy.orm import Session

from snapshots import review
from snapshots.review import Action, Decision, ReviewError, ReviewState
from snapshots.tables import ChangeRow, ConflictRow
from snapshots.web.queries import inbox
from snapshots.web.times import Times
from snapshots.web.visit import Visit

MORNING = time(9, 0)
REASONS = {
    "untrue": "Not true on the page",
    "not-ours": "True, but not ours",
    "known": "Already known",
    "other": "Other",
}


class TakenError(Exception):
    """Somebody decided first; nothing was recorded. `kept` is what the slower person wrote."""

    def __init__(self, public_id: str, by: Decision, kept: Mapping[str, str]) -> None:
        """Remember whose decision stands, and what must not be lost."""
        super().__init__(f"{by.actor} was faster")
        self.public_id = public_id
        self.by = by
        self.kept = dict(kept)


@dataclass(frozen=True, slots=True)
class Chosen:
    """What a form asks for. `until` is UTC and set for a snooze only."""

    action: Action
    text: str = ""
    until: datetime | None = None


def read_decision(fields: Mapping[str, str], times: Times) -> Chosen | None:
    """The decision a form states; `None` when a snooze lacks its end or a dismissal its reason, to be asked for.

    Raises:
        ReviewError: the action is none, or the day is none.
    """
    text = fields.get("text", "").strip()
    match fields.get("action", ""):
        case "acknowledge":
            return Chosen(Action.ACKNOWLEDGE, text)
        case "reopen":
            return Chosen(Action.REOPEN, text)
        case "comment":
            return Chosen(Action.COMMENT, text)
        case "snooze":
            until = _until(fields, times)
            return Chosen(Action.SNOOZE, text, until) if until else None
        case "dismiss":
            reason = REASONS.get(fields.get("reason", ""), "")
            told = text if reason in ("", REASONS["other"]) else f"{reason}. {text}".removesuffix(". ")
            return Chosen(Action.DISMISS, told) if reason else None
    message = "That is no decision. Acknowledge, snooze, dismiss, comment or reopen."
    raise ReviewError(message)


def _until(fields: Mapping[str, str], times: Times) -> datetime | None:
    today = times.now.astimezone(times.zone).date()
    match fields.get("until", ""):
        case "tomorrow":
            return _morning(today + timedelta(days=1), times)
        case "monday":
            return _morning(today + timedelta(days=7 - today.weekday()), times)
        case "week":
            return _morning(today + timedelta(days=7), times)
        case "date":
            try:
                return _morning(date.fromisoformat(fields.get("day", "")), times)
            except (ValueError, OverflowError) as error:
                message = "Name the day until which it can wait, such as 2026-09-01."
                raise ReviewError(message) from error
    return None


def _morning(day: date, times: Times) -> datetime:
    return datetime.combine(day, MORNING, times.zone).astimezone(UTC)


def decide(
    session: Session, row: ChangeRow | ConflictRow, visit: Visit, chosen: Chosen, *, seen: str = ""
) -> review.Decided:
    """Record a decision. `seen` is the state the person saw when deciding; empty when it does not matter.

    Raises:
        TakenError: the state is another one by now, by another person's decision.
        ReviewError: the decision cannot be taken as asked.
    """
    by, now = visit.viewer.reviewer, visit.times.now
    session.refresh(row, with_for_update=True)
    if seen and chosen.action is not Action.COMMENT:
        _require_unchanged(session, row, visit, chosen, seen)
    return record(session, row, by, now, chosen)


def record(
    session: Session, row: ChangeRow | ConflictRow, by: review.Reviewer, now: datetime, chosen: Chosen
) -> review.Decided:
    """Record a decision, whatever was decided before.

    Raises:
        ReviewError: the decision cannot be taken as asked.
    """
    match chosen.action:
        case Action.ACKNOWLEDGE:
            return review.acknowledge(session, row, by, now=now, text=chosen.text)
        case Action.DISMISS:
            return review.dismiss(session, row, by, now=now, reason=chosen.text)
        case Action.SNOOZE:
            if chosen.until is None:
                raise ReviewError("Snoozing needs the instant until which it can wait.")
            return review.snooze(session, row, by, now=now, until=chosen.until, text=chosen.text)
        case Action.REOPEN:
            return review.reopen(session, row, by, now=now, text=chosen.text)
        case _:
            return review.comment(session, row, by, now=now, text=chosen.text)


def _require_unchanged(session: Session, row: ChangeRow | ConflictRow, visit: Visit, chosen: Chosen, seen: str) -> None:
    state = review.state_at(row.review_state, row.snoozed_until, visit.times.now)
    if state == seen:
        return
    decisions = [one for one in review.trail(session, row) if one.action is not Action.COMMENT]
    if not decisions or decisions[-1].actor == visit.viewer.name or state is ReviewState.OPEN:
        return
    raise TakenError(row.public_id, decisions[-1], {"text": chosen.text})


def decide_all(visit: Visit, ids: Sequence[str], chosen: Chosen) -> int:
    """One decision about many changes in one transaction; how many there were."""
    with visit.services.database.writing() as session:
        rows = inbox.rows_of(session, ids)
        for row in rows:
            decide(session, row, visit, chosen)
        return len(rows)
