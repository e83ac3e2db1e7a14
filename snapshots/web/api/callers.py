"""Who calls the API, and what they may do: programs by tokens, people by the ways the pages know."""

from __future__ import annotations

import hmac
from datetime import datetime
from typing import Annotated, Any
from urllib.parse import urlsplit

import structlog
from fastapi import Depends, Request

from snapshots import tokens
from snapshots.review import Reviewer
from snapshots.tokens import Scope, TokenSeen
from snapshots.web import csrf, sessions
from snapshots.web.access import LoginNeededError, NotAllowedError, Viewer, viewer_of
from snapshots.web.services import Services
from snapshots.web.settings import Role
from snapshots.web.visit import services_of, visit_secret

CSRF_HEADER = "x-csrf-token"
_log = structlog.get_logger(__name__)
_ROLES = {Scope.READ: Role.READ, Scope.REVIEW: Role.REVIEW, Scope.ADMIN: Role.ADMIN}


class ThrottledError(Exception):
    """Too many tokens that are none came from one address; `seconds` says how long to wait."""

    def __init__(self, seconds: int) -> None:
        """Remember how long."""
        super().__init__("Too many tokens that do not work came from this address. Wait a moment.")
        self.seconds = seconds


class Call:
    """One request: what it works with, who makes it, and when."""

    def __init__(self, services: Services, viewer: Viewer, now: datetime, csrf_token: str | None) -> None:
        """Keep them together. `csrf_token` is what a browser must send with a decision, `None` where none is needed."""
        self.services = services
        self.viewer = viewer
        self.now = now
        self.csrf_token = csrf_token

    @property
    def by(self) -> Reviewer:
        """The caller as the trail of decisions names people."""
        return Reviewer(self.viewer.name, "api")


def call_of(request: Request) -> Call:
    """The call of somebody who may read.

    Raises:
        LoginNeededError: nobody is named, or by a token that does not work.
        NotAllowedError: the token is for feeds only, or a proxy names somebody without access.
        ThrottledError: too many such tokens came from this address.
    """
    services = services_of(request)
    now = services.clock.now()
    given = request.headers.get("authorization")
    if given is not None:
        kind, _, token = given.partition(" ")
        seen = checked_token(request, token.strip() if kind.lower() == "bearer" else "", now)
        if seen.scope is Scope.FEED:
            raise NotAllowedError(f"{seen.name} is a token for feeds.")
        return Call(services, Viewer(seen.name, _ROLES[seen.scope], "token"), now, None)
    viewer = viewer_of(request, services.settings, now)
    if viewer.by == "local":
        return Call(services, viewer, now, None)
    secret = request.cookies.get(sessions.COOKIE, "") if viewer.by == "password" else visit_secret(request)
    return Call(services, viewer, now, csrf.token_for(secret) if secret else "")


def checked_token(request: Request, token: str, now: datetime) -> TokenSeen:
    """The token somebody sent, if it works.

    Raises:
        LoginNeededError: it does not.
        ThrottledError: it does not, nor did too many others from this address.
    """
    services = services_of(request)
    with services.database.reading() as session:
        seen = tokens.find_token(session, token, now)
    if seen is not None:
        return seen
    keys = (f"token from {request.client.host if request.client else ''}",)
    until = services.throttle.locked_until(keys, now)
    if until is not None:
        raise ThrottledError(max(1, int((until - now).total_seconds())))
    services.throttle.failed(keys, now)
    raise LoginNeededError("This token does not work. `headwater tokens list` names those that do.")


def _deciding(request: Request, call: Annotated[Call, Depends(call_of)]) -> Call:
    return _allowed(request, call, Role.REVIEW)


def _administering(request: Request, call: Annotated[Call, Depends(call_of)]) -> Call:
    return _allowed(request, call, Role.ADMIN)


def _allowed(request: Request, call: Call, role: Role) -> Call:
    if call.viewer.role < role:
        needs = "decide" if role is Role.REVIEW else "administer"
        raise NotAllowedError(f"{call.viewer.name} may not {needs}.")
    if call.viewer.by != "token" and _is_foreign(request):
        raise NotAllowedError("A page of another site sent this.")
    if call.csrf_token is not None:
        given = request.headers.get(CSRF_HEADER, "")
        if not call.csrf_token or not _same(given, call.csrf_token):
            raise NotAllowedError("Send the `csrf` of /api/v1/whoami as X-CSRF-Token, or use a token.")
    # Silences, owners and messages sent again have no place in the trail; the log says who asked for them.
    request_id = getattr(request.state, "request_id", "")
    _log.info("api-write", by=call.viewer.name, method=request.method, path=request.url.path, request=request_id)
    return call


def _same(one: str, other: str) -> bool:
    return hmac.compare_digest(one.encode(), other.encode())


def _is_foreign(request: Request) -> bool:
    """Whether a browser says that another site's page sent this; programs say nothing of the kind (Fetch metadata)."""
    site = request.headers.get("sec-fetch-site")
    if site is not None:
        return site not in ("same-origin", "none")
    origin = request.headers.get("origin")
    return origin is not None and urlsplit(origin).netloc != request.headers.get("host", "")


Reading = Annotated[Call, Depends(call_of)]
Deciding = Annotated[Call, Depends(_deciding)]
Administering = Annotated[Call, Depends(_administering)]

SCOPES: dict[Any, Scope] = {call_of: Scope.READ, _deciding: Scope.REVIEW, _administering: Scope.ADMIN}
"""The scope that each dependency asks for: what the document says of an operation."""
