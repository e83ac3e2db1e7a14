"""The Slack channel against a server that behaves like Slack's webhooks, and against servers that do not."""

from __future__ import annotations

import json
import logging
import socket
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from alerts.channels import Channel, DeliveryError, Progress, Reason, open_channel
from alerts.channels import slack as slack_module
from alerts.channels.slack import SlackConfig
from alerts.render.model import Message, Row
from alerts.render.slack import slack_messages
from monitor.demo.receivers import SlackReceiver, Trouble
from snapshots.secrets import SecretError
from snapshots.wording.spans import line
from tests.support.messages import DELIVERY, NOON, a_message

SECRET = "T0HIDDEN/B0HIDDEN/abcdefSECRET"


@pytest.fixture
def webhook() -> Iterator[SlackReceiver]:
    with SlackReceiver() as receiver:
        yield receiver


def open_slack(url: str) -> Channel:
    config = SlackConfig(kind="slack", name="team", webhook_url_env="WEBHOOK")
    return open_channel(config, {"WEBHOOK": url}, Path())


def send(channel: Channel) -> str:
    return channel.send(a_message(), delivery_id=DELIVERY, thread=None, now=NOON).message_id


def failure(channel: Channel) -> DeliveryError:
    with pytest.raises(DeliveryError) as raised:
        send(channel)
    return raised.value


def test_a_message_is_taken_and_carries_the_delivery_id(webhook: SlackReceiver) -> None:
    assert send(open_slack(webhook.url)) == DELIVERY
    [payload] = webhook.payloads
    assert DELIVERY in json.dumps(payload)
    assert "acme-chat" in payload["text"]
    assert webhook.refused == []


@pytest.mark.parametrize(
    ("status", "word", "reason", "retryable"),
    [
        (400, "invalid_payload", Reason.REJECTED, False),
        (401, "invalid_token", Reason.AUTHENTICATION, False),
        (403, "action_prohibited", Reason.AUTHENTICATION, False),
        (403, "invalid_token", Reason.AUTHENTICATION, False),
        (404, "channel_not_found", Reason.NOT_FOUND, False),
        (404, "no_service", Reason.NOT_FOUND, False),
        (408, "request_timeout", Reason.SERVER_ERROR, True),
        (410, "channel_is_archived", Reason.NOT_FOUND, False),
        (413, "too_large", Reason.REJECTED, False),
        (429, "rate_limited", Reason.RATE_LIMITED, True),
        (500, "rollup_error", Reason.SERVER_ERROR, True),
        (502, "bad_gateway", Reason.SERVER_ERROR, True),
        (503, "unavailable", Reason.SERVER_ERROR, True),
        (504, "gateway_timeout", Reason.SERVER_ERROR, True),
    ],
)
def test_every_answer_of_slack_is_one_decision(
    webhook: SlackReceiver, status: int, word: str, reason: Reason, retryable: bool
) -> None:
    webhook.fail_next(Trouble(status, word=word))
    error = failure(open_slack(webhook.url))
    assert (error.reason, error.retryable) == (reason, retryable)
    assert retryable or word in error.detail


def test_of_all_statuses_only_a_refusal_of_the_message_or_the_address_is_for_good(webhook: SlackReceiver) -> None:
    channel = open_slack(webhook.url)
    passing = set()
    # 100 is no answer: HTTP clients go on reading (RFC 9110 section 15.2).
    for status in range(101, 600):
        webhook.fail_next(Trouble(status, word="a_reason"))
        if failure(channel).retryable:
            passing.add(status)
    assert passing == {*range(101, 300), 407, 408, 421, 425, 429, *range(500, 600)}
    assert webhook.payloads == []


@pytest.mark.parametrize("status", [429, 503])
def test_a_wait_that_was_asked_for_is_handed_on(webhook: SlackReceiver, status: int) -> None:
    webhook.fail_next(Trouble(status, {"Retry-After": "120"}))
    assert failure(open_slack(webhook.url)).retry_after == timedelta(minutes=2)


@pytest.mark.parametrize(
    ("header", "expected"),
    [("30", timedelta(seconds=30)), ("0", timedelta()), ("soon", None), ("-5", None), ("9" * 40, timedelta(days=1))],
)
def test_slack_says_when_it_may_be_asked_again(webhook: SlackReceiver, header: str, expected: timedelta | None) -> None:
    webhook.fail_next(Trouble(429, {"Retry-After": header}))
    after = failure(open_slack(webhook.url)).retry_after
    assert after is None if expected is None else after is not None and min(after, timedelta(days=1)) == expected


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_not_followed_and_not_taken_for_success(webhook: SlackReceiver, status: int) -> None:
    with SlackReceiver() as elsewhere:
        webhook.fail_next(Trouble(status, {"Location": elsewhere.url}))
        error = failure(open_slack(webhook.url))
        assert elsewhere.payloads == []
        assert error.retryable is False


