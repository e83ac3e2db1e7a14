"""Tokens that prove a form was made by a page of ours for this very browser.

The token is an HMAC under a cookie that no page of another site can read or set: the session's, or where nobody logs in
a random one. It needs no store and is good in every process.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets

COOKIE = "headwater_visit"
FIELD = "csrf"
_LEAST = 16


def new_visit() -> str:
    """A random value for the cookie of a browser that has none."""
    return secrets.token_urlsafe(24)


def token_for(secret: str) -> str:
    """The token of forms in pages made for the browser that holds this cookie value."""
    return hmac.new(secret.encode(), b"headwater form", hashlib.sha256).hexdigest()


def is_valid(secret: str, token: str) -> bool:
    """Whether a form's token belongs to the cookie it came with."""
    return len(secret) >= _LEAST and hmac.compare_digest(token_for(secret).encode(), token.encode())
