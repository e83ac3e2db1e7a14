"""What people decided about changes and conflicts: who, when, through what. Rows are only ever added.

The state of a thing follows from its rows: `standing` folds them, purely. `changes.review_state` and `snoozed_until`
(and the same columns of conflicts) hold that fold, so that lists need not read every decision; they are written in the
transaction that adds the row. A snooze that has run out counts as open again without anybody writing a row, so what is
shown is `state_at` of the columns and the present instant.

A decision that changes nothing adds no row: the same person deciding the same thing again with the same words, or
reopening what is open. `Decided.recorded` says so. Another person's decision of the same kind is news and is kept.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TypeVar

from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.orm import Session

from snapshots.tables import AcknowledgementRow, ChangeRow, ConflictRow

LONGEST_TEXT = 4_000
LONGEST_NAME = 128
LONGEST_WAY = 16
_SHOWN = 10

Reviewed = ChangeRow | ConflictRow
"""What has a review state."""
_Row = TypeVar("_Row", ChangeRow, ConflictRow)


class Action(StrEnum):
    """What a row of `acknowledgements` says was done. The words are stored and public."""

    ACKNOWLEDGE = "acknowledge"
    DISMISS = "dismiss"
    SNOOZE = "snooze"
    REOPEN = "reopen"
    COMMENT = "comment"
    PIN = "pin"
    UNPIN = "unpin"
    CORRECT = "correct"
    WITHDRAW = "withdraw"
    ACCEPT = "accept"
    REFUSE = "refuse"


class ReviewState(StrEnum):
    """Where the review of a change or conflict stands."""

    OPEN = "open"
    ACKNOWLEDGED = "acknowledged"
    DISMISSED = "dismissed"
    SNOOZED = "snoozed"


class ReviewError(Exception):
    """A decision that cannot be taken as asked; the message says what it lacks."""


class UnknownItemError(ReviewError):
    """No change or conflict has this id, or several begin with it; the message says which."""


@dataclass(frozen=True, slots=True)
class Decision:
    """One row of the trail. `until` is the end of a snooze; `text` a reason or comment, empty when none was given."""

    at: datetime
    actor: str
    via: str
    action: Action
    text: str = ""
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Reviewer:
    """Who decides, and through what (`cli`, `web`, `api`)."""

    actor: str
    via: str

    def __post_init__(self) -> None:
        """Refuse names that no row could hold or nobody could read.

        Raises:
            ReviewError: the name or the way is empty, too long, or holds control characters.
        """
        if not self.actor.strip() or len(self.actor) > LONGEST_NAME or not _is_text(self.actor):
            message = f"A decision needs the name of a person, at most {LONGEST_NAME} characters of plain text."
            raise ReviewError(message)
        if not self.via or len(self.via) > LONGEST_WAY:
            message = f"The way a decision came by is a word of at most {LONGEST_WAY} characters, such as cli."
            raise ReviewError(message)

    def says(self, now: datetime, action: Action, text: str = "", until: datetime | None = None) -> Decision:
        """A decision of this person.

        Raises:
            ReviewError: the text is too long, or holds control characters.
        """
        return Decision(now, self.actor, self.via, action, checked_text(text), until)


@dataclass(frozen=True, slots=True)
class Standing:
    """What the columns hold: the state that the decisions came to, and until when it is snoozed."""

    state: ReviewState
    snoozed_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Decided:
    """What came of a decision on one thing. `recorded` is false when it changed nothing and no row was added."""

    public_id: str
    state: ReviewState
    recorded: bool


_BRINGS = {
    Action.ACKNOWLEDGE: ReviewState.ACKNOWLEDGED,
    Action.DISMISS: ReviewState.DISMISSED,
    Action.SNOOZE: ReviewState.SNOOZED,
    Action.REOPEN: ReviewState.OPEN,
}


def standing(entries: Iterable[Decision]) -> Standing:
    """Fold decisions, the oldest first, into what the columns must hold. Pure."""
    last = next((entry for entry in reversed(list(entries)) if entry.action in _BRINGS), None)
    if last is None:
        return Standing(ReviewState.OPEN)
    return Standing(_BRINGS[last.action], last.until if last.action is Action.SNOOZE else None)


def state_at(state: str, snoozed_until: datetime | None, now: datetime) -> ReviewState:
    """The state that a row's columns mean at `now`: a snooze that has run out is open again. Pure."""
    found = ReviewState(state)
    ran_out = found is ReviewState.SNOOZED and (snoozed_until is None or snoozed_until <= now)
    return ReviewState.OPEN if ran_out else found