def test_a_page_in_place_of_the_answer_is_no_success(webhook: SlackReceiver) -> None:
    """A proxy that wants a login answers 200 with its own page."""
    webhook.fail_next(Trouble(200, word="<html>Please log in</html>"))
    error = failure(open_slack(webhook.url))
    assert (error.reason, error.retryable) == (Reason.SERVER_ERROR, True)


def test_a_connection_that_breaks_is_tried_again(webhook: SlackReceiver) -> None:
    webhook.fail_next(Trouble(0))
    channel = open_slack(webhook.url)
    assert failure(channel).retryable
    assert send(channel) == DELIVERY


def test_a_server_that_is_not_there_is_tried_again() -> None:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    error = failure(open_slack(f"http://127.0.0.1:{port}/services/{SECRET}"))
    assert (error.reason, error.retryable) == (Reason.UNREACHABLE, True)


def test_a_server_that_never_answers_is_given_up_and_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(slack_module, "TIMEOUT_SECONDS", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        error = failure(open_slack(f"http://127.0.0.1:{silent.getsockname()[1]}/services/{SECRET}"))
    assert (error.reason, error.retryable) == (Reason.TIMEOUT, True)


@pytest.mark.parametrize("trouble", [Trouble(0), Trouble(400), Trouble(404), Trouble(429), Trouble(500), Trouble(302)])
def test_no_failure_tells_the_secret(
    webhook: SlackReceiver, trouble: Trouble, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    webhook.fail_next(trouble)
    error = failure(open_slack(webhook.url))
    secret = webhook.url.rpartition("/services/")[2]
    assert secret not in error.detail + repr(error) + caplog.text
    assert error.__cause__ is None
    assert error.__suppress_context__ or error.__context__ is None


def test_success_does_not_log_the_secret_either(webhook: SlackReceiver, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    send(open_slack(webhook.url))
    assert webhook.url.rpartition("/services/")[2] not in caplog.text


@pytest.mark.parametrize(
    "url", ["hooks.slack.com/services/x", "ftp://hooks.slack.com/x", "https://", "https://h/a b", "https://h/\n"]
)
def test_what_is_no_web_address_is_refused_without_repeating_it(url: str) -> None:
    with pytest.raises(SecretError) as raised:
        open_slack(url)
    assert url not in str(raised.value)


def test_a_secret_address_does_not_travel_in_the_clear_beyond_this_machine() -> None:
    with pytest.raises(SecretError, match="must begin with https") as raised:
        open_slack(f"http://hooks.slack.example/services/{SECRET}")
    assert SECRET not in str(raised.value)
    for near in ("http://127.0.0.1:9/x", "http://[::1]:9/x", "http://receiver:9/x", "https://hooks.slack.example/x"):
        assert open_slack(near).name == "team"


def test_the_answer_of_a_hostile_server_is_made_harmless(webhook: SlackReceiver) -> None:
    webhook.fail_next(Trouble(400, word="bad\x1b[2J\u202e" + "x" * 5_000))
    detail = failure(open_slack(webhook.url)).detail
    assert detail.isprintable()
    assert len(detail) < 200


def a_long_message() -> Message:
    lead = a_message()
    row = Row("Now", line("word " * 100))
    return replace(lead, rows=(row,) * 60)


def send_parts(channel: Channel, message: Message, progress: Progress) -> None:
    """Send a message to its end, as a delivery does that comes back for each part."""
    while channel.send(message, delivery_id=DELIVERY, thread=None, now=NOON, progress=progress).more:
        pass


def test_a_long_message_goes_part_by_part_so_that_slacks_rate_is_kept(webhook: SlackReceiver) -> None:
    channel, message, progress = open_slack(webhook.url), a_long_message(), Progress()
    receipt = channel.send(message, delivery_id=DELIVERY, thread=None, now=NOON, progress=progress)
    assert receipt.more
    assert len(webhook.payloads) == 1
    assert channel.config.gap == timedelta(seconds=1)


def test_a_long_message_that_was_interrupted_goes_on_where_it_was(webhook: SlackReceiver) -> None:
    """Neither a refusal nor a restart makes anybody read the first part twice."""
    message, progress = a_long_message(), Progress()
    parts = [part["text"] for part in slack_messages(message)]
    assert len(parts) > 2
    webhook.fail_next(None, Trouble(429, {"Retry-After": "1"}), Trouble(503))
    for _ in range(2):
        with pytest.raises(DeliveryError):
            send_parts(open_slack(webhook.url), message, progress)
    send_parts(open_slack(webhook.url), message, Progress(progress.taken))
    assert [payload["text"] for payload in webhook.payloads] == parts
