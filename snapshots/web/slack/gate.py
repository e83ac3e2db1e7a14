"""Whether a request comes from Slack: its signature, its age, and that it was not here before.

https://docs.slack.dev/authentication/verifying-requests-from-slack
"""

from __future__ import annotations

import hashlib
import hmac
import threading
from collections import Counter, OrderedDict
from collections.abc import Mapping
from datetime import datetime

WINDOW_SECONDS = 300
_MOST_REMEMBERED = 10_000


class RefusedError(Exception):
    """The request is not believed; `reason` is the word it is counted under."""

    def __init__(self, reason: str, message: str) -> None:
        """Remember both."""
        super().__init__(message)
        self.reason = reason


def sign(secret: str, timestamp: str, body: bytes) -> str:
    """Slack's signature of a body: version 0 is HMAC-SHA256 over `v0:timestamp:body`, in hex."""
    return "v0=" + hmac.new(secret.encode(), b"v0:" + timestamp.encode() + b":" + body, hashlib.sha256).hexdigest()


class SlackGate:
    """Believes each request of Slack once; safe to share between threads. `refused` counts the others by reason."""

    def __init__(self, secret: str) -> None:
        """`secret` is the app's signing secret, empty where no buttons are expected."""
        self._secret = secret
        self._lock = threading.Lock()
        self._seen: OrderedDict[str, int] = OrderedDict()
        self.refused: Counter[str] = Counter()

    @property
    def is_open(self) -> bool:
        """Whether buttons are expected at all."""
        return bool(self._secret)

    def check(self, headers: Mapping[str, str], body: bytes, now: datetime) -> None:
        """Believe a request.

        Raises:
            RefusedError: its signature does not fit, it is more than five minutes old, or it was here before.
        """
        try:
            self._check(headers, body, int(now.timestamp()))
        except RefusedError as error:
            with self._lock:
                self.refused[error.reason] += 1
            raise

    def _check(self, headers: Mapping[str, str], body: bytes, now: int) -> None:
        timestamp = headers.get("x-slack-request-timestamp", "")
        signature = headers.get("x-slack-signature", "")
        if not (timestamp.isascii() and timestamp.isdigit() and len(timestamp) <= 12):
            raise RefusedError("unsigned", "The request bears no time and signature of Slack.")
        if not hmac.compare_digest(sign(self._secret, timestamp, body).encode(), signature.encode()):
            raise RefusedError("signature", "The signature does not fit: compare the signing secret with the app's.")
        if abs(now - int(timestamp)) > WINDOW_SECONDS:
            raise RefusedError("old", "The request is more than five minutes old, or a clock is wrong.")
        with self._lock:
            while self._seen and (
                len(self._seen) > _MOST_REMEMBERED or next(iter(self._seen.values())) < now - 2 * WINDOW_SECONDS
            ):
                self._seen.popitem(last=False)
            if signature in self._seen:
                raise RefusedError("replay", "This very request was here before.")
            self._seen[signature] = now
