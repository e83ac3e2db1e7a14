"""`slack-bot`: Slack's Web API with a bot token: a thread an incident, the first message kept up to date.

https://docs.slack.dev/reference/methods/chat.postMessage and chat.update. The app needs the scope `chat:write` and must
be a member of the channel.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, ClassVar, Literal, Self
from urllib.error import HTTPError, URLError
from urllib.request import Request

from pydantic import Field, model_validator
from slack_sdk.errors import SlackApiError
from slack_sdk.web import WebClient

from alerts.channels.base import ChannelConfig, DeliveryError, Progress, Reason, Receipt
from alerts.channels.reaching import reach_host
from alerts.channels.transport import LONGEST_ANSWER, SILENT, TIMEOUT_SECONDS, direct_opener, secret_host
from alerts.channels.verdicts import of_exception, of_slack_word, of_status, retry_after
from alerts.render.message import Digest, Message
from alerts.render.slack import slack_messages, slack_note, slack_replies
from snapshots.secrets import SecretError, demand_one, read_secret

# The first message is gone or too old to be changed; what is left to say is still said.
_NOT_TO_BE_CHANGED = frozenset(
    {"message_not_found", "cant_update_message", "edit_window_closed", "update_failed", "is_inactive"}
)
_NO_THREAD = frozenset({"thread_not_found", "message_not_found", "cannot_reply_to_message"})
_UPDATE = "update"
_WORD = re.compile(r"[a-z0-9_-]{1,60}")


class SlackBotConfig(ChannelConfig):
    """A channel of Slack, by a bot. The token is the secret."""

    keeps_first_message: ClassVar[bool] = True

    kind: Literal["slack-bot"]
    channel: str = Field(
        pattern=r"^[CGD][A-Z0-9]{5,20}$",
        description="Slack's id of the channel, such as C0123456789; it stands at the foot of the channel's details.",
    )
    token_env: str | None = Field(default=None, description="Environment variable that holds the bot token, xoxb-...")
    token_file: str | None = Field(default=None, description="File that holds the bot token.")
    api_url: str = Field(default="https://slack.com/api/", description="Another address of the API, as GovSlack has.")
    buttons: bool = Field(
        default=False,
        description="Acknowledge and snooze from the message; Slack sends presses to PUBLIC_URL/slack/interactions.",
    )
    messages_per_minute: int | None = Field(default=60, ge=1, le=6_000, description="Slack takes one message a second.")

    @model_validator(mode="after")
    def _complete(self) -> Self:
        demand_one("token", self.token_env, self.token_file)
        try:
            secret_host("api_url", self.api_url)
        except SecretError as error:
            raise ValueError(str(error)) from None
        return self


class SlackBotChannel:
    """Posts to one channel with a bot token."""

    def __init__(self, config: SlackBotConfig, environ: Mapping[str, str], folder: Path) -> None:
        """Read the token.

        Raises:
            SecretError: it is missing or cannot be sent in a header.
        """
        self.config: ChannelConfig = config
        self.name = config.name
        self._channel = config.channel
        self._decides = config.buttons
        token = read_secret("token", env=config.token_env, file=config.token_file, environ=environ, folder=folder)
        if not (token.isascii() and token.isprintable()) or " " in token:
            message = "token holds characters that no token has. Copy it anew from the settings of the Slack app."
            raise SecretError(message)
        self._host = secret_host("api_url", config.api_url)
        self._client = _Client(
            token=token, base_url=config.api_url, timeout=TIMEOUT_SECONDS, retry_handlers=[], logger=SILENT
        )

    def send(
        self,
        message: Message | Digest,
        *,
        delivery_id: str,
        thread: str | None,
        now: datetime,  # noqa: ARG002 - the message has its times
        progress: Progress | None = None,
    ) -> Receipt:
        """Post the message, or the next part of a long one; a decision or the end also changes the first message.

        The receipt's message id is Slack's `ts`, which is what a thread hangs on.
        """
        progress = progress or Progress()
        if isinstance(message, Message) and (message.decision or message.update):
            return self._update(message, delivery_id, thread, progress)
        if isinstance(message, Message) and thread is not None:
            parts = slack_replies(message)
        else:
            parts = slack_messages(message, buttons=True, decides=self._decides)
        left = [number for number in range(1, len(parts) + 1) if str(number) not in progress.taken]
        if not left:
            return Receipt(progress.taken["1"])
        number = left[0]
        # Later parts hang on the first one, and all of it on the incident's first message.
        posted = self._post(parts[number - 1], thread or progress.taken.get("1"), delivery_id, number)
        if len(left) > 1:
            progress.take(str(number), posted)
        return Receipt(progress.taken.get("1", posted), more=len(left) > 1)

    def reach(self) -> str:
        """Connect as for a message and send none.

        Raises:
            DeliveryError: the host cannot be reached, or its certificate is not trusted.
        """
        return reach_host(self._client.base_url)

    def _update(self, message: Message, delivery_id: str, thread: str | None, progress: Progress) -> Receipt:
        if thread is not None and _UPDATE not in progress.taken:
            first = slack_messages(message.update or message, buttons=True)[0]
            try:
                self._call("chat_update", {"ts": thread, **first})
            except _Refused as refused:
                if refused.word not in _NOT_TO_BE_CHANGED:
                    raise refused.error from None
            progress.take(_UPDATE, thread)
            return Receipt(thread, more=True)
        note = slack_note(message) if message.decision else slack_replies(message)[0]
        return Receipt(self._post(note, thread, delivery_id, 1))

    def _post(self, part: dict[str, Any], thread: str | None, delivery_id: str, number: int) -> str:
        # What a program tells a repeat by; people read the delivery's number at the foot of the message.
        known = {"event_type": "headwater_delivery", "event_payload": {"id": delivery_id, "part": number}}
        sent = {**part, "metadata": known}
        try:
            return self._call("chat_postMessage", {**sent, **({"thread_ts": thread} if thread else {})})
        except _Refused as refused:
            if thread is None or refused.word not in _NO_THREAD:
                raise refused.error from None
        try:
            return self._call("chat_postMessage", sent)
        except _Refused as refused:
            raise refused.error from None

    def _call(self, method: str, arguments: dict[str, Any]) -> str:
        try:
            answer = getattr(self._client, method)(channel=self._channel, **arguments)
            return str(answer["ts"])
        except SlackApiError as error:
            raise _refusal(error, self._host) from None  # The chain could carry the token.
        except Exception as error:  # noqa: BLE001 - every failure becomes a typed one
            cause = error.reason if isinstance(error, URLError) and isinstance(error.reason, OSError) else error
            raise of_exception(cause, self._host) from None


class _Refused(Exception):  # noqa: N818 - it never leaves this module
    """Slack's word for a refusal, and the failure it is."""

    def __init__(self, word: str, error: DeliveryError) -> None:
        super().__init__(word)
        self.word = word
        self.error = error


