"""Channels: where messages go. One file a kind, with its configuration model; to add one, write it and name it here."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from alerts.channels.apprise import AppriseChannel, AppriseConfig
from alerts.channels.base import Channel, ChannelConfig, DeliveryError, Progress, Reason, Receipt
from alerts.channels.email import EmailChannel, EmailConfig
from alerts.channels.log import LogChannel, LogConfig
from alerts.channels.null import NullChannel, NullConfig
from alerts.channels.slack import SlackChannel, SlackConfig
from alerts.channels.slack_bot import SlackBotChannel, SlackBotConfig
from alerts.channels.webhook import WebhookChannel, WebhookConfig

__all__ = [
    "CHANNEL_MODELS",
    "Channel",
    "ChannelConfig",
    "DeliveryError",
    "Progress",
    "Reason",
    "Receipt",
    "open_channel",
]

_KINDS: Mapping[str, tuple[type[ChannelConfig], Callable[[Any, Mapping[str, str], Path], Channel]]] = {
    "apprise": (AppriseConfig, AppriseChannel),
    "email": (EmailConfig, EmailChannel),
    "log": (LogConfig, LogChannel),
    "null": (NullConfig, NullChannel),
    "slack": (SlackConfig, SlackChannel),
    "slack-bot": (SlackBotConfig, SlackBotChannel),
    "webhook": (WebhookConfig, WebhookChannel),
}

CHANNEL_MODELS: Mapping[str, type[ChannelConfig]] = {kind: model for kind, (model, _) in _KINDS.items()}


def open_channel(config: ChannelConfig, environ: Mapping[str, str], folder: Path) -> Channel:
    """A channel ready to send; relative files of the configuration start at `folder`.

    Raises:
        SecretError: a secret cannot be read.
    """
    kind: str = config.kind  # type: ignore[attr-defined]  # every kind's model has it
    return _KINDS[kind][1](config, environ, folder)
