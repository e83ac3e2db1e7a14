"""A channel that takes nothing, as a person sees it and brings it back."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from snapshots import channelstate, deliveries, sending
from snapshots.db import Database
from snapshots.tables import DeliveryRow, OutboxEventRow
from tests.integration.cli.conftest import Run

NOON = datetime(2026, 4, 24, 12, 0, tzinfo=UTC)


@pytest.fixture
def failing(run: Run) -> Iterator[Database]:
    """The starter's store with a dead letter, one that waits, and its one channel disabled."""
    assert run("init").code == 0
    assert run("db", "upgrade").code == 0
    database = Database("sqlite:///headwater.db")
    with database.writing() as session:
        for place in range(2):
            deliveries.create(
                session, channel="log", kind="incident", incident=f"i{place}", change_ids=(), now=NOON, due=NOON
            )
        claimed = sending.claim(session, channels=["log"], owner="me", now=NOON)
        assert claimed is not None
        sending.record_failure(
            session, claimed, reason="rejected", detail="No.", retry_at=None, started_at=NOON, now=NOON
        )
        channelstate.note_failed(
            session,
            "log",
            reason="not-found",
            detail="Slack refused the message: no_service (404).",
            until=None,
            disable=True,
            tell_after=timedelta(hours=1),
            now=NOON,
        )
    yield database
    database.close()


def states(database: Database) -> list[str]:
    with database.reading() as session:
        return sorted(session.scalars(select(DeliveryRow.state)))


def test_a_disabled_channel_is_shown_with_its_reason_and_what_waits(run: Run, failing: Database) -> None:
    shown = run("alerts", "channels", "--json")
    assert shown.code == 1
    [channel] = shown.json
    assert (channel["channel"], channel["kind"], channel["waiting"]) == ("log", "log", 1)
    assert channel["detail"] == "Slack refused the message: no_service (404)."
    assert "disabled" in run("alerts", "channels").out
    waiting = run("alerts", "deliveries").out
    assert "headwater alerts channels" in " ".join(waiting.split())


def test_dead_letters_are_listed_alone(run: Run, failing: Database) -> None:
    [dead] = run("alerts", "deliveries", "--dead", "--json").json
    assert (dead["state"], dead["last_error"]) == ("dead", "No.")
    assert run("alerts", "deliveries", "--channel", "other", "--json").json == []


def test_a_test_message_that_is_taken_brings_the_channel_back(run: Run, failing: Database) -> None:
    assert run("alerts", "test", "log").code == 0
    assert run("alerts", "channels").code == 0
    with failing.reading() as session:
        topics = session.scalars(select(OutboxEventRow.topic).order_by(OutboxEventRow.id)).all()
    assert topics == ["channel-failing", "channel-recovered"]


def test_sending_again_uses_the_channel_again(run: Run, failing: Database) -> None:
    sent = run("alerts", "resend", "--channel", "log", "--json").json
    assert (len(sent["deliveries"]), sent["channels"]) == (1, ["log"])
    assert states(failing) == ["pending", "pending"]


def test_one_can_be_sent_again_by_its_id(run: Run, failing: Database) -> None:
    [dead] = run("alerts", "deliveries", "--dead", "--json").json
    assert run("alerts", "resend", dead["id"]).out.strip() == "1 message will be sent again."
    assert states(failing) == ["pending", "pending"]