def _refusal(error: SlackApiError, host: str) -> _Refused:
    answer = error.response
    status = int(getattr(answer, "status_code", 200) or 200)
    said = answer.get("error") if isinstance(getattr(answer, "data", None), dict) else None
    word = str(said) if said and _WORD.fullmatch(str(said)) else ""
    headers = {str(name).lower(): str(value) for name, value in (getattr(answer, "headers", None) or {}).items()}
    after = retry_after(headers.get("retry-after", ""))
    if status == 200 and word:
        verdict = of_slack_word(word)
        detail = f"Slack refused the message: {word}."
    elif 200 <= status < 300:
        verdict = of_status(500)
        detail = f"What answered at {host} is not Slack: status {status} without a verdict."
    else:
        verdict = of_status(status)
        detail = f"Slack answered {status}{f' ({word})' if word else ''}."
    if verdict.reason is Reason.RATE_LIMITED:
        detail = "Slack asked to wait."
    asked = after if verdict.retryable else None
    return _Refused(word, DeliveryError(verdict.reason, detail, retryable=verdict.retryable, retry_after=asked))


class _Client(WebClient):
    def _perform_urllib_http_request_internal(self, url: str, req: Request) -> dict[str, Any]:  # noqa: ARG002 - `req` has it too
        try:
            answer = direct_opener().open(req, timeout=self.timeout)
        except HTTPError as refused:
            answer = refused
        with answer:
            # An answer repeats the whole message, so it is longer than what it says.
            body = answer.read(LONGEST_ANSWER * 10).decode(errors="replace")
            return {"status": answer.status, "headers": answer.headers, "body": body}
