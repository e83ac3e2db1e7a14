"""An end of service that was announced comes: its incident is closed, and those who were told of it read that, once."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from alerts.channels import Channel, open_channel
from alerts.channels.email import EmailConfig
from alerts.channels.slack_bot import SlackBotConfig
from alerts.deliver import deliver_due
from alerts.dispatch import dispatch_events
from alerts.rules.routes import Routing
from alerts.watch import watch
from monitor.demo.receivers import SmtpCatcher
from snapshots import review
from snapshots.changes.model import Change
from snapshots.facts import Precision
from snapshots.review import Reviewer
from snapshots.silences import add_silence
from snapshots.tables import ChangeRow, DeadlineRow, DecisionRow, DeliveryRow, IncidentRow
from tests.integration.alerts.conftest import NOON, Recorder, a_change
from tests.support.receivers import TOKEN, SlackApi

END = datetime(2026, 5, 4, 15, 59, tzinfo=UTC)
DAY = timedelta(days=1)


def ending(subject: str, end: datetime = END) -> Change:
    said = end.isoformat().replace("+00:00", "Z")
    more: dict[str, Any] = {"attribute": "retirement_date", "before": None, "effective_at": None}
    return a_change(subject, said, kind="shutdown-date-set", **more)


@pytest.fixture
def server() -> Iterator[SmtpCatcher]:
    with SmtpCatcher() as running:
        yield running


@pytest.fixture
def slack() -> Iterator[SlackApi]:
    with SlackApi() as running:
        yield running


def mail(port: int) -> Channel:
    config = EmailConfig.model_validate(
        {"kind": "email", "name": "team", "host": "127.0.0.1", "port": port, "security": "none",
         "sender": "headwater@example.org", "to": ["oncall@example.org"]}
    )  # fmt: skip
    return open_channel(config, {}, Path())


def bot(slack: SlackApi) -> Channel:
    given = {"name": "team", "channel": slack.channel, "token_env": "TOKEN", "api_url": slack.api_url}
    config = SlackBotConfig.model_validate({"kind": "slack-bot", "messages_per_minute": None} | given)
    return open_channel(config, {"TOKEN": TOKEN}, Path())


def tell(recorder: Recorder, channel: Channel) -> None:
    dispatch_events(recorder.database, channels=(channel.name,), routing=Routing(), now=recorder.clock.now())
    deliver_due(
        recorder.database, {channel.name: channel}, clock=recorder.clock, owner="test",
        public_url="https://headwater.example.org",
    )  # fmt: skip


def announce(recorder: Recorder, channel: Channel, **ends: datetime) -> None:
    """Tell of ends, and keep them as deadlines."""
    recorder.record("log", *(ending(name.replace("_", "-"), end) for name, end in ends.items()))
    tell(recorder, channel)
    with recorder.database.writing() as session:
        for name, end in ends.items():
            session.add(
                DeadlineRow(
                    subject=name.replace("_", "-"),
                    ends=end,
                    stated=end.isoformat().replace("+00:00", "Z"),
                    precision=Precision.INSTANT,
                    source_id="log",
                    quote="",
                    state="open",
                    owner="",
                    opened_at=NOON,
                    updated_at=NOON,
                )
            )


def go_to(recorder: Recorder, channel: Channel, when: datetime) -> None:
    recorder.clock.set(when)
    for _ in range(3):
        now = recorder.clock.now()
        watch(
            recorder.database, channels=(channel.name,), routing=Routing(), stale_after=DAY * 99, running_since=now,
            now=now,
        )  # fmt: skip
        tell(recorder, channel)


def incident(recorder: Recorder) -> IncidentRow:
    with recorder.database.reading() as session:
        return session.scalars(select(IncidentRow)).one()


def test_the_last_mail_of_a_conversation_says_that_it_came_as_announced(
    recorder: Recorder, server: SmtpCatcher
) -> None:
    channel = mail(server.port)
    announce(recorder, channel, acme_chat=END, acme_coder=END)
    go_to(recorder, channel, END - timedelta(minutes=1))
    assert len(server.mails) == 1
    go_to(recorder, channel, END)
    go_to(recorder, channel, END + DAY)
    first, last = (kept.message for kept in server.mails)
    assert (last["Subject"], last["References"]) == (first["Subject"], first["Message-ID"])
    body = last.get_body(("plain",))
    assert body is not None
    text = " ".join(body.get_content().split())
    said = "Resolved: acme-chat and acme-coder retired 4 May 2026, 15:59 UTC, as announced 24 Apr 2026"
    assert said in text
    assert "This incident is closed." in text
    assert "Acknowledged by nobody" in text
    assert 'Route "default".' in text
    assert (incident(recorder).closed_why, incident(recorder).closed_at) == ("passed", END)


def test_a_bot_puts_it_before_its_headline_and_into_the_thread_and_keeps_the_decision(
    recorder: Recorder, slack: SlackApi
) -> None:
    channel = bot(slack)
    announce(recorder, channel, acme_chat=END)
    mara = Reviewer("mara", "web")
    with recorder.database.writing() as session:
        row = session.scalars(select(ChangeRow)).one()
        review.acknowledge(session, row, mara, now=recorder.clock.now())
    go_to(recorder, channel, NOON + timedelta(minutes=1))
    go_to(recorder, channel, END)
    first, decided, note = slack.posts
    assert first.payload["blocks"][0]["text"]["text"].startswith("■ Resolved: acme-chat stops working")
    assert first.payload["text"].startswith("■ Resolved: acme-chat")
    assert "Acknowledged by mara" in json.dumps(first.payload["blocks"])
    assert "actions" not in [block["type"] for block in first.payload["blocks"]]
    assert "Route “default”" in json.dumps(first.payload["blocks"], ensure_ascii=False)
    assert (decided.thread, note.thread) == (first.ts, first.ts)
    assert "*" not in note.payload["text"]
    assert (
        "Resolved: `acme-chat` retired 4 May 2026, 15:59 UTC, as announced 24 Apr 2026"
        in (note.payload["blocks"][0]["text"]["text"])
    )
    with recorder.database.writing() as session:
        row = session.scalars(select(ChangeRow)).one()
        review.dismiss(session, row, mara, now=recorder.clock.now(), reason="Over.")
    go_to(recorder, channel, END + timedelta(hours=1))
    assert slack.posts[0].payload["text"].startswith("■ Resolved: acme-chat stops working")
    assert "Dismissed by mara" in json.dumps(slack.posts[0].payload["blocks"])


def test_an_incident_stays_open_while_another_end_of_it_is_ahead(recorder: Recorder, server: SmtpCatcher) -> None:
    channel = mail(server.port)
    announce(recorder, channel, acme_chat=END, acme_coder=END + 3 * DAY)
    go_to(recorder, channel, END)
    body = server.mails[-1].message.get_body(("plain",))
    assert body is not None
    text = " ".join(body.get_content().split())
    assert "acme-chat retired 4 May 2026, 15:59 UTC, as announced 24 Apr 2026" in text
    assert "Resolved" not in text
    assert "Still to come: acme-coder, the next 7 May 2026, 15:59 UTC." in text
    assert incident(recorder).closed_at is None
    go_to(recorder, channel, END + 3 * DAY)
    assert len(server.mails) == 3
    assert "Resolved: acme-coder retired 7 May 2026" in " ".join(str(server.mails[-1].message).split())
    assert incident(recorder).closed_why == "passed"


def test_what_was_never_told_at_once_has_no_last_word(recorder: Recorder, server: SmtpCatcher) -> None:
    channel = mail(server.port)
    announce(recorder, channel, acme_chat=END)
    with recorder.database.writing() as session:
        session.scalars(select(DeliveryRow)).one().kind = "digest"
    go_to(recorder, channel, END)
    assert len(server.mails) == 1


def test_a_silence_holds_the_last_word_back_and_the_incident_is_closed_all_the_same(
    recorder: Recorder, server: SmtpCatcher
) -> None:
    channel = mail(server.port)
    announce(recorder, channel, acme_chat=END)
    with recorder.database.writing() as session:
        add_silence(session, {"subject": ["acme-*"]}, until=END + DAY, owner="mara", comment="Gone long ago.", now=NOON)
    go_to(recorder, channel, END)
    assert len(server.mails) == 1
    assert incident(recorder).closed_why == "passed"
    with recorder.database.reading() as session:
        kept = session.scalars(select(DecisionRow).where(DecisionRow.silence_id.is_not(None))).all()
    assert [(one.about, one.outcome) for one in kept] == [("deadline-passed acme-chat", "kept")]
