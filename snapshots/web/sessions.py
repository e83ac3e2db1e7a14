"""Who is logged in, as a signed cookie: no rows, good in every process, gone when the password changes.

The key is made from the account's password hash, which never leaves the server. A session ends by the clock, by
logging out of the browser that holds it, by another password, or by taking the account away.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import secrets
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from snapshots.web.settings import Account

COOKIE = "headwater_session"
LIFE = timedelta(hours=12)


def issue(account: Account, now: datetime) -> str:
    """A cookie's value that proves for `LIFE` that this account logged in."""
    name = base64.urlsafe_b64encode(account.name.encode()).decode().rstrip("=")
    claim = f"{name}.{int((now + LIFE).timestamp())}.{secrets.token_urlsafe(12)}"
    return f"{claim}.{_sign(account, claim)}"


def verify(cookie: str, accounts: Iterable[Account], now: datetime) -> Account | None:
    """The account that a cookie proves; `None` for one that is forged, has run out, or whose account is gone."""
    claim, _, signature = cookie.rpartition(".")
    parts = claim.split(".")
    if len(parts) != 3 or not parts[1].isascii() or not parts[1].isdigit() or len(parts[1]) > 12:
        return None
    try:
        name = base64.urlsafe_b64decode(parts[0] + "=" * (-len(parts[0]) % 4)).decode()
    except (binascii.Error, UnicodeDecodeError, ValueError):
        return None
    account = next((one for one in accounts if one.name == name and one.password_hash), None)
    if account is None or not hmac.compare_digest(_sign(account, claim).encode(), signature.encode()):
        return None
    return account if datetime.fromtimestamp(int(parts[1]), UTC) > now else None


def _sign(account: Account, claim: str) -> str:
    key = hashlib.sha256(b"headwater session\x00" + account.password_hash.encode()).digest()
    return hmac.new(key, claim.encode(), hashlib.sha256).hexdigest()
