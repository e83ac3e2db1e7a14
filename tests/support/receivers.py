"""Receivers beside the demo's: Slack's Web API with its threads, and an address that checks signatures."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

from alerts.channels.signature import SignatureError, verify
from monitor.demo.receivers import SlackReceiver
from monitor.demo.slacklimits import reason_to_refuse

TOKEN = "xoxb-HIDDEN-token"


@dataclass
class Post:
    """A message as it stands in the channel; `thread` is the `ts` of the one it answers."""

    ts: str
    thread: str | None
    payload: dict[str, Any]
    edits: int = 0


class SlackApi(SlackReceiver):
    """`chat.postMessage` and `chat.update` for one channel and one token. `posts` are what people see, in order."""

    content_type = "application/json"

    def __init__(self, *, channel: str = "C0123456789", words: Mapping[str, str] | None = None) -> None:
        """`words` are what a method answers with instead of doing its work, by its name."""
        super().__init__()
        self.posts: list[Post] = []
        self.channel = channel
        self.words = dict(words or {})

    @property
    def api_url(self) -> str:
        return self.url.partition("/services")[0] + "/api/"

    def _take(self, path: str, body: bytes, headers: Mapping[str, str]) -> tuple[int, str]:
        method = path.rpartition("/")[2]
        answer = self._answer(method, json.loads(body), headers)
        return 200, json.dumps(answer)

    def _answer(self, method: str, asked: dict[str, Any], headers: Mapping[str, str]) -> dict[str, Any]:
        word = self.words.get(method)
        if headers.get("Authorization") != f"Bearer {TOKEN}":
            word = "invalid_auth"
        elif asked.get("channel") != self.channel:
            word = "channel_not_found"
        word = word or reason_to_refuse(asked)
        if word is None:
            return self._done(method, asked)
        self.refused.append(word)
        return {"ok": False, "error": word}

    def _done(self, method: str, asked: dict[str, Any]) -> dict[str, Any]:
        by_ts = {post.ts: post for post in self.posts}
        if method == "chat.update":
            if asked["ts"] not in by_ts:
                return {"ok": False, "error": "message_not_found"}
            post = by_ts[asked["ts"]]
            post.payload, post.edits = asked, post.edits + 1
            return {"ok": True, "ts": post.ts, "channel": self.channel}
        thread = asked.get("thread_ts")
        if thread is not None and thread not in by_ts:
            return {"ok": False, "error": "thread_not_found"}
        self.posts.append(Post(f"1777032360.{len(self.posts):06}", thread, asked))
        self.payloads.append(asked)
        return {"ok": True, "ts": self.posts[-1].ts, "channel": self.channel}


def pressed(post: Post, action: str, *, person: str, secret: str, at: datetime) -> tuple[bytes, dict[str, str]]:
    """What Slack sends when somebody presses a button of a message that stands in the channel: body and headers.

    https://docs.slack.dev/reference/interaction-payloads/block_actions-payload
    """
    rows = (block for block in post.payload["blocks"] if block["type"] == "actions")
    button = next(one for row in rows for one in row["elements"] if one["action_id"] == action)
    payload = {
        "type": "block_actions",
        "user": {"id": "U0123456789", "username": person, "name": person, "team_id": "T0123456789"},
        "api_app_id": "A0123456789",
        "token": "deprecated",
        "container": {"type": "message", "message_ts": post.ts, "channel_id": "C0123456789", "is_ephemeral": False},
        "trigger_id": "12466734323.1395872398",
        "team": {"id": "T0123456789", "domain": "example"},
        "channel": {"id": "C0123456789", "name": "llm-platform"},
        "message": {"type": "message", "ts": post.ts, **post.payload},
        "response_url": "https://hooks.slack.com/actions/T0/1/x",
        "actions": [{**button, "block_id": "b1", "action_ts": post.ts}],
    }
    body = urlencode({"payload": json.dumps(payload)}).encode()
    timestamp = str(int(at.timestamp()))
    signed = hmac.new(secret.encode(), f"v0:{timestamp}:".encode() + body, hashlib.sha256).hexdigest()
    return body, {
        "content-type": "application/x-www-form-urlencoded",
        "x-slack-request-timestamp": timestamp,
        "x-slack-signature": f"v0={signed}",
    }


class SignedReceiver(SlackReceiver):
    """Takes JSON whose signature fits. `bodies` are the bodies it believed, `ids` the event ids they came with."""

    def __init__(self, key: bytes, *, now: datetime) -> None:
        """`now` is what it takes for the present."""
        super().__init__()
        self.bodies: list[dict[str, Any]] = []
        self.ids: list[str] = []
        self._key = key
        self._now = now.astimezone(UTC)

    def _take(self, path: str, body: bytes, headers: Mapping[str, str]) -> tuple[int, str]:  # noqa: ARG002 - any path
        try:
            self.ids.append(verify(self._key, headers, body, now=self._now))
        except SignatureError as error:
            self.refused.append(str(error))
            return 401, "not believed"
        self.bodies.append(json.loads(body))
        return 204, ""


class OpenReceiver(SlackReceiver):
    """Takes any JSON. `bodies` are the bodies it took."""

    def __init__(self) -> None:
        super().__init__()
        self.bodies: list[dict[str, Any]] = []

    def _take(self, path: str, body: bytes, headers: Mapping[str, str]) -> tuple[int, str]:  # noqa: ARG002 - any path
        self.bodies.append(json.loads(body))
        return 200, "ok"
