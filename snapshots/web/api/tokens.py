"""`/tokens`: tokens of programs, for administrators."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from fastapi import APIRouter
from pydantic import Field

from snapshots.tokens import Scope, TokenSeen, add_token, list_tokens, revoke_token
from snapshots.web.api.callers import Administering
from snapshots.web.api.fields import In, Instant, Name, Number, Out
from snapshots.web.api.paging import Page

router = APIRouter(tags=["tokens"])


class TokenOut(Out):
    """A token: everything but itself."""

    id: int
    name: str
    scope: Scope
    created_by: str
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None
    works: bool


class TokenMade(TokenOut):
    """A new token. It is told this once; only its digest is kept."""

    token: str


class TokenIn(In):
    """A token to make. Its name stands in the trail of decisions."""

    name: Name
    scope: Scope = Scope.READ
    expires_at: Instant | None = Field(default=None, description="Null: it works until it is revoked.")


@router.get("/tokens")
def list_(call: Administering) -> Page[TokenOut]:
    """Every token there ever was."""
    with call.services.database.reading() as session:
        items = [TokenOut(**_out(one, call.now)) for one in list_tokens(session)]
    return Page[TokenOut](items=items, next=None)


@router.post("/tokens", status_code=201)
def make(call: Administering, asked: TokenIn) -> TokenMade:
    """Make a token."""
    with call.services.database.writing() as session:
        seen, token = add_token(
            session, asked.name, asked.scope, by=call.by.actor, now=call.now, expires_at=asked.expires_at
        )
    return TokenMade(**_out(seen, call.now), token=token)


@router.delete("/tokens/{id}")
def revoke(call: Administering, id: Number) -> TokenOut:  # noqa: A002 - the word in the address
    """Let nobody in with it from now on."""
    with call.services.database.writing() as session:
        return TokenOut(**_out(revoke_token(session, id, now=call.now), call.now))


def _out(one: TokenSeen, now: datetime) -> dict[str, Any]:
    return {
        "id": one.id,
        "name": one.name,
        "scope": one.scope,
        "created_by": one.created_by,
        "created_at": one.created_at,
        "expires_at": one.expires_at,
        "revoked_at": one.revoked_at,
        "works": one.works(now),
    }
