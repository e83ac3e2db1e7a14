"""Tokens of programs: made once and shown once, kept as digests, revoked but never deleted."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.orm import Session

from snapshots.review import Reviewer, ReviewError
from snapshots.tables import ApiTokenRow

PREFIX = "hw_"
"""What every token begins with, so that scanners for leaked secrets can know one."""
_LONGEST = 100


class Scope(StrEnum):
    """What a token may do. `feed` reads feeds only, so that it may stand in an address."""

    FEED = "feed"
    READ = "read"
    REVIEW = "review"
    ADMIN = "admin"


class TokenError(Exception):
    """A token cannot be made or revoked as asked; the message says why."""


class UnknownTokenError(TokenError):
    """There is no such token, or it was revoked before."""


@dataclass(frozen=True, slots=True)
class TokenSeen:
    """A token as a person wants to see it: everything but itself. Times are UTC."""

    id: int
    name: str
    scope: Scope
    created_by: str
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None

    def works(self, now: datetime) -> bool:
        """Whether it lets anybody in at an instant."""
        return self.revoked_at is None and (self.expires_at is None or now < self.expires_at)


def add_token(
    session: Session, name: str, scope: Scope, *, by: str, now: datetime, expires_at: datetime | None = None
) -> tuple[TokenSeen, str]:
    """Make a token; the second value is the token itself, which nobody can find out again.

    Raises:
        TokenError: the name is none that decisions could be kept under, is in use, or the end is past.
    """
    try:
        named = Reviewer(name.strip(), "api").actor
    except ReviewError as error:
        raise TokenError(str(error)) from error
    if expires_at is not None and expires_at <= now:
        message = f"{expires_at:%Y-%m-%d %H:%M} UTC has passed: this token would let nobody in."
        raise TokenError(message)
    if any(one.name == named and one.works(now) for one in list_tokens(session)):
        message = f"There is a token {named} that works. Revoke it first, or choose another name."
        raise TokenError(message)
    token = PREFIX + secrets.token_urlsafe(32)
    row = ApiTokenRow(
        name=named, scope=scope, digest=_digest(token), created_by=by, created_at=now, expires_at=expires_at
    )
    session.add(row)
    session.flush()
    return _seen(row), token


def list_tokens(session: Session) -> Sequence[TokenSeen]:
    """Every token there ever was, the oldest first."""
    return [_seen(row) for row in session.scalars(select(ApiTokenRow).order_by(ApiTokenRow.id))]


def revoke_token(session: Session, token_id: int, *, now: datetime) -> TokenSeen:
    """Let nobody in with it from now on.

    Raises:
        UnknownTokenError: there is none of this number, or it was revoked before.
    """
    row = session.get(ApiTokenRow, token_id, with_for_update=True)
    if row is None or row.revoked_at is not None:
        message = f"No token {token_id} works. `headwater tokens list` names those that do."
        raise UnknownTokenError(message)
    row.revoked_at = now
    session.flush()
    return _seen(row)


def find_token(session: Session, token: str, now: datetime) -> TokenSeen | None:
    """The token that works at `now`; `None` for any other text. Looked up by digest, so its timing tells nothing."""
    if not token.startswith(PREFIX) or len(token) > _LONGEST or not token.isascii():
        return None
    row = session.scalars(select(ApiTokenRow).where(ApiTokenRow.digest == _digest(token))).first()
    seen = _seen(row) if row is not None else None
    return seen if seen is not None and seen.works(now) else None


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()


def _seen(row: ApiTokenRow) -> TokenSeen:
    return TokenSeen(
        id=row.id,
        name=row.name,
        scope=Scope(row.scope),
        created_by=row.created_by,
        created_at=row.created_at,
        expires_at=row.expires_at,
        revoked_at=row.revoked_at,
    )
