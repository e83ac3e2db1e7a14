"""The signature of a webhook's body (https://www.standardwebhooks.com): HMAC-SHA256 over id, timestamp and body.

A receiver that checks it with `verify` knows that it is ours, unchanged and young; `webhook-id` tells a repeat.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

ID, TIMESTAMP, SIGNATURE = "webhook-id", "webhook-timestamp", "webhook-signature"
REPLAY_WINDOW = timedelta(minutes=5)
SHORTEST_KEY = 24
_PREFIX = "whsec_"


class SignatureError(Exception):
    """A message that must not be believed; the message says why."""


def key_of(secret: str) -> bytes:
    """The key in a secret: base64 behind `whsec_`, else the characters as they stand.

    Raises:
        ValueError: it is shorter than 24 bytes or no base64.
    """
    try:
        key = base64.b64decode(secret.removeprefix(_PREFIX), validate=True) if secret.startswith(_PREFIX) else None
    except binascii.Error:
        message = f"what follows {_PREFIX} is no base64."
        raise ValueError(message) from None
    found = secret.encode() if key is None else key
    if len(found) < SHORTEST_KEY:
        message = f"it is too short to sign with: at least {SHORTEST_KEY} bytes, as `openssl rand -hex 32` makes."
        raise ValueError(message)
    return found


def sign(key: bytes, *, event_id: str, at: datetime, body: bytes) -> dict[str, str]:
    """The three headers of a message; `at` is the instant of sending, UTC."""
    seconds = str(int(at.timestamp()))
    return {ID: event_id, TIMESTAMP: seconds, SIGNATURE: f"v1,{_digest(key, event_id, seconds, body)}"}


def verify(
    key: bytes, headers: Mapping[str, str], body: bytes, *, now: datetime, window: timedelta = REPLAY_WINDOW
) -> str:
    """Check a received message; return its event id, which a receiver remembers for the window to drop repeats.

    `headers` are looked up without regard to case; `body` must be the bytes as they came.

    Raises:
        SignatureError: a header is missing, the signature is another one, or the message is too old or from the future.
    """
    found = {name.lower(): value for name, value in headers.items()}
    try:
        event_id, seconds, signatures = found[ID], found[TIMESTAMP], found[SIGNATURE]
    except KeyError as error:
        message = f"the header {error.args[0]} is missing."
        raise SignatureError(message) from None
    if not (seconds.isascii() and seconds.isdigit() and len(seconds) < 12):
        message = f"{TIMESTAMP} is no number of seconds."
        raise SignatureError(message)
    expected = _digest(key, event_id, seconds, body).encode()
    offered = [one.partition(",")[2].encode() for one in signatures.split(" ") if one.startswith("v1,")]
    if not any([hmac.compare_digest(expected, one) for one in offered]):  # noqa: C419 - all are compared, in equal time
        message = "the signature does not fit the body."
        raise SignatureError(message)
    if abs(now - datetime.fromtimestamp(int(seconds), UTC)) > window:
        message = "the message is older than the window, or from the future."
        raise SignatureError(message)
    return event_id


def _digest(key: bytes, event_id: str, seconds: str, body: bytes) -> str:
    signed = b".".join((event_id.encode(), seconds.encode(), body))
    return base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
