"""Corrections by hand in every answer: on both databases."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from snapshots.corrected import Stated
from snapshots.corrections import correct, corrections_about, withdraw
from snapshots.db import Database
from snapshots.history import facts_at
from snapshots.outcome import Outcome
from snapshots.review import Action, Reviewer, ReviewError
from snapshots.tables import AcknowledgementRow, FactRow
from snapshots.timeline import history_of
from tests.integration.store.conftest import MORNING
from tests.integration.store.test_recording import fact, found, record

NOW = MORNING + timedelta(days=1)
ALICE = Reviewer("alice", "cli")
RIGHT = Stated("ACME chat", "price.output_price", "", "3", "3")


def value(database: Database, *, known: timedelta = timedelta(0)) -> tuple[str | None, str | None]:
    with database.reading() as session:
        (answer,) = facts_at(session, "acme-chat", NOW, NOW + known)
        return answer.fact.value, answer.fact.by_hand


def test_a_correction_is_answered_from_when_it_was_made(database: Database, source: str) -> None:
    record(database, source, found(b"one", Outcome.BASELINE, fact("1")))
    with database.writing() as session:
        made = correct(session, source, RIGHT, ALICE, now=NOW, reason="the column was misread")
        assert (made.replaces_key, made.via) == ("1", "cli")
        trail = session.scalars(select(AcknowledgementRow)).one()
        assert (trail.action, trail.correction_id, trail.text) == (Action.CORRECT, made.id, "the column was misread")
        (statement,) = history_of(session, "acme-chat", NOW)
        assert statement.claim.by_hand == "alice, because the column was misread"
        assert session.scalars(select(FactRow.value)).all() == ["1"]
    assert value(database) == ("3", "alice, because the column was misread")
    assert value(database, known=timedelta(seconds=-1)) == ("1", None)
    with database.writing() as session:
        withdraw(session, made.id, ALICE, now=NOW + timedelta(hours=1))
    assert value(database) == ("3", "alice, because the column was misread")
    assert value(database, known=timedelta(hours=1)) == ("1", None)
    with database.writing() as session, pytest.raises(ReviewError, match="withdrawn"):
        withdraw(session, made.id, ALICE, now=NOW)


def test_what_the_page_says_next_leads(database: Database, source: str) -> None:
    record(database, source, found(b"one", Outcome.BASELINE, fact("1")))
    with database.writing() as session:
        correct(session, source, RIGHT, ALICE, now=MORNING + timedelta(minutes=1), reason="misread")
    assert value(database)[0] == "3"
    record(database, source, found(b"two", Outcome.NEW_VERSION, fact("5"), at=MORNING + timedelta(hours=2)))
    assert value(database) == ("5", None)


@pytest.mark.parametrize(
    ("stated", "source_id", "reason", "sentence"),
    [
        (RIGHT, "nobody", "x", "There is no source nobody"),
        (RIGHT, "acme-pricing", " ", "needs a reason"),
        (Stated("acme-chat", "price", "", "3", "3"), "acme-pricing", "x", "is not a predicate"),
        (Stated("acme-chat", "price.output_price", "", "1", "1"), "acme-pricing", "x", "is read to say 1 already"),
        (Stated("acme-chat", "price.input_price", "", None, ""), "acme-pricing", "x", "Nothing is read there"),
        (Stated("acme-chat", "price.output_price", "", "x" * 501, "y"), "acme-pricing", "x", "at most 500"),
        (Stated(" ", "price.output_price", "", "3", "3"), "acme-pricing", "x", "names its subject"),
    ],
)
def test_what_cannot_be_corrected_is_said(
    database: Database, source: str, stated: Stated, source_id: str, reason: str, sentence: str
) -> None:
    record(database, source, found(b"one", Outcome.BASELINE, fact("1")))
    with database.writing() as session, pytest.raises(ReviewError, match=sentence):
        correct(session, source_id, stated, ALICE, now=NOW, reason=reason)


def test_one_correction_of_a_reading_stands_at_a_time(database: Database, source: str) -> None:
    with database.writing() as session, pytest.raises(ReviewError, match="was read yet"):
        correct(session, source, RIGHT, ALICE, now=NOW, reason="x")
    record(database, source, found(b"one", Outcome.BASELINE, fact("1")))
    with database.writing() as session:
        made = correct(session, source, RIGHT, ALICE, now=NOW, reason="x")
        with pytest.raises(ReviewError, match=f"withdraw {made.id}"):
            correct(
                session, source, Stated("acme-chat", "price.output_price", "", "4", "4"), ALICE, now=NOW, reason="x"
            )
        assert [one.id for one in corrections_about(session, "acme-chat")] == [made.id]
        assert corrections_about(session, "") == []
