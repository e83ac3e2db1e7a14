"""What holds for every kind of channel; a new kind is tested here without another line."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest
import structlog
from pydantic import BaseModel, ValidationError

from alerts.channels import CHANNEL_MODELS, open_channel
from tests.support.messages import DELIVERY, NOON, a_message

EXAMPLES: Mapping[str, Mapping[str, object]] = {
    "apprise": {"url_env": "APPRISE"},
    "email": {"host": "localhost", "security": "none", "sender": "headwater@acme.example", "to": ["a@acme.example"]},
    "log": {},
    "null": {},
    "slack": {"webhook_url_env": "WEBHOOK"},
    "slack-bot": {"token_env": "TOKEN", "channel": "C0123456789"},
    "webhook": {"url_env": "WEBHOOK", "secret_env": "SECRET"},
}
ENVIRON = {
    "APPRISE": "jsons://user:HIDDEN@receiver.example/path",
    "SECRET": "HIDDEN" * 8,
    "TOKEN": "xoxb-HIDDEN",
    "WEBHOOK": "https://hooks.slack.example/services/T/B/HIDDEN",
}


def model(kind: str, **more: object) -> BaseModel:
    return CHANNEL_MODELS[kind].model_validate({"kind": kind, "name": "team", **EXAMPLES[kind], **more})


def test_every_kind_has_an_example() -> None:
    assert set(EXAMPLES) == set(CHANNEL_MODELS)


@pytest.mark.parametrize("kind", CHANNEL_MODELS)
def test_every_kind_opens_under_its_name_without_reaching_out(kind: str) -> None:
    assert open_channel(model(kind), ENVIRON, Path()).name == "team"  # type: ignore[arg-type]


@pytest.mark.parametrize("kind", CHANNEL_MODELS)
@pytest.mark.parametrize(
    "wrong", [{"webhok_url": "x"}, {"name": ""}, {"name": "a\nb"}, {"name": "\x1b[2J"}, {"name": "a" * 129}]
)
def test_every_kind_refuses_unknown_keys_and_unspeakable_names(kind: str, wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        model(kind, **wrong)


@pytest.mark.parametrize("kind", CHANNEL_MODELS)
def test_no_configuration_can_hold_a_secret_or_be_changed(kind: str) -> None:
    fields = CHANNEL_MODELS[kind].model_fields
    secrets = [name for name in fields if any(word in name for word in ("password", "token", "secret", "webhook"))]
    assert all(name.endswith(("_env", "_file")) for name in secrets)
    assert CHANNEL_MODELS[kind].model_config.get("frozen") is True


@pytest.mark.parametrize("kind", CHANNEL_MODELS)
def test_an_open_channel_does_not_show_its_secret(kind: str) -> None:
    opened = open_channel(model(kind), ENVIRON, Path())  # type: ignore[arg-type]
    assert "HIDDEN" not in f"{opened!r} {opened} {model(kind)!r}"


@pytest.mark.parametrize("kind", ["log", "null"])
def test_what_stays_inside_takes_everything(kind: str) -> None:
    channel = open_channel(model(kind), {}, Path())  # type: ignore[arg-type]
    with structlog.testing.capture_logs() as lines:
        assert channel.send(a_message(), delivery_id=DELIVERY, thread=None, now=NOON).message_id == DELIVERY
    told = [(line["channel"], line["subject"], line["delivery"]) for line in lines]
    assert told == ([("team", "acme-chat now means Acme-2", DELIVERY)] if kind == "log" else [])
