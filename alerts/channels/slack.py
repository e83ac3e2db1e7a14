"""`slack`: an incoming webhook (https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks).

A webhook returns no message id, so later news of an incident is a new message that names the incident.
"""

from __future__ import annotations

import logging
import socket
import ssl
from collections.abc import Mapping
from datetime import datetime, timedelta
from http.client import HTTPMessage
from pathlib import Path
from typing import IO, Any, Literal, Self
from urllib.error import URLError
from urllib.parse import urlsplit
from urllib.request import HTTPRedirectHandler, Request, build_opener

from pydantic import Field, model_validator
from slack_sdk.webhook import WebhookClient, WebhookResponse

from alerts.channels.base import ChannelConfig, DeliveryError, Reason, Receipt, is_near
from alerts.render.escape import plain
from alerts.render.message import Digest, Message
from alerts.render.slack import slack_messages
from snapshots.secrets import SecretError, demand_one, read_secret

_TIMEOUT_SECONDS = 10
_LONGEST_ANSWER = 10_000
_OK = "ok"

# What the message is not to blame for: a timeout, a wrong connection, a request too early, a proxy without a login.
_PASSING = frozenset({407, 408, 421, 425})

# The client writes the address, which is the secret, to its log.
_SILENT = logging.getLogger(f"{__name__}.client")
_SILENT.disabled = True


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
            SecretError: it is missing, is no web address, or would travel in the clear.
        """
        self.name = config.name
        url = read_secret(
            "webhook_url", env=config.webhook_url_env, file=config.webhook_url_file, environ=environ, folder=folder
        )
        host = _host(url)
        if not host:
            message = "webhook_url is not a web address. Copy it from the settings of the Slack app."
            raise SecretError(message)
        if urlsplit(url).scheme != "https" and not is_near(host):
            message = "webhook_url must begin with https: the address is a secret and must not travel in the clear."
            raise SecretError(message)
        self._host = host
        parts = urlsplit(url)
        self._port = parts.port or (443 if parts.scheme == "https" else 80)
        self._tls = parts.scheme == "https"
        # Retries are the delivery's, which survive a restart; the client's own would hide failures.
        # The parts not taken yet of messages taken in part. After a restart such a message is sent whole again.
        self._left: dict[str, list[dict[str, Any]]] = {}
        self._client = _Client(url, timeout=_TIMEOUT_SECONDS, retry_handlers=[], logger=_SILENT)

    def send(
        self,
        message: Message | Digest,
        *,
        delivery_id: str,
        thread: str | None,  # noqa: ARG002 - a webhook has no threads
        now: datetime,  # noqa: ARG002 - the message has its times
    ) -> Receipt:
        """Post the message, in numbered parts when it is long; a repeat goes on with the parts that were not taken."""
        parts = self._left.get(delivery_id) or slack_messages(message)
        while parts:
            try:
                self._post(parts[0])
            except DeliveryError as error:
                if not error.retryable:
                    self._left.pop(delivery_id, None)
                raise
            self._left[delivery_id] = parts = parts[1:]
        self._left.pop(delivery_id, None)
        return Receipt(delivery_id)

    def reach(self) -> str:
        """Connect as for a message and part before the request, which would carry the secret.

        Raises:
            DeliveryError: the host cannot be reached, or its certificate is not trusted.
        """
        try:
            with socket.create_connection((self._host, self._port), timeout=_TIMEOUT_SECONDS) as connection:
                if self._tls:
                    ssl.create_default_context().wrap_socket(connection, server_hostname=self._host).close()
        except Exception as error:  # noqa: BLE001 - every failure becomes a typed one
            raise self._failure(error) from None
        return f"{self._host} answers; whether it takes the address only a message tells"

    def _post(self, part: dict[str, Any]) -> None:
        try:
            answer = self._client.send_dict(part)
        except Exception as error:  # noqa: BLE001 - every failure becomes a typed one
            raise self._failure(error) from None  # The chain would carry the address.
        _raise_for(answer)

    def _failure(self, error: Exception) -> DeliveryError:
        cause = error.reason if isinstance(error, URLError) else error
        if isinstance(cause, TimeoutError):
            return DeliveryError(Reason.TIMEOUT, f"{self._host} did not answer in time.", retryable=True)
        if isinstance(cause, ssl.SSLCertVerificationError):
            return DeliveryError(Reason.TLS, f"The certificate of {self._host} is not trusted.", retryable=True)
        if isinstance(cause, OSError):
            said = cause.strerror or "no reason given"
            return DeliveryError(Reason.UNREACHABLE, f"{self._host} cannot be reached ({said}).", retryable=True)
        said = type(error).__name__
        return DeliveryError(Reason.UNREACHABLE, f"The connection to {self._host} broke ({said}).", retryable=True)


class _NoRedirects(HTTPRedirectHandler):
    def redirect_request(
        self,
        req: Request,
        fp: IO[bytes],
        code: int,
        msg: str,
        headers: HTTPMessage,
        newurl: str,
    ) -> None:
        """Follow nothing: the address is secret, and a POST that became a GET tells nobody anything."""


class _Client(WebhookClient):
    def _perform_http_request_internal(self, url: str, req: Request) -> WebhookResponse:
        with build_opener(_NoRedirects).open(req, timeout=self.timeout) as answer:
            body = answer.read(_LONGEST_ANSWER).decode(errors="replace")
            return WebhookResponse(url=url, status_code=answer.status, body=body, headers=dict(answer.headers))


def _host(url: str) -> str:
    """The host of a web address; empty when it is none."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return ""
    whole = url.isascii() and url.isprintable() and " " not in url
    return parts.hostname or "" if whole and parts.scheme in ("http", "https") else ""


def _raise_for(answer: WebhookResponse) -> None:
    status, word = answer.status_code, plain(str(answer.body))[:80] or "no reason given"
    if status == 200 and word == _OK:
        return
    if 200 <= status < 300:
        detail = (
            f"What answered is not Slack: status {status} without the word ok. Is there a proxy that wants a login?"
        )
        raise DeliveryError(Reason.SERVER_ERROR, detail, retryable=True)
    if 300 <= status < 400:
        detail = f"Slack's address redirects ({status}), which is not followed. Copy it anew from the Slack app."
        raise DeliveryError(Reason.NOT_FOUND, detail, retryable=False)
    if status == 429:
        said = "Slack asked to wait."
        raise DeliveryError(Reason.RATE_LIMITED, said, retryable=True, retry_after=_retry_after(answer))
    if status in _PASSING or not 200 <= status < 500:
        said = f"Slack answered {status}."
        raise DeliveryError(Reason.SERVER_ERROR, said, retryable=True, retry_after=_retry_after(answer))
    reason = {401: Reason.AUTHENTICATION, 403: Reason.AUTHENTICATION, 404: Reason.NOT_FOUND, 410: Reason.NOT_FOUND}
    detail = f"Slack refused the message: {word} ({status})."
    raise DeliveryError(reason.get(status, Reason.REJECTED), detail, retryable=False)


def _retry_after(answer: WebhookResponse) -> timedelta | None:
    """The wait in seconds that was asked for (RFC 9110 section 10.2.3); a date there is left to our own waits."""
    header = str(answer.headers.get("Retry-After") or answer.headers.get("retry-after") or "")
    return timedelta(seconds=int(header[:6])) if header.isascii() and header.isdigit() else None