def review_state(entries: Iterable[Decision], now: datetime) -> ReviewState:
    """The state that decisions, the oldest first, come to at `now`. Pure."""
    found = standing(entries)
    return state_at(found.state, found.snoozed_until, now)


def in_states(row: type[ChangeRow | ConflictRow], states: Iterable[ReviewState], now: datetime) -> ColumnElement[bool]:
    """The condition for rows that are in one of these states at `now`; no state means any."""
    ran_out = and_(row.review_state == ReviewState.SNOOZED, row.snoozed_until <= now)
    conditions: dict[ReviewState, ColumnElement[bool]] = {
        ReviewState.OPEN: or_(row.review_state == ReviewState.OPEN, ran_out),
        ReviewState.SNOOZED: and_(row.review_state == ReviewState.SNOOZED, row.snoozed_until > now),
    }
    return or_(*(conditions.get(state, row.review_state == state) for state in states))


def acknowledge(session: Session, target: Reviewed, by: Reviewer, *, now: datetime, text: str = "") -> Decided:
    """Somebody has seen it and takes note."""
    return _decide(session, target, by.says(now, Action.ACKNOWLEDGE, text))


def dismiss(session: Session, target: Reviewed, by: Reviewer, *, now: datetime, reason: str) -> Decided:
    """It does not matter, or is wrong, and the reason says why.

    Raises:
        ReviewError: there is no reason, or it is no plain text of bearable length.
    """
    if not reason.strip():
        message = "Dismissing needs a reason that can still be read in a year."
        raise ReviewError(message)
    return _decide(session, target, by.says(now, Action.DISMISS, reason))


def snooze(
    session: Session, target: Reviewed, by: Reviewer, *, now: datetime, until: datetime, text: str = ""
) -> Decided:
    """It can wait: open again from `until` on.

    Raises:
        ReviewError: `until` is not in the future.
    """
    if until <= now:
        message = f"{until:%Y-%m-%d %H:%M} UTC has passed. Snooze until an instant in the future."
        raise ReviewError(message)
    return _decide(session, target, by.says(now, Action.SNOOZE, text, until))


def reopen(session: Session, target: Reviewed, by: Reviewer, *, now: datetime, text: str = "") -> Decided:
    """What was decided no longer counts; it is to be looked at again."""
    return _decide(session, target, by.says(now, Action.REOPEN, text))


def comment(session: Session, target: Reviewed, by: Reviewer, *, now: datetime, text: str) -> Decided:
    """Somebody says something about it; its state stays.

    Raises:
        ReviewError: there are no words, or they are no plain text of bearable length.
    """
    if not text.strip():
        message = "A comment needs words."
        raise ReviewError(message)
    return _decide(session, target, by.says(now, Action.COMMENT, text))


def trail(session: Session, target: Reviewed) -> Sequence[Decision]:
    """Every decision and comment about a change or conflict, the oldest first."""
    query = select(AcknowledgementRow).where(_concerns(target)).order_by(AcknowledgementRow.id)
    return [_decision(row) for row in session.scalars(query)]


def find_change(session: Session, beginning: str) -> ChangeRow:
    """The one change whose public id begins so.

    Raises:
        UnknownItemError: there is none, or more than one.
    """
    return _only(session, ChangeRow, beginning, "change", "headwater changes list")


