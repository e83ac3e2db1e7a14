"""Decisions of people as rows, with the state in the columns: on both databases."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from snapshots import baseline, review
from snapshots.changes.model import Level
from snapshots.db import Database
from snapshots.journal import Filter, list_changes
from snapshots.outcome import Outcome
from snapshots.review import Action, Reviewer, ReviewError, ReviewState, UnknownItemError
from snapshots.tables import AcknowledgementRow, ChangeRow, SnapshotRow
from tests.integration.store.conftest import MORNING
from tests.integration.store.test_recording import fact, found, price_rise, record

NOW = MORNING + timedelta(days=1)
ALICE, BOB = Reviewer("alice", "cli"), Reviewer("bob", "web")


@pytest.fixture
def change(database: Database, source: str) -> str:
    """The public id of a recorded change."""
    record(database, source, found(b"one", Outcome.BASELINE, fact("1")))
    later = found(b"two", Outcome.NEW_VERSION, fact("2"), changes=(price_rise(),), at=MORNING + timedelta(hours=1))
    record(database, source, later)
    with database.reading() as session:
        return session.scalars(select(ChangeRow.public_id)).one()


def listed(database: Database, *states: ReviewState, days: int = 0) -> int:
    with database.reading() as session:
        wanted = Filter(levels=list(Level), reviews=states, now=NOW + timedelta(days=days))
        return len(list_changes(session, wanted, limit=10))


def test_decisions_are_rows_and_the_columns_follow_them(database: Database, change: str) -> None:
    until = NOW + timedelta(days=7)
    with database.writing() as session:
        row = review.find_change(session, change[:4])
        assert review.acknowledge(session, row, ALICE, now=NOW).state is ReviewState.ACKNOWLEDGED
        assert review.snooze(session, row, BOB, now=NOW, until=until).state is ReviewState.SNOOZED
        review.comment(session, row, ALICE, now=NOW, text="asked them")
    with database.reading() as session:
        row = review.find_change(session, change)
        trail = review.trail(session, row)
        assert [(one.actor, one.via, one.action) for one in trail] == [
            ("alice", "cli", Action.ACKNOWLEDGE),
            ("bob", "web", Action.SNOOZE),
            ("alice", "cli", Action.COMMENT),
        ]
        assert (row.review_state, row.snoozed_until) == ("snoozed", until)
        assert review.standing(trail) == review.Standing(ReviewState.SNOOZED, until)
    assert (listed(database, ReviewState.SNOOZED), listed(database, ReviewState.OPEN)) == (1, 0)
    assert (listed(database, ReviewState.SNOOZED, days=7), listed(database, ReviewState.OPEN, days=7)) == (0, 1)


def test_the_same_decision_by_the_same_person_adds_no_row(database: Database, change: str) -> None:
    with database.writing() as session:
        row = review.find_change(session, change)
        told = [
            review.reopen(session, row, ALICE, now=NOW),
            review.acknowledge(session, row, ALICE, now=NOW),
            review.acknowledge(session, row, ALICE, now=NOW),
            review.acknowledge(session, row, BOB, now=NOW),
            review.acknowledge(session, row, ALICE, now=NOW),
            review.dismiss(session, row, ALICE, now=NOW, reason="a footer"),
            review.dismiss(session, row, ALICE, now=NOW, reason="a footer"),
            review.dismiss(session, row, ALICE, now=NOW, reason="a footer, and known"),
            review.reopen(session, row, BOB, now=NOW),
        ]
        assert [one.recorded for one in told] == [False, True, False, True, False, True, False, True, True]
        assert session.scalar(select(func.count()).select_from(AcknowledgementRow)) == 5
        assert row.review_state == "open"


def test_what_a_decision_lacks_is_said_and_nothing_is_kept(database: Database, change: str) -> None:
    with database.writing() as session:
        row = review.find_change(session, change)
        with pytest.raises(ReviewError, match="needs a reason"):
            review.dismiss(session, row, ALICE, now=NOW, reason="  ")
        with pytest.raises(ReviewError, match="in the future"):
            review.snooze(session, row, ALICE, now=NOW, until=NOW)
        with pytest.raises(ReviewError, match="needs words"):
            review.comment(session, row, ALICE, now=NOW, text="")
        for unknown in ("", "zz", "%", "_"):
            with pytest.raises(UnknownItemError):
                review.find_change(session, unknown)
        assert review.trail(session, row) == []


def test_a_version_is_confirmed_until_another_is(database: Database, source: str, change: str) -> None:
    with database.writing() as session:
        one, two = session.scalars(select(SnapshotRow).order_by(SnapshotRow.sequence)).all()
        assert baseline.baseline_of(session, source) is None
        assert baseline.unpin(session, source, ALICE, now=NOW) is False
        assert baseline.pin(session, one, ALICE, now=NOW, text="read it") is True
        assert baseline.pin(session, one, BOB, now=NOW) is False
        assert baseline.pinned_snapshots(session) == [one.id]
        assert baseline.pin(session, two, BOB, now=NOW) is True
    with database.reading() as session:
        pinned = baseline.baseline_of(session, source)
        assert pinned is not None
        assert (pinned.sequence, pinned.actor, pinned.at) == (2, "bob", NOW)
    with database.writing() as session:
        assert baseline.unpin(session, source, ALICE, now=NOW) is True
        assert baseline.baseline_of(session, source) is None
        assert baseline.pinned_snapshots(session) == []


def test_a_version_that_is_not_believed_cannot_be_confirmed(database: Database, source: str, change: str) -> None:
    with database.writing() as session:
        row = session.scalars(select(SnapshotRow)).first()
        assert row is not None
        row.held = "a shell"
        with pytest.raises(ReviewError, match="not believed"):
            baseline.pin(session, row, ALICE, now=NOW)
