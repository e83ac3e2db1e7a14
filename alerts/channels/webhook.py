"""`webhook`: JSON to an address of your own, signed after https://www.standardwebhooks.com (see `signature`).

The body is described by docs/headwater-webhook.schema.json and in docs/channels.md.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Literal, Self
from urllib.error import HTTPError, URLError
from urllib.request import Request

from pydantic import Field, model_validator

from alerts.channels.base import ChannelConfig, DeliveryError, Progress, Reason, Receipt
from alerts.channels.reaching import reach_host
from alerts.channels.signature import key_of, sign
from alerts.channels.transport import TIMEOUT_SECONDS, direct_opener, secret_host
from alerts.channels.verdicts import of_exception, of_status, retry_after
from alerts.render.message import Digest, Message
from alerts.render.webhook import webhook_body
from snapshots.secrets import SecretError, demand_one, read_secret


class WebhookConfig(ChannelConfig):
    """An address that takes JSON. The address is a secret, and so is the key that signs."""

    kind: Literal["webhook"]
    url_env: str | None = Field(default=None, description="Environment variable that holds the address.")
    url_file: str | None = Field(default=None, description="File that holds the address.")
    secret_env: str | None = Field(default=None, description="Environment variable that holds the signing key.")
    secret_file: str | None = Field(default=None, description="File that holds the signing key.")

    @model_validator(mode="after")
    def _both_secrets(self) -> Self:
        demand_one("url", self.url_env, self.url_file)
        demand_one("secret", self.secret_env, self.secret_file)
        return self


class WebhookChannel:
    """Posts to one address."""

    def __init__(self, config: WebhookConfig, environ: Mapping[str, str], folder: Path) -> None:
        """Read the address and the key.

        Raises:
            SecretError: one of them is missing or cannot be used.
        """
        self.config: ChannelConfig = config
        self.name = config.name
        self._url = read_secret("url", env=config.url_env, file=config.url_file, environ=environ, folder=folder)
        self._host = secret_host("url", self._url)
        secret = read_secret("secret", env=config.secret_env, file=config.secret_file, environ=environ, folder=folder)
        try:
            self._key = key_of(secret)
        except ValueError as error:
            message = f"secret cannot be used: {error}"
            raise SecretError(message) from None

    def send(
        self,
        message: Message | Digest,
        *,
        delivery_id: str,
        thread: str | None,
        now: datetime,
        progress: Progress | None = None,  # noqa: ARG002 - a message has one part
    ) -> Receipt:
        """Post the message; any 2xx is a receipt, and a redirect is none."""
        told = webhook_body(message, delivery_id=delivery_id, thread=thread, now=now)
        body = json.dumps(told, ensure_ascii=False, separators=(",", ":")).encode()
        headers = {"Content-Type": "application/json", "User-Agent": "headwater"}
        headers |= sign(self._key, event_id=delivery_id, at=now, body=body)
        request = Request(self._url, data=body, headers=headers, method="POST")  # noqa: S310 - checked to be http(s)
        try:
            with direct_opener().open(request, timeout=TIMEOUT_SECONDS):
                return Receipt(delivery_id)
        except HTTPError as answer:
            with answer:
                raise self._refusal(answer.status or 0, str(answer.headers.get("Retry-After") or "")) from None
        except Exception as error:  # noqa: BLE001 - every failure becomes a typed one
            cause = error.reason if isinstance(error, URLError) and isinstance(error.reason, OSError) else error
            raise of_exception(cause, self._host) from None  # The chain could carry the address.

    def reach(self) -> str:
        """Connect as for a message and send none.

        Raises:
            DeliveryError: the host cannot be reached, or its certificate is not trusted.
        """
        return reach_host(self._url)

    def _refusal(self, status: int, header: str) -> DeliveryError:
        verdict = of_status(status)
        if 300 <= status < 400:
            detail = f"{self._host} redirects ({status}), which is not followed. Configure the address it leads to."
        elif verdict.reason is Reason.RATE_LIMITED:
            detail = f"{self._host} asked to wait."
        else:
            detail = f"{self._host} answered {status}."
        after = retry_after(header) if verdict.retryable else None
        return DeliveryError(verdict.reason, detail, retryable=verdict.retryable, retry_after=after)
