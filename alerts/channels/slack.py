"""`slack`: an incoming webhook (https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks).

A webhook returns no message id, so later news of an incident is a new message that names the incident.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, Literal, Self
from urllib.error import URLError
from urllib.request import Request

from pydantic import Field, model_validator
from slack_sdk.webhook import WebhookClient, WebhookResponse

from alerts.channels.base import ChannelConfig, DeliveryError, Progress, Reason, Receipt
from alerts.channels.reaching import reach_host
from alerts.channels.transport import LONGEST_ANSWER, SILENT, TIMEOUT_SECONDS, direct_opener, secret_host
from alerts.channels.verdicts import of_exception, of_status, retry_after
from alerts.render.message import Digest, Message
from alerts.render.slack import slack_messages, slack_replies
from snapshots.secrets import demand_one, read_secret
from snapshots.wording.escape import plain

_OK = "ok"


class SlackConfig(ChannelConfig):
    """A channel of Slack, by its incoming webhook. The address is the secret."""

    kind: Literal["slack"]
    webhook_url_env: str | None = Field(default=None, description="Environment variable that holds the address.")
    webhook_url_file: str | None = Field(default=None, description="File that holds the address.")
    # https://docs.slack.dev/apis/web-api/rate-limits: one message a second for each webhook.
    messages_per_minute: int | None = Field(default=60, ge=1, le=6_000, description="Slack takes one message a second.")

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
        self.config: ChannelConfig = config
        self.name = config.name
        url = read_secret(
            "webhook_url", env=config.webhook_url_env, file=config.webhook_url_file, environ=environ, folder=folder
        )
        self._host = secret_host("webhook_url", url)
        # Retries are the delivery's, which survive a restart; the client's own would hide failures.
        self._client = _Client(url, timeout=TIMEOUT_SECONDS, retry_handlers=[], logger=SILENT)

    def send(
        self,
        message: Message | Digest,
        *,
        delivery_id: str,
        thread: str | None,
        now: datetime,  # noqa: ARG002 - the message has its times
        progress: Progress | None = None,
    ) -> Receipt:
        """Post the message; of a long one the next part, because Slack takes one message a second.

        A webhook has no threads: what belongs to one is a short message that names the incident.
        """
        progress = progress or Progress()
        parts = slack_replies(message) if isinstance(message, Message) and thread else slack_messages(message)
        left = [number for number in range(1, len(parts) + 1) if str(number) not in progress.taken]
        if left:
            self._post(parts[left[0] - 1])
        if len(left) > 1:
            progress.take(str(left[0]), delivery_id)
        return Receipt(delivery_id, more=len(left) > 1)

    def reach(self) -> str:
        """Connect as for a message and send none.

        Raises:
            DeliveryError: the host cannot be reached, or its certificate is not trusted.
        """
        return reach_host(self._client.url)

    def _post(self, part: dict[str, Any]) -> None:
        try:
            answer = self._client.send_dict(part)
        except Exception as error:  # noqa: BLE001 - every failure becomes a typed one
            cause = error.reason if isinstance(error, URLError) and isinstance(error.reason, OSError) else error
            raise of_exception(cause, self._host) from None  # The chain could carry the address.
        _raise_for(answer)


class _Client(WebhookClient):
    def _perform_http_request_internal(self, url: str, req: Request) -> WebhookResponse:
        with direct_opener().open(req, timeout=self.timeout) as answer:
            body = answer.read(LONGEST_ANSWER).decode(errors="replace")
            return WebhookResponse(url=url, status_code=answer.status, body=body, headers=dict(answer.headers))


def _raise_for(answer: WebhookResponse) -> None:
    status, word = answer.status_code, plain(str(answer.body))[:80] or "no reason given"
    if status == 200 and word == _OK:
        return
    if 200 <= status < 300:
        detail = (
            f"What answered is not Slack: status {status} without the word ok. Is there a proxy that wants a login?"
        )
        raise DeliveryError(Reason.SERVER_ERROR, detail, retryable=True)
    verdict = of_status(status)
    if 300 <= status < 400:
        detail = f"Slack's address redirects ({status}), which is not followed. Copy it anew from the Slack app."
    elif verdict.reason is Reason.RATE_LIMITED:
        detail = "Slack asked to wait."
    elif verdict.retryable:
        detail = f"Slack answered {status}."
    else:
        detail = f"Slack refused the message: {word} ({status})."
    header = str(answer.headers.get("Retry-After") or answer.headers.get("retry-after") or "")
    after = retry_after(header) if verdict.retryable else None
    raise DeliveryError(verdict.reason, detail, retryable=verdict.retryable, retry_after=after)
