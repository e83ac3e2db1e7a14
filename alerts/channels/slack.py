"""`slack`: an incoming webhook (https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks).

A webhook returns no message id, so later news of an incident is a new message that names the incident.
"""

from __future__ import annotations

import socket
import ssl
from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Literal, Self
from urllib.error import URLError
from urllib.parse import urlsplit

from pydantic import Field, model_validator
from slack_sdk.webhook import WebhookClient, WebhookResponse

from alerts.channels.base import ChannelConfig, DeliveryError, Reason, Receipt
from alerts.render.escape import plain
from alerts.render.message import Digest, Message
from alerts.render.slack import slack_messages
from snapshots.secrets import SecretError, demand_one, read_secret

_TIMEOUT_SECONDS = 10


class SlackConfig(ChannelConfig):
    """A channel of Slack, by its incoming webhook. The address is the secret."""

    kind: Literal["slack"]
    webhook_url_env: str | None = Field(default=None, description="Environment variable that holds the address.")
    webhook_url_file: str | None = Field(default=None, description="File that holds the address.")

    @model_validator(mode="after")
    def _one_secret(self) -> Self:
        demand_one("webhook_url", self.webhook_url_env, self.webhook_url_file)
        return self


class SlackChannel:
    """Posts to one webhook."""

    def __init__(self, config: SlackConfig, environ: Mapping[str, str], folder: Path) -> None:
        """Read the address.

        Raises:
            SecretError: it is missing or is no web address.
        """
        self.name = config.name
        url = read_secret(
            "webhook_url", env=config.webhook_url_env, file=config.webhook_url_file, environ=environ, folder=folder
        )
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            message = "webhook_url is not a web address. Copy it from the settings of the Slack app."
            raise SecretError(message)
        self._host = parts.hostname
        # Retries are the delivery's, which survive a restart; the client's own would hide failures.
        self._client = WebhookClient(url, timeout=_TIMEOUT_SECONDS, retry_handlers=[])

    def send(
        self,
        message: Message | Digest,
        *,
        delivery_id: str,
        thread: str | None,  # noqa: ARG002 - a webhook has no threads
        now: datetime,  # noqa: ARG002 - the message has its times
    ) -> Receipt:
        """Post the message, in numbered parts when it is long."""
        for part in slack_messages(message):
            try:
                answer = self._client.send_dict(part)
            except Exception as error:  # noqa: BLE001 - every failure becomes a typed one
                raise self._failure(error) from None  # The chain would carry the address.
            _raise_for(answer)
        return Receipt(delivery_id)

    def _failure(self, error: Exception) -> DeliveryError:
        cause = error.reason if isinstance(error, URLError) else error
        if isinstance(cause, TimeoutError | socket.timeout):
            return DeliveryError(Reason.TIMEOUT, f"{self._host} did not answer in time.", retryable=True)
        if isinstance(cause, ssl.SSLError):
            return DeliveryError(Reason.TLS, f"The certificate of {self._host} is not trusted.", retryable=True)
        if isinstance(cause, OSError):
            said = cause.strerror or "no reason given"
            return DeliveryError(Reason.UNREACHABLE, f"{self._host} cannot be reached ({said}).", retryable=True)
        said = type(error).__name__
        return DeliveryError(Reason.UNREACHABLE, f"The connection to {self._host} broke ({said}).", retryable=True)


def _raise_for(answer: WebhookResponse) -> None:
    status, word = answer.status_code, plain(str(answer.body))[:80] or "no reason given"
    if status == 200:
        return
    if status == 429:
        header = str(answer.headers.get("Retry-After") or answer.headers.get("retry-after") or "")
        after = timedelta(seconds=int(header[:6])) if header.isascii() and header.isdigit() else None
        said = "Slack asked to wait."
        raise DeliveryError(Reason.RATE_LIMITED, said, retryable=True, retry_after=after)
    if status >= 500 or status == 408:
        raise DeliveryError(Reason.SERVER_ERROR, f"Slack answered {status}.", retryable=True)
    reason = {401: Reason.AUTHENTICATION, 403: Reason.AUTHENTICATION, 404: Reason.NOT_FOUND, 410: Reason.NOT_FOUND}
    detail = f"Slack refused the message: {word} ({status})."
    raise DeliveryError(reason.get(status, Reason.REJECTED), detail, retryable=False)
