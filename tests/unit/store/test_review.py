"""What decisions come to, by pure folding."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from snapshots.review import (
    Action,
    Decision,
    Reviewer,
    ReviewError,
    ReviewState,
    Standing,
    checked_text,
    review_state,
    standing,
    state_at,
)

NOW = datetime(2026, 6, 1, tzinfo=UTC)
LATER = NOW + timedelta(days=7)


def said(action: Action, *, until: datetime | None = None) -> Decision:
    return Decision(NOW, "alice", "cli", action, "", until)


def test_nothing_decided_is_open() -> None:
    assert standing([]) == Standing(ReviewState.OPEN)


@pytest.mark.parametrize(
    ("actions", "state"),
    [
        ([Action.ACKNOWLEDGE], ReviewState.ACKNOWLEDGED),
        ([Action.ACKNOWLEDGE, Action.DISMISS], ReviewState.DISMISSED),
        ([Action.DISMISS, Action.REOPEN], ReviewState.OPEN),
        ([Action.DISMISS, Action.COMMENT], ReviewState.DISMISSED),
        ([Action.COMMENT], ReviewState.OPEN),
    ],
)
def test_the_last_decision_counts_and_a_comment_is_none(actions: list[Action], state: ReviewState) -> None:
    assert review_state([said(action) for action in actions], NOW) is state


def test_a_snooze_that_has_run_out_is_open_again_without_a_row() -> None:
    trail = [said(Action.ACKNOWLEDGE), said(Action.SNOOZE, until=LATER)]
    assert standing(trail) == Standing(ReviewState.SNOOZED, LATER)
    assert review_state(trail, LATER - timedelta(seconds=1)) is ReviewState.SNOOZED
    assert review_state(trail, LATER) is ReviewState.OPEN
    assert state_at("snoozed", LATER, LATER) is ReviewState.OPEN


@pytest.mark.parametrize("name", ["", "  ", "x" * 129, "eve\x1b[31m", "eve\x00"])
def test_a_decision_needs_a_name_that_can_be_kept(name: str) -> None:
    with pytest.raises(ReviewError):
        Reviewer(name, "cli")


@pytest.mark.parametrize("text", ["a\x00b", "x" * 4_001])
def test_text_that_cannot_be_kept_is_refused(text: str) -> None:
    with pytest.raises(ReviewError):
        checked_text(text)
