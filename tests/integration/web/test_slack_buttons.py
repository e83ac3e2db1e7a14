"""A button of a message that really was rendered and sent is pressed; what Slack would not send is refused."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import httpx2
import pytest
from sqlalchemy import select

from alerts.channels import Channel, open_channel
from alerts.channels.slack_bot import SlackBotConfig
from alerts.deliver import deliver_due
from monitor.config.loader import ConfigError, parse_config
from monitor.serving import Served, web_settings
from monitor.wiring.configuration import ALERT_MODELS
from snapshots import deliveries, review
from snapshots.clock import FixedClock
from snapshots.db import Database
from snapshots.metrics.process import REFUSED_PRESSES, Refusal
from snapshots.review import ReviewState
from snapshots.tables import AcknowledgementRow, ChangeRow
from snapshots.web.passwords import hash_password
from snapshots.web.settings import Account, Address, Role, WebSettings
from tests.support.receivers import TOKEN, Post, SlackApi, pressed
from tests.support.reviewed import NOW, copied

SECRET = "8f742231b10e8888abcd99yyyzzz85a5"
PUBLIC = "https://headwater.example.org"


@dataclass
class Desk:
    """A running service with one Slack channel that was told of one event."""

    slack: SlackApi
    database: Database
    clock: FixedClock
    channel: Channel
    url: str
    changes: list[int]

    @property
    def post(self) -> Post:
        return self.slack.posts[0]

    def press(self, action: str, *, person: str = "mara", secret: str = SECRET, age: int = 0) -> httpx2.Response:
        at = self.clock.now() - timedelta(seconds=age)
        body, headers = pressed(self.post, action, person=person, secret=secret, at=at)
        return self.send(body, headers)

    def send(self, body: bytes, headers: dict[str, str]) -> httpx2.Response:
        return httpx2.post(f"{self.url}/slack/interactions", content=body, headers=headers, trust_env=False, timeout=3)

    def deliver(self) -> None:
        for _ in range(3):
            channels = {self.channel.name: self.channel}
            deliver_due(self.database, channels, clock=self.clock, owner="test", public_url=PUBLIC)

    def states(self) -> set[ReviewState]:
        with self.database.reading() as session:
            rows = session.scalars(select(ChangeRow).where(ChangeRow.id.in_(self.changes))).all()
        return {review.state_at(row.review_state, row.snoozed_until, self.clock.now()) for row in rows}

    def trail(self) -> list[tuple[str, str, str]]:
        with self.database.reading() as session:
            query = select(AcknowledgementRow).where(AcknowledgementRow.change_id.in_(self.changes))
            return [(row.actor, row.via, row.action) for row in session.scalars(query)]


@pytest.fixture
def desk(story: Path, tmp_path: Path) -> Iterator[Desk]:
    clock = FixedClock(NOW)
    with ExitStack() as running:
        slack = running.enter_context(SlackApi())
        database = copied(story, tmp_path / "headwater.db")
        running.callback(database.close)
        settings = WebSettings(
            bind=Address("127.0.0.1", 0),
            accounts=(Account("mara", Role.REVIEW, hash_password("a password")),),
            slack_signing_secret=SECRET,
        )
        served = running.enter_context(Served(database, settings, clock=clock))
        config = SlackBotConfig.model_validate(
            {
                "kind": "slack-bot",
                "name": "team",
                "channel": slack.channel,
                "token_env": "TOKEN",
                "api_url": slack.api_url,
                "buttons": True,
                "messages_per_minute": None,
            }
        )
        channel = open_channel(config, {"TOKEN": TOKEN}, Path())
        query = select(ChangeRow.id).where(ChangeRow.kind == "price-increased", ChangeRow.review_state == "open")
        with database.writing() as session:
            ids = list(session.scalars(query.order_by(ChangeRow.id.desc()).limit(3)))
            deliveries.create(
                session,
                channel="team",
                kind=deliveries.INCIDENT,
                incident="I-900",
                change_ids=ids,
                now=NOW,
                due=NOW,
            )
        found = Desk(slack, database, clock, channel, served.local_url, ids)
        found.deliver()
        yield found


def test_acknowledging_in_the_message_changes_the_message_and_tells_the_thread(desk: Desk) -> None:
    [actions] = [block for block in desk.post.payload["blocks"] if block["type"] == "actions"]
    labels = [(one["text"]["text"], one.get("style")) for one in actions["elements"]]
    assert labels == [("Acknowledge", "primary"), ("Snooze 7 days", None), ("Review", None)]
    assert actions["elements"][2]["url"].startswith(PUBLIC)
    desk.clock.set(NOW + timedelta(minutes=2))
    answer = desk.press("acknowledge")
    assert (answer.status_code, answer.content) == (200, b"")
    assert desk.states() == {ReviewState.ACKNOWLEDGED}
    assert desk.trail() == [("mara", "slack", "acknowledge")] * len(desk.changes)
    desk.deliver()
    shown, note = desk.slack.posts
    assert shown.edits == 1
    assert "actions" not in [block["type"] for block in shown.payload["blocks"]]
    assert "Acknowledged by mara" in json.dumps(shown.payload["blocks"])
    assert note.thread == shown.ts
    assert note.payload["text"].startswith("Acknowledged by mara")


def test_snoozing_lasts_seven_days(desk: Desk) -> None:
    assert desk.press("snooze").status_code == 200
    assert desk.states() == {ReviewState.SNOOZED}
    desk.clock.set(NOW + timedelta(days=7))
    assert desk.states() == {ReviewState.OPEN}


def test_pressing_again_or_later_than_a_colleague_decides_nothing_more(desk: Desk) -> None:
    desk.press("acknowledge")
    before = desk.trail()
    desk.clock.set(NOW + timedelta(seconds=5))
    assert desk.press("acknowledge", person="jonas").status_code == 200
    assert desk.press("snooze", person="jonas").status_code == 200
    assert desk.trail() == before


def test_following_the_link_decides_nothing(desk: Desk) -> None:
    assert desk.press("review").status_code == 200
    assert desk.states() == {ReviewState.OPEN}


def test_what_slack_did_not_send_is_refused_and_counted(desk: Desk) -> None:
    before = {reason: REFUSED_PRESSES.of(reason) for reason in Refusal}
    assert desk.press("acknowledge", secret="another").status_code == 401
    assert desk.press("acknowledge", age=301).status_code == 401
    assert desk.press("acknowledge", age=-301).status_code == 401
    body, headers = pressed(desk.post, "acknowledge", person="mara", secret=SECRET, at=NOW)
    assert desk.send(body + b"&x=1", headers).status_code == 401
    assert desk.send(body, {name: value for name, value in headers.items() if "slack" not in name}).status_code == 401
    assert desk.send(body, headers | {"x-slack-request-timestamp": "soon"}).status_code == 401
    assert desk.states() == {ReviewState.OPEN}
    assert desk.trail() == []
    counted = {reason: REFUSED_PRESSES.of(reason) - before[reason] for reason in Refusal}
    assert counted == {Refusal.SIGNATURE: 2, Refusal.OLD: 2, Refusal.UNSIGNED: 2, Refusal.REPLAY: 0}


def test_a_request_is_believed_once(desk: Desk) -> None:
    body, headers = pressed(desk.post, "acknowledge", person="mara", secret=SECRET, at=NOW)
    assert desk.send(body, headers).status_code == 200
    with desk.database.writing() as session:
        for row in session.scalars(select(ChangeRow).where(ChangeRow.id.in_(desk.changes))):
            review.reopen(session, row, review.Reviewer("jonas", "cli"), now=NOW)
    again = desk.send(body, headers)
    assert again.status_code == 401
    assert "here before" in again.json()["title"]
    assert desk.states() == {ReviewState.OPEN}


@pytest.mark.parametrize("payload", ["", "payload=", "payload=%7B", "payload=[]", "payload=" + "[" * 2_000, "\u00ff"])
def test_a_signed_body_that_is_no_press_is_answered_with_a_sentence(desk: Desk, payload: str) -> None:
    body, timestamp = payload.encode("latin-1"), str(int(NOW.timestamp()))
    signed = hmac.new(SECRET.encode(), f"v0:{timestamp}:".encode() + body, hashlib.sha256).hexdigest()
    headers = {"x-slack-request-timestamp": timestamp, "x-slack-signature": f"v0={signed}"}
    answer = desk.send(body, headers)
    assert (answer.status_code, answer.json()["title"]) == (400, "This is no press of a button.")


def test_without_a_signing_secret_there_is_nothing_to_press(desk: Desk) -> None:
    settings = WebSettings(bind=Address("127.0.0.1", 0))
    with Served(desk.database, settings, clock=desk.clock) as served:
        quiet = replace(desk, url=served.local_url)
        assert quiet.press("acknowledge", secret="").status_code == 404
    assert desk.states() == {ReviewState.OPEN}


def test_buttons_are_not_rendered_before_presses_can_be_believed(tmp_path: Path) -> None:
    channel = "channels:\n  - {kind: slack-bot, name: team, channel: C0123456789, token_env: TOKEN, buttons: true}\n"
    with pytest.raises(ConfigError) as raised:
        parse_config(channel.encode(), tmp_path / "headwater.yaml", ALERT_MODELS)
    [problem] = raised.value.problems
    assert problem.endswith(
        "headwater.yaml:2: channels[0].buttons: buttons that decide need `web.slack_signing_secret_env`, "
        "by which presses are believed."
    )
    secret = "web:\n  slack_signing_secret_file: signing\n"
    found = parse_config(f"{channel}{secret}".encode(), tmp_path / "headwater.yaml", ALERT_MODELS)
    with pytest.raises(ConfigError, match="slack_signing_secret_file names signing, which cannot be read"):
        web_settings(found)
    (tmp_path / "signing").write_text(f"{SECRET}\n", encoding="utf-8")
    settings = web_settings(found)
    assert settings.slack_signing_secret == SECRET
    assert SECRET not in repr(settings)
