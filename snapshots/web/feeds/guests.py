"""Who may read feeds: whoever may read the API, and whoever has a token for feeds in the address.

Programs that read feeds know addresses and nothing else. So a token may stand there, but only one that can do nothing
but read feeds: addresses are kept in histories and logs of other programs. Ours keep none.
"""

from __future__ import annotations

from typing import Annotated
from urllib.parse import urlsplit

from fastapi import Depends, Query, Request

from snapshots.tokens import Scope
from snapshots.web.access import NotAllowedError, Viewer
from snapshots.web.api.callers import Call, call_of, checked_token
from snapshots.web.settings import Role
from snapshots.web.visit import services_of


def _guest(request: Request, token: Annotated[str, Query(max_length=100)] = "") -> Call:
    services = services_of(request)
    now = services.clock.now()
    given = request.headers.get("authorization", "")
    bearer = given.partition(" ")[2].strip() if given.lower().startswith("bearer ") else ""
    if not token and not bearer:
        return call_of(request)
    seen = checked_token(request, token or bearer, now)
    if token and seen.scope is not Scope.FEED:
        raise NotAllowedError("Only a token for feeds may stand in an address. Make one with --scope feed.")
    return Call(services, Viewer(seen.name, Role.READ, "token"), now, None)


Guest = Annotated[Call, Depends(_guest)]


def host_of(call: Call) -> str:
    """The name of this installation in ids that must never change: the host of the address people use."""
    return urlsplit(call.services.settings.url).hostname or "localhost"