def find_conflict(session: Session, beginning: str) -> ConflictRow:
    """The one conflict whose public id begins so.

    Raises:
        UnknownItemError: there is none, or more than one.
    """
    return _only(session, ConflictRow, beginning, "conflict", "headwater conflicts --all")


def row_of(decision: Decision, **concerns: int | str | None) -> AcknowledgementRow:
    """A row to add for a decision; `concerns` names what it is about by the columns of the table."""
    return AcknowledgementRow(
        at=decision.at,
        actor=decision.actor,
        via=decision.via,
        action=decision.action,
        text=decision.text,
        until=decision.until,
        **concerns,
    )


def checked_text(text: str) -> str:
    """A reason or comment without the space around it.

    Raises:
        ReviewError: it is too long, or holds control characters.
    """
    words = text.strip()
    if len(words) > LONGEST_TEXT:
        message = f"That is {len(words):,} characters; at most {LONGEST_TEXT:,} are kept."
        raise ReviewError(message)
    if not _is_text(words):
        message = "The text holds control characters. Write it in plain text."
        raise ReviewError(message)
    return words


def _decide(session: Session, target: Reviewed, decision: Decision) -> Decided:
    # Two people may decide at once: the row is the lock under which the fold is read and written.
    session.refresh(target, with_for_update=True)
    before = trail(session, target)
    if _changes_nothing(before, decision):
        return Decided(target.public_id, review_state(before, decision.at), recorded=False)
    session.add(row_of(decision, **_columns(target)))
    found = standing([*before, decision])
    target.review_state, target.snoozed_until = found.state, found.snoozed_until
    session.flush()
    return Decided(target.public_id, state_at(found.state, found.snoozed_until, decision.at), recorded=True)


def _changes_nothing(before: Sequence[Decision], decision: Decision) -> bool:
    """Whether a decision repeats what this person said last about it, or reopens what is open."""
    if decision.action is Action.COMMENT:
        return False
    state = review_state(before, decision.at)
    if decision.action is Action.REOPEN:
        return state is ReviewState.OPEN
    if state is not _BRINGS[decision.action]:
        return False
    # Since the last decision of another kind the state is this one; whoever said so already says nothing new.
    for entry in reversed(before):
        if entry.action in _BRINGS and entry.action is not decision.action:
            return False
        if entry.action is decision.action and entry.actor == decision.actor:
            return (entry.text, entry.until) == (decision.text, decision.until) or (
                decision.text == "" and decision.action is Action.ACKNOWLEDGE
            )
    return False


def _only(session: Session, kind: type[_Row], beginning: str, word: str, listing: str) -> _Row:
    wanted = beginning.strip().lower()
    query = select(kind).where(kind.public_id.startswith(wanted, autoescape=True)).order_by(kind.id)
    found = session.scalars(query.limit(_SHOWN)).all() if wanted and wanted.isalnum() else []
    exact = next((row for row in found if row.public_id == wanted), None)
    if exact is not None or len(found) == 1:
        return exact or found[0]
    if not found:
        message = f"There is no {word} {beginning}. `{listing}` names those there are."
    else:
        message = f"{beginning} is the beginning of several: {', '.join(row.public_id for row in found)}."
    raise UnknownItemError(message)


def _concerns(target: Reviewed) -> ColumnElement[bool]:
    if isinstance(target, ChangeRow):
        return AcknowledgementRow.change_id == target.id
    return AcknowledgementRow.conflict_id == target.id


def _columns(target: Reviewed) -> dict[str, int]:
    return {"change_id": target.id} if isinstance(target, ChangeRow) else {"conflict_id": target.id}


def _decision(row: AcknowledgementRow) -> Decision:
    return Decision(row.at, row.actor, row.via, Action(row.action), row.text, row.until)


def _is_text(text: str) -> bool:
    return all(c in "\n\t" or unicodedata.category(c) not in {"Cc", "Cs"} for c in text)
