"""How a channel fares over many messages: its rate, its failures, who is told of them, and how it comes back."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from alerts.channels import Channel, open_channel
from alerts.channels.null import NullConfig
from alerts.channels.slack import SlackConfig
from alerts.channels.slack_bot import SlackBotConfig
from alerts.deliver import deliver_due
from alerts.dispatch import dispatch_events
from alerts.rules.routes import Routing
from monitor.demo.receivers import SlackReceiver, Trouble
from snapshots import channelstate, deliveries, sending
from snapshots.review import Reviewer, acknowledge
from snapshots.tables import ChangeRow, DeliveryAttemptRow, DeliveryRow, OutboxEventRow
from tests.integration.alerts.conftest import Recorder, a_change
from tests.support.receivers import TOKEN, SlackApi

A_SECOND = timedelta(seconds=1)


@pytest.fixture
def webhook() -> Iterator[SlackReceiver]:
    with SlackReceiver() as receiver:
        yield receiver


def slack(receiver: SlackReceiver, **more: Any) -> Channel:
    config = SlackConfig.model_validate({"kind": "slack", "name": "team", "webhook_url_env": "URL"} | more)
    return open_channel(config, {"URL": receiver.url}, Path())


def spare() -> Channel:
    return open_channel(NullConfig(kind="null", name="spare"), {}, Path())


def record(recorder: Recorder, count: int, *, to: str = "team") -> None:
    for place in range(count):
        recorder.record("log", a_change(f"acme-{place}"))
        dispatch_events(recorder.database, channels=(to,), routing=Routing(), now=recorder.clock.now())


def deliver(recorder: Recorder, *channels: Channel) -> int:
    """What is due is sent; then what that had for consequences is dispatched."""
    by_name = {channel.name: channel for channel in channels}
    tried = deliver_due(recorder.database, by_name, clock=recorder.clock, owner="me")
    dispatch_events(recorder.database, channels=tuple(by_name), routing=Routing(), now=recorder.clock.now())
    return tried


def kinds_to(recorder: Recorder, channel: str) -> list[tuple[str, str]]:
    with recorder.database.reading() as session:
        rows = session.scalars(select(DeliveryRow).where(DeliveryRow.channel == channel).order_by(DeliveryRow.id))
        return [(row.kind, row.state) for row in rows]


def events(recorder: Recorder) -> list[tuple[str, dict[str, Any]]]:
    with recorder.database.reading() as session:
        rows = session.scalars(select(OutboxEventRow).where(OutboxEventRow.topic.startswith("channel-")))
        return [(row.topic, row.payload) for row in rows]


def test_slack_gets_one_message_a_second_and_nobody_sleeps(recorder: Recorder, webhook: SlackReceiver) -> None:
    record(recorder, 3)
    channel = slack(webhook)
    assert [deliver(recorder, channel) for _ in range(2)] == [1, 0]
    recorder.pass_time(A_SECOND)
    assert deliver(recorder, channel) == 1
    recorder.pass_time(A_SECOND / 2)
    assert deliver(recorder, channel) == 0


def test_one_wait_that_slack_asks_for_holds_all_messages(recorder: Recorder, webhook: SlackReceiver) -> None:
    record(recorder, 3)
    channel = slack(webhook, messages_per_minute=None)
    webhook.fail_next(Trouble(429, {"Retry-After": "90"}))
    assert deliver(recorder, channel) == 1
    recorder.pass_time(timedelta(seconds=89))
    assert deliver(recorder, channel) == 0
    recorder.pass_time(A_SECOND)
    assert deliver(recorder, channel) == 3


def test_a_server_that_is_down_is_asked_less_and_less_often(recorder: Recorder, webhook: SlackReceiver) -> None:
    record(recorder, 30)
    channel = slack(webhook, messages_per_minute=None)
    webhook.fail_next(*[Trouble(503)] * 5_000)
    tried = 0
    for _ in range(6 * 60):
        tried += deliver(recorder, channel)
        recorder.pass_time(timedelta(seconds=10))
    assert 12 <= tried <= 30
    webhook.heal()
    for _ in range(30):
        recorder.pass_time(timedelta(minutes=5))
        deliver(recorder, channel)
    assert kinds_to(recorder, "team") == [("incident", "sent")] * 30


def test_a_refusal_of_the_whole_channel_disables_it_and_loses_nothing(
    recorder: Recorder, webhook: SlackReceiver
) -> None:
    record(recorder, 3)
    channel = slack(webhook, messages_per_minute=None, fallback="spare")
    webhook.fail_next(Trouble(404, word="no_service"))
    assert [deliver(recorder, channel, spare()) for _ in range(2)] == [1, 1]
    recorder.pass_time(timedelta(days=1))
    assert deliver(recorder, channel, spare()) == 0
    assert kinds_to(recorder, "team") == [("incident", "pending")] * 3
    assert kinds_to(recorder, "spare") == [("notice", "sent")]
    [(topic, payload)] = events(recorder)
    assert topic == "channel-failing"
    assert payload == {
        "channel": "team",
        "reason": "not-found",
        "detail": "Slack refused the message: no_service (404).",
        "since": "2026-04-24T12:00:00+00:00",
        "fallback": "spare",
    }
    with recorder.database.writing() as session:
        assert channelstate.enable(session, now=recorder.clock.now()) == ["team"]
    assert deliver(recorder, channel, spare()) == 3
    assert [topic for topic, _ in events(recorder)] == ["channel-failing", "channel-recovered"]


def test_the_fallback_is_told_once_of_a_failure_however_often_it_is_tried(
    recorder: Recorder, webhook: SlackReceiver
) -> None:
    record(recorder, 2)
    channel = slack(webhook, fallback="spare")
    for _ in range(4):
        webhook.fail_next(Trouble(401, word="invalid_token"))
        deliver(recorder, channel, spare())
        with recorder.database.writing() as session:
            channelstate.enable(session, now=recorder.clock.now())
        recorder.pass_time(timedelta(hours=3))
    assert kinds_to(recorder, "spare") == [("notice", "sent")]


def test_a_failure_that_lasts_an_hour_is_told_too(recorder: Recorder, webhook: SlackReceiver) -> None:
    record(recorder, 1)
    channel = slack(webhook, fallback="spare")
    webhook.fail_next(*[Trouble(0)] * 100)
    for _ in range(20):
        deliver(recorder, channel, spare())
        recorder.pass_time(timedelta(minutes=6))
    assert kinds_to(recorder, "spare") == [("notice", "sent")]
    assert [topic for topic, _ in events(recorder)] == ["channel-failing"]


def test_one_bad_message_does_not_disable_its_channel(recorder: Recorder, webhook: SlackReceiver) -> None:
    record(recorder, 2)
    channel = slack(webhook, messages_per_minute=None)
    webhook.fail_next(Trouble(400, word="invalid_blocks"))
    deliver(recorder, channel)
    assert deliver(recorder, channel) == 1
    assert sorted(state for _, state in kinds_to(recorder, "team")) == ["dead", "sent"]
    assert events(recorder) == []


def test_a_part_that_was_taken_is_not_sent_again_after_a_restart(recorder: Recorder, webhook: SlackReceiver) -> None:
    changes = [
        a_change(f"acme-{place}", "b" * 55, before="a" * 55, attribute=f"ability_{each}", kind="capability-changed")
        for place in range(12)
        for each in range(6)
    ]
    recorder.record("log", a_change("acme-0"), *changes)
    dispatch_events(recorder.database, channels=("team",), routing=Routing(), now=recorder.clock.now())
    webhook.fail_next(None, Trouble(500))
    for _ in range(6):
        deliver(recorder, slack(webhook))
        recorder.pass_time(timedelta(minutes=2))
    numbers = [payload["text"].rpartition(" (")[2] for payload in webhook.payloads]
    assert numbers == [f"{place} of {len(numbers)})" for place in range(1, len(numbers) + 1)]
    assert len(numbers) > 1
    with recorder.database.reading() as session:
        outcomes = session.scalars(select(DeliveryAttemptRow.outcome).order_by(DeliveryAttemptRow.id)).all()
    assert outcomes == ["part", "retry", *["part"] * (len(numbers) - 2), "sent"]


def test_a_decision_is_told_once_upon_the_first_message_and_in_its_thread(recorder: Recorder) -> None:
    with SlackApi() as api:
        settings = {"kind": "slack-bot", "name": "team", "token_env": "TOKEN", "channel": api.channel}
        config = SlackBotConfig.model_validate(settings | {"api_url": api.api_url, "messages_per_minute": None})
        bot = open_channel(config, {"TOKEN": TOKEN}, Path())
        ids = recorder.record("log", a_change("acme-a"), a_change("acme-b"))
        dispatch_events(recorder.database, channels=("team",), routing=Routing(), now=recorder.clock.now())
        deliver(recorder, bot)
        recorder.pass_time(timedelta(hours=1))
        with recorder.database.writing() as session:
            for row in session.scalars(select(ChangeRow).where(ChangeRow.id.in_(ids))):
                acknowledge(session, row, Reviewer("mara", "cli"), now=recorder.clock.now(), text="Planned.")
        for _ in range(3):
            deliver(recorder, bot)
        shown, note = api.posts
        assert shown.edits == 1
        assert "Acknowledged by mara, 24 Apr 2026, 13:00 UTC" in json.dumps(shown.payload["blocks"])
        assert note.thread == shown.ts
        assert note.payload["text"] == "Acknowledged by mara, 24 Apr 2026, 13:00 UTC: “Planned.”"
        assert kinds_to(recorder, "team") == [("incident", "sent"), ("decision", "sent")]


def test_revived_deliveries_keep_the_parts_that_were_taken(recorder: Recorder) -> None:
    record(recorder, 1)
    now = recorder.clock.now()
    with recorder.database.writing() as session:
        claimed = sending.claim(session, channels=["team"], owner="me", now=now)
        assert claimed is not None
        sending.record_part(session, claimed, "1", "ts-1", now=now)
        sending.record_failure(
            session, claimed, reason="rejected", detail="No.", retry_at=None, started_at=now, now=now
        )
    with recorder.database.writing() as session:
        assert deliveries.revive(session, now=now) == [claimed.id]
        again = sending.claim(session, channels=["team"], owner="me", now=now)
    assert again is not None
    assert (dict(again.parts), again.begun_at) == ({"1": "ts-1"}, now)
