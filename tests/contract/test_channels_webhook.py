"""The signed webhook against a receiver that checks signatures, and Apprise against a plain receiver."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from jsonschema_rs import validator_for

from alerts.channels import CHANNEL_MODELS, Channel, DeliveryError, Reason, open_channel
from alerts.channels.signature import SignatureError, key_of, sign, verify
from alerts.render.webhook import schema
from monitor.demo.receivers import SlackReceiver, Trouble
from snapshots.secrets import SecretError
from tests.golden.messages.test_messages import CASES
from tests.support.messages import DELIVERY, NOON, a_message
from tests.support.receivers import OpenReceiver, SignedReceiver

SECRET = "whsec_" + "SElEREVO" * 4
KEY = key_of(SECRET)
KINDS = ("apprise", "webhook")


@pytest.fixture
def receiver() -> Iterator[SignedReceiver]:
    with SignedReceiver(KEY, now=NOON) as running:
        yield running


def open_webhook(url: str) -> Channel:
    config = CHANNEL_MODELS["webhook"].model_validate(
        {"kind": "webhook", "name": "team", "url_env": "URL", "secret_env": "SECRET"}
    )
    return open_channel(config, {"URL": url, "SECRET": SECRET}, Path())


def open_apprise(url: str) -> Channel:
    config = CHANNEL_MODELS["apprise"].model_validate({"kind": "apprise", "name": "team", "url_env": "URL"})
    return open_channel(config, {"URL": url}, Path())


def open_either(kind: str, receiver: SlackReceiver) -> Channel:
    """A channel of either kind towards a receiver, with a secret in its address."""
    if kind == "webhook":
        return open_webhook(receiver.url + "?key=HIDDEN")
    return open_apprise("json" + receiver.url.removeprefix("http") + "?-X-Key=HIDDEN")


def send(channel: Channel, **more: Any) -> str:
    return channel.send(a_message(), delivery_id=DELIVERY, thread=None, now=NOON, **more).message_id


def failure(channel: Channel) -> DeliveryError:
    with pytest.raises(DeliveryError) as raised:
        send(channel)
    return raised.value


def test_a_message_is_signed_and_carries_its_id(receiver: SignedReceiver) -> None:
    assert send(open_webhook(receiver.url)) == DELIVERY
    assert receiver.ids == [receiver.bodies[0]["delivery"]] == [DELIVERY]
    assert receiver.bodies[0]["subject"] == "acme-chat now means Acme-2"
    assert receiver.bodies[0]["sent_at"] == "2026-04-24T12:00:00Z"


def test_a_signature_of_another_key_is_not_believed_and_disables(receiver: SignedReceiver) -> None:
    with SignedReceiver(b"another key of enough bytes", now=NOON) as strict:
        error = failure(open_webhook(strict.url))
    assert (error.reason, error.disables) == (Reason.AUTHENTICATION, True)


@pytest.mark.parametrize("name", CASES)
def test_every_message_is_of_the_documented_shape(receiver: SignedReceiver, name: str) -> None:
    open_webhook(receiver.url).send(CASES[name](), delivery_id=DELIVERY, thread=None, now=NOON)
    validator_for(schema(), validate_formats=True).validate(receiver.bodies[0])


def test_the_signature_is_that_of_the_standard() -> None:
    """The example of https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md."""
    key = key_of("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    body = b'{"test": 2432232314}'
    headers = sign(
        key, event_id="msg_p5jXN8AQM9LWM0D4loKWxJek", at=NOON.fromtimestamp(1614265330, NOON.tzinfo), body=body
    )
    assert headers["webhook-signature"] == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


@pytest.mark.parametrize(
    ("spoil", "sentence"),
    [
        ({"webhook-id": "another"}, "does not fit"),
        ({"webhook-timestamp": "1777032001"}, "does not fit"),
        ({"webhook-timestamp": "soon"}, "no number"),
        ({"webhook-signature": "v1,"}, "does not fit"),
        ({"webhook-signature": "v2,x"}, "does not fit"),
        ({"webhook-id": None}, "is missing"),
    ],
)
def test_a_message_that_was_touched_is_not_believed(spoil: dict[str, str | None], sentence: str) -> None:
    headers = {**sign(KEY, event_id="e", at=NOON, body=b"{}"), **spoil}
    with pytest.raises(SignatureError, match=sentence):
        verify(KEY, {name: value for name, value in headers.items() if value is not None}, b"{}", now=NOON)
    with pytest.raises(SignatureError, match="does not fit"):
        verify(KEY, sign(KEY, event_id="e", at=NOON, body=b"{}"), b"[]", now=NOON)


def test_an_old_message_is_not_believed_again() -> None:
    headers = sign(KEY, event_id="e", at=NOON, body=b"{}")
    assert verify(KEY, {"Webhook-Id": "e", **headers}, b"{}", now=NOON + timedelta(minutes=5)) == "e"
    for gone in (timedelta(minutes=6), timedelta(minutes=-6)):
        with pytest.raises(SignatureError, match="older than the window"):
            verify(KEY, headers, b"{}", now=NOON + gone)


def test_both_signatures_of_a_key_that_is_being_changed_are_tried() -> None:
    headers = sign(KEY, event_id="e", at=NOON, body=b"{}")
    headers["webhook-signature"] = "v1,b2xk " + headers["webhook-signature"]
    assert verify(KEY, headers, b"{}", now=NOON) == "e"


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    ("status", "reason", "retryable"),
    [
        (302, Reason.NOT_FOUND, False),
        (400, Reason.REJECTED, False),
        (401, Reason.AUTHENTICATION, False),
        (403, Reason.AUTHENTICATION, False),
        (404, Reason.NOT_FOUND, False),
        (408, Reason.SERVER_ERROR, True),
        (410, Reason.NOT_FOUND, False),
        (413, Reason.REJECTED, False),
        (429, Reason.RATE_LIMITED, True),
        (500, Reason.SERVER_ERROR, True),
        (503, Reason.SERVER_ERROR, True),
    ],
)
def test_every_status_is_one_decision_and_tells_no_secret(
    kind: str, status: int, reason: Reason, retryable: bool, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    with SlackReceiver() as receiver, SlackReceiver() as elsewhere:
        receiver.fail_next(Trouble(status, {"Location": elsewhere.url} if status == 302 else {}, word="HIDDEN"))
        error = failure(open_either(kind, receiver))
        assert elsewhere.payloads == []
    assert (error.reason, error.retryable) == (reason, retryable)
    assert "HIDDEN" not in error.detail + repr(error) + caplog.text
    assert error.__suppress_context__ or error.__context__ is None


@pytest.mark.parametrize("kind", KINDS)
def test_a_receiver_that_breaks_off_or_is_not_there_is_tried_again(kind: str) -> None:
    with SlackReceiver() as receiver:
        receiver.fail_next(Trouble(0))
        channel = open_either(kind, receiver)
        assert failure(channel).retryable
    assert failure(channel).retryable


def test_a_webhook_that_asks_to_wait_is_heard(receiver: SignedReceiver) -> None:
    receiver.fail_next(Trouble(503, {"Retry-After": "60"}))
    assert failure(open_webhook(receiver.url)).retry_after == timedelta(minutes=1)


def test_apprise_gets_the_message_with_its_delivery_id() -> None:
    with OpenReceiver() as receiver:
        send(open_either("apprise", receiver))
        [body] = receiver.bodies
    assert body["title"] == "○ acme-chat now means Acme-2"
    assert f"Delivery {DELIVERY}, incident cafe0123." in body["message"]


@pytest.mark.parametrize("url", ["HIDDEN", "nonsense://HIDDEN", "syslog://", "discord://HIDDEN"])
def test_an_address_apprise_cannot_use_is_refused_at_the_start_without_repeating_it(url: str) -> None:
    with pytest.raises(SecretError) as raised:
        open_apprise(url)
    assert "HIDDEN" not in str(raised.value)


@pytest.mark.parametrize(
    ("secret", "sentence"), [("brief", "too short"), ("whsec_!!!", "no base64"), ("whsec_YnJpZWY=", "too short")]
)
def test_a_key_that_cannot_sign_is_refused_without_repeating_it(secret: str, sentence: str) -> None:
    config = CHANNEL_MODELS["webhook"].model_validate(
        {"kind": "webhook", "name": "team", "url_env": "URL", "secret_env": "SECRET"}
    )
    with pytest.raises(SecretError, match=sentence) as raised:
        open_channel(config, {"URL": "https://receiver.example", "SECRET": secret}, Path())
    assert secret not in str(raised.value)
