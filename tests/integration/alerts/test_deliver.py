"""From a delivery to a receiver, through everything that can go wrong between them."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from datetime import datetime, timedelta
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import delete, select

from alerts.channels import Channel, Progress, Receipt, open_channel
from alerts.channels.email import EmailConfig
from alerts.channels.slack import SlackConfig
from alerts.deliver import deliver_due
from alerts.dispatch import dispatch_events
from alerts.render.message import Digest, Message
from alerts.rules.routes import Routing
from monitor.demo.receivers import SlackReceiver, SmtpCatcher, Trouble
from snapshots import deliveries, sending
from snapshots.deliveries import list_deliveries
from snapshots.tables import DeliveryAttemptRow, DeliveryChangeRow, DeliveryRow
from tests.integration.alerts.conftest import Recorder, a_change, told

WINDOW = timedelta(minutes=2)


@pytest.fixture
def webhook() -> Iterator[SlackReceiver]:
    with SlackReceiver() as receiver:
        yield receiver


@pytest.fixture
def server() -> Iterator[SmtpCatcher]:
    with SmtpCatcher() as catcher:
        yield catcher


def slack(url: str) -> Channel:
    return open_channel(
        SlackConfig(kind="slack", name="team", webhook_url_env="URL", messages_per_minute=None), {"URL": url}, Path()
    )


def mail(port: int) -> Channel:
    settings = {"host": "127.0.0.1", "port": port, "security": "none", "sender": "headwater@acme.example"}
    config = EmailConfig.model_validate({"kind": "email", "name": "mail", "to": ("team@acme.example",)} | settings)
    return open_channel(config, {}, Path())


def tell(recorder: Recorder, *channels: Channel) -> int:
    """Dispatch what was recorded and try what is due."""
    by_name = {channel.name: channel for channel in channels}
    dispatch_events(recorder.database, channels=tuple(by_name), routing=Routing(), now=recorder.clock.now())
    return deliver_due(recorder.database, by_name, clock=recorder.clock, owner="me")


def states(recorder: Recorder) -> list[str]:
    return [state for _, _, state, _, _ in told(recorder.database)]


def attempts(recorder: Recorder) -> list[tuple[str, str | None]]:
    with recorder.database.reading() as session:
        rows = session.scalars(select(DeliveryAttemptRow).order_by(DeliveryAttemptRow.id))
        return [(row.outcome, row.reason) for row in rows]


def test_a_change_reaches_slack_and_mail(recorder: Recorder, webhook: SlackReceiver, server: SmtpCatcher) -> None:
    recorder.record("log", a_change())
    assert tell(recorder, slack(webhook.url), mail(server.port)) == 2
    assert "acme-chat now means Acme-2" in webhook.payloads[0]["text"]
    assert server.mails[0].message["Subject"].startswith("acme-chat now means Acme-2")
    assert states(recorder) == ["sent", "sent"]
    with recorder.database.reading() as session:
        ids = {one.channel: one.id for one in list_deliveries(session, limit=9)}
    assert ids["team"] in json.dumps(webhook.payloads)
    assert server.mails[0].message["X-Headwater-Delivery"] == ids["mail"]


def test_nothing_is_sent_twice(recorder: Recorder, webhook: SlackReceiver) -> None:
    recorder.record("log", a_change())
    channel = slack(webhook.url)
    assert [tell(recorder, channel) for _ in range(3)] == [1, 0, 0]
    assert len(webhook.payloads) == 1


def test_an_unreachable_slack_delays_its_message_shows_it_and_loses_nothing(
    recorder: Recorder, server: SmtpCatcher
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    broken = slack(f"http://127.0.0.1:{port}/services/SECRET")
    for place in range(5):
        recorder.record("log", a_change(f"acme-{place}"))
        tell(recorder, broken, mail(server.port))
    assert len(server.mails) == 5
    with recorder.database.reading() as session:
        waiting = [one for one in list_deliveries(session, limit=99) if one.channel == "team"]
    assert len(waiting) == 5
    assert all(one.state == "pending" for one in waiting)
    tried = [one.last_error for one in waiting if one.attempts]
    assert tried
    assert all(error and "cannot be reached" in error and "SECRET" not in error for error in tried)

    with SlackReceiver() as healed:
        for _ in range(8):
            recorder.pass_time(timedelta(hours=2))
            tell(recorder, slack(healed.url))
        assert len(healed.payloads) == 5
    assert set(states(recorder)) == {"sent"}


def test_a_failed_mail_server_holds_up_no_slack_message(recorder: Recorder, webhook: SlackReceiver) -> None:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    for place in range(3):
        recorder.record("log", a_change(f"acme-{place}"))
        dispatch_events(recorder.database, channels=("mail", "team"), routing=Routing(), now=recorder.clock.now())
    assert tell(recorder, mail(port), slack(webhook.url)) == 4
    assert len(webhook.payloads) == 3
    assert attempts(recorder).count(("retry", "unreachable")) == 1


def test_slacks_wish_to_wait_is_kept(recorder: Recorder, webhook: SlackReceiver) -> None:
    recorder.record("log", a_change())
    webhook.fail_next(Trouble(429, {"Retry-After": "120"}))
    channel = slack(webhook.url)
    tell(recorder, channel)
    recorder.pass_time(timedelta(seconds=119))
    assert tell(recorder, channel) == 0
    recorder.pass_time(timedelta(seconds=1))
    assert tell(recorder, channel) == 1
    assert attempts(recorder) == [("retry", "rate-limited"), ("sent", None)]
    with recorder.database.reading() as session:
        [delivery] = list_deliveries(session, limit=9)
    assert (delivery.state, delivery.attempts, delivery.last_error) == ("sent", 2, None)


def test_a_refusal_for_good_is_kept_and_said(recorder: Recorder, webhook: SlackReceiver) -> None:
    recorder.record("log", a_change())
    webhook.fail_next(Trouble(400, word="invalid_payload"))
    tell(recorder, slack(webhook.url))
    with recorder.database.reading() as session:
        [delivery] = list_deliveries(session, limit=9)
    assert delivery.state == "dead"
    assert delivery.last_error == "Slack refused the message: invalid_payload (400)."
    assert attempts(recorder) == [("dead", "rejected")]


def test_what_was_given_up_can_be_sent_again(recorder: Recorder, webhook: SlackReceiver) -> None:
    recorder.record("log", a_change())
    webhook.fail_next(Trouble(400, word="invalid_payload"))
    channel = slack(webhook.url)
    tell(recorder, channel)
    with recorder.database.writing() as session:
        [revived] = deliveries.revive(session, now=recorder.clock.now())
    assert tell(recorder, channel) == 1
    assert revived in json.dumps(webhook.payloads)
    assert states(recorder) == ["sent"]


def test_only_the_wanted_ones_are_sent_again(recorder: Recorder, webhook: SlackReceiver) -> None:
    for place in range(3):
        recorder.record("log", a_change(f"acme-{place}"))
        webhook.fail_next(Trouble(400))
        tell(recorder, slack(webhook.url))
    assert states(recorder) == ["dead"] * 3
    with recorder.database.writing() as session:
        first = list_deliveries(session, limit=9)[0].id
        assert deliveries.revive(session, now=recorder.clock.now(), ids=[first, "unknown"]) == [first]
        assert deliveries.revive(session, now=recorder.clock.now(), channel="mail") == []
        assert len(deliveries.revive(session, now=recorder.clock.now(), channel="team")) == 2


class Dying:
    """A channel whose process dies after the receiver took the message, before anything is recorded."""

    def __init__(self, inner: Channel) -> None:
        self.name, self.config = inner.name, inner.config
        self._inner = inner

    def send(
        self,
        message: Message | Digest,
        *,
        delivery_id: str,
        thread: str | None,
        now: datetime,
        progress: Progress | None = None,
    ) -> Receipt:
        self._inner.send(message, delivery_id=delivery_id, thread=thread, now=now, progress=progress)
        raise KeyboardInterrupt


def test_a_death_between_send_and_record_repeats_with_the_same_id(recorder: Recorder, server: SmtpCatcher) -> None:
    recorder.record("log", a_change())
    with pytest.raises(KeyboardInterrupt):
        tell(recorder, Dying(mail(server.port)))
    assert tell(recorder, mail(server.port)) == 0  # the lease of the dead still holds
    recorder.pass_time(WINDOW)
    assert tell(recorder, mail(server.port)) == 1
    first, second = server.mails
    assert first.message["Message-ID"] == second.message["Message-ID"]
    assert states(recorder) == ["sent"]


def test_who_lost_the_lease_records_nothing_over_the_other(recorder: Recorder, webhook: SlackReceiver) -> None:
    recorder.record("log", a_change())
    dispatch_events(recorder.database, channels=("team",), routing=Routing(), now=recorder.clock.now())
    with recorder.database.writing() as session:
        slow = sending.claim(session, channels=["team"], owner="slow", now=recorder.clock.now())
    assert slow is not None
    recorder.pass_time(WINDOW)
    assert tell(recorder, slack(webhook.url)) == 1
    now = recorder.clock.now()
    with recorder.database.writing() as session:
        assert not sending.record_failure(
            session, slow, reason="timeout", detail="late", retry_at=now, started_at=now, now=now
        )
    assert states(recorder) == ["sent"]


def test_two_workers_never_claim_the_same_delivery(recorder: Recorder) -> None:
    recorder.record("log", a_change())
    dispatch_events(recorder.database, channels=("team",), routing=Routing(), now=recorder.clock.now())
    with recorder.database.writing() as session:
        assert sending.claim(session, channels=["team"], owner="a", now=recorder.clock.now()) is not None
    with recorder.database.writing() as session:
        assert sending.claim(session, channels=["team"], owner="b", now=recorder.clock.now()) is None


def text_of(message: EmailMessage) -> str:
    body = message.get_body(("plain",))
    assert body is not None
    return " ".join(body.get_content().split())


def test_later_news_of_an_incident_wait_for_the_earlier_and_join_its_conversation(
    recorder: Recorder, server: SmtpCatcher
) -> None:
    server.answer_next("451 Try later")
    channel = mail(server.port)
    for after in ("Acme-2", "Acme-3", "Acme-4"):
        recorder.record("log", a_change(after=after))
        tell(recorder, channel)
        recorder.pass_time(timedelta(seconds=1))
    assert server.mails == []
    recorder.pass_time(timedelta(minutes=5))
    assert tell(recorder, channel) == 3
    bodies = [text_of(kept.message) for kept in server.mails]
    assert ["acme-chat now means Acme-2" in bodies[0], "acme-chat now means Acme-3" in bodies[1]] == [True, True]
    assert "acme-chat now means Acme-4" in bodies[2]
    first, *later = (kept.message for kept in server.mails)
    assert {message["Subject"] for message in later} == {first["Subject"]}
    assert first["Subject"].startswith("acme-chat now means Acme-2")
    assert "How it stands" not in bodies[0]
    assert "News of incident I-1, told first 24 Apr 2026, 12:05 UTC." in bodies[1]
    assert "How it stands: acme-chat means Acme-4 Review waits for a decision" in bodies[2]
    assert first["References"] is None
    assert [message["References"] for message in later] == [first["Message-ID"]] * 2


def test_a_digest_is_sent_at_its_hour_with_all_that_waited(recorder: Recorder, server: SmtpCatcher) -> None:
    more: dict[str, Any] = {"attribute": "context_window", "before": "64K", "kind": "context-window-increased"}
    recorder.record("log", a_change("acme-chat", "128K", **more))
    tell(recorder, mail(server.port))
    recorder.record("pricing", a_change("acme-coder", "256K", **more))
    assert tell(recorder, mail(server.port)) == 0
    recorder.pass_time(timedelta(hours=21))
    assert tell(recorder, mail(server.port)) == 1
    [kept] = server.mails
    assert kept.message["Subject"].startswith("headwater, 25 Apr 2026: ")
    body = kept.message.get_body(("plain",))
    assert body is not None
    words = " ".join(body.get_content().split())
    assert "acme-chat" in words
    assert "acme-coder" in words
    assert "0 checks of 0 sources: 0 without change, 0 new versions, 0 without an answer to trust." in words


def test_a_message_that_cannot_be_made_stops_no_other(recorder: Recorder, webhook: SlackReceiver) -> None:
    recorder.record("log", a_change("acme-broken"))
    recorder.record("other", a_change("bolt-chat"), provider="bolt")
    dispatch_events(recorder.database, channels=("team",), routing=Routing(), now=recorder.clock.now())
    with recorder.database.writing() as session:
        broken = session.scalars(select(DeliveryRow).order_by(DeliveryRow.id)).first()
        assert broken is not None
        session.execute(delete(DeliveryChangeRow).where(DeliveryChangeRow.delivery_id == broken.id))
    for _ in range(2):
        tell(recorder, slack(webhook.url))
    assert len(webhook.payloads) == 1
    assert sorted(states(recorder)) == ["pending", "sent"]
    with recorder.database.reading() as session:
        [waiting] = [one for one in list_deliveries(session, limit=9) if one.state == "pending"]
    assert waiting.last_error == "The message could not be made (ValueError); the log of the service has the reason."
