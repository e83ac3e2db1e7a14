"""The Slack bot against a server that behaves like Slack's Web API: threads, updates, refusals, no secret anywhere."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from alerts.channels import Channel, DeliveryError, Progress, Reason, open_channel
from alerts.channels.slack_bot import SlackBotConfig
from alerts.render.model import Message, Row
from monitor.demo.receivers import Trouble
from snapshots.secrets import SecretError
from snapshots.wording.spans import line
from tests.support.messages import DELIVERY, NOON, a_message
from tests.support.receivers import TOKEN, SlackApi

REVIEW = "https://headwater.example.org/changes/cafe"


@pytest.fixture
def slack() -> Iterator[SlackApi]:
    with SlackApi() as receiver:
        yield receiver


def open_bot(slack: SlackApi, *, token: str = TOKEN, **more: Any) -> Channel:
    settings = {"name": "team", "token_env": "TOKEN", "channel": slack.channel, "api_url": slack.api_url} | more
    config = SlackBotConfig.model_validate({"kind": "slack-bot"} | settings)
    return open_channel(config, {"TOKEN": token}, Path())


def news(**more: Any) -> Message:
    return replace(a_message(), review_url=REVIEW, **more)


def send(
    channel: Channel, message: Message | None = None, *, thread: str | None = None, progress: Progress | None = None
) -> str:
    """Send a message to its end; the id that a thread hangs on."""
    progress = progress or Progress()
    while True:
        receipt = channel.send(message or news(), delivery_id=DELIVERY, thread=thread, now=NOON, progress=progress)
        if not receipt.more:
            return receipt.message_id


def failure(channel: Channel, **more: Any) -> DeliveryError:
    with pytest.raises(DeliveryError) as raised:
        send(channel, **more)
    return raised.value


def test_news_is_one_message_and_later_news_stands_in_its_thread(slack: SlackApi) -> None:
    channel = open_bot(slack)
    first = send(channel)
    send(channel, thread=first)
    assert [(post.ts == first, post.thread) for post in slack.posts] == [(True, None), (False, first)]
    assert slack.refused == []
    assert all(DELIVERY in json.dumps(post.payload["blocks"]) for post in slack.posts)
    assert slack.posts[0].payload["metadata"]["event_payload"] == {"id": DELIVERY, "part": 1}


def test_later_news_is_a_short_reply(slack: SlackApi) -> None:
    channel = open_bot(slack)
    first = send(channel)
    send(channel, news(rows=(Row("Was", line("Acme-1")), Row("Seen", line("24 Apr 2026")))), thread=first)
    said = slack.posts[1].payload["blocks"][0]["text"]["text"]
    assert said.splitlines() == [
        "○ `acme-chat` now means Acme-2. This is a test. Nothing changed upstream, and nothing is to be done.",
        "Was: Acme-1",
        f"<{REVIEW}|Review>",
    ]


def test_the_way_to_the_review_is_a_link_button(slack: SlackApi) -> None:
    send(open_bot(slack))
    [actions] = [block for block in slack.posts[0].payload["blocks"] if block["type"] == "actions"]
    assert [element["url"] for element in actions["elements"]] == [REVIEW]


def test_a_decision_takes_the_buttons_place_and_is_told_in_the_thread(slack: SlackApi) -> None:
    channel = open_bot(slack)
    first = send(channel)
    decided = news(decision="Acknowledged by mara, 27 Apr 2026, 09:02 UTC", remark="Evaluation <passes>.")
    send(channel, decided, thread=first)
    shown, note = slack.posts
    assert (shown.edits, note.thread) == (1, first)
    assert "actions" not in [block["type"] for block in shown.payload["blocks"]]
    assert "Acknowledged by mara" in json.dumps(shown.payload["blocks"])
    assert note.payload["text"] == "Acknowledged by mara, 27 Apr 2026, 09:02 UTC: “Evaluation &lt;passes&gt;.”"


def test_a_first_message_that_is_gone_does_not_swallow_the_decision(slack: SlackApi) -> None:
    send(open_bot(slack), news(decision="Dismissed by mara, 27 Apr 2026, 09:02 UTC"), thread="1.000001")
    [note] = slack.posts
    assert (note.thread, note.payload["text"]) == (None, "Dismissed by mara, 27 Apr 2026, 09:02 UTC.")


def test_a_long_message_continues_in_the_thread_of_its_first_part(slack: SlackApi) -> None:
    long = news(rows=(Row("Now", line("word " * 100)),) * 60)
    channel, progress = open_bot(slack), Progress()
    slack.fail_next(None, Trouble(503))
    assert failure(channel, message=long, progress=progress).retryable
    assert send(open_bot(slack), long, progress=Progress(progress.taken)) == slack.posts[0].ts
    assert len(slack.posts) > 2
    assert {post.thread for post in slack.posts[1:]} == {slack.posts[0].ts}
    numbers = [post.payload["metadata"]["event_payload"]["part"] for post in slack.posts]
    assert numbers == [*range(1, len(slack.posts) + 1)]


@pytest.mark.parametrize(
    ("word", "reason", "retryable", "disables"),
    [
        ("invalid_auth", Reason.AUTHENTICATION, False, True),
        ("token_revoked", Reason.AUTHENTICATION, False, True),
        ("missing_scope", Reason.AUTHENTICATION, False, True),
        ("not_in_channel", Reason.AUTHENTICATION, False, True),
        ("channel_not_found", Reason.NOT_FOUND, False, True),
        ("is_archived", Reason.NOT_FOUND, False, True),
        ("ratelimited", Reason.RATE_LIMITED, True, False),
        ("internal_error", Reason.SERVER_ERROR, True, False),
        ("fatal_error", Reason.SERVER_ERROR, True, False),
        ("invalid_blocks", Reason.REJECTED, False, False),
        ("msg_too_long", Reason.REJECTED, False, False),
        ("a_word_of_tomorrow", Reason.REJECTED, False, False),
    ],
)
def test_every_word_of_slack_is_one_decision(
    slack: SlackApi, word: str, reason: Reason, retryable: bool, disables: bool
) -> None:
    slack.words["chat.postMessage"] = word
    error = failure(open_bot(slack))
    assert (error.reason, error.retryable, error.disables) == (reason, retryable, disables)


def test_a_wait_that_was_asked_for_is_handed_on(slack: SlackApi) -> None:
    slack.fail_next(Trouble(429, {"Retry-After": "30"}, word='{"ok": false, "error": "ratelimited"}'))
    error = failure(open_bot(slack))
    assert (error.reason, error.retry_after) == (Reason.RATE_LIMITED, timedelta(seconds=30))


@pytest.mark.parametrize("trouble", [Trouble(0), Trouble(500), Trouble(200, word="<html>login</html>"), Trouble(200)])
def test_what_is_no_answer_of_slack_is_tried_again(slack: SlackApi, trouble: Trouble) -> None:
    slack.fail_next(trouble)
    channel = open_bot(slack)
    assert failure(channel).retryable
    send(channel)
    assert len(slack.posts) == 1


def test_a_wrong_token_says_so_and_is_not_shown(slack: SlackApi, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    error = failure(open_bot(slack, token="xoxb-WRONG-HIDDEN"))
    assert error.detail == "Slack refused the message: invalid_auth."
    assert "HIDDEN" not in error.detail + repr(error) + caplog.text
    assert error.__suppress_context__ or error.__context__ is None


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_a_redirect_does_not_carry_the_token_away(slack: SlackApi, status: int) -> None:
    with SlackApi() as elsewhere:
        slack.fail_next(Trouble(status, {"Location": elsewhere.api_url + "chat.postMessage"}))
        assert failure(open_bot(slack)).retryable is False
        assert elsewhere.posts == []


@pytest.mark.parametrize("more", [{"channel": "#general"}, {"api_url": "http://slack.example/api/"}, {"token": "xoxb"}])
def test_a_bad_configuration_is_refused(slack: SlackApi, more: dict[str, str]) -> None:
    good = {"kind": "slack-bot", "name": "team", "token_env": "TOKEN", "channel": "C0123456789"}
    with pytest.raises(ValidationError):
        SlackBotConfig.model_validate(good | more)


def test_a_token_that_is_none_is_refused_at_the_start(slack: SlackApi) -> None:
    with pytest.raises(SecretError, match="no token has"):
        open_bot(slack, token="xoxb-1\r\nHost: evil")
