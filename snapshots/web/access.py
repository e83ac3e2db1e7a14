"""Who makes a request, and what they may do."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from ipaddress import ip_address

from fastapi import Request

from snapshots.review import Reviewer, ReviewError
from snapshots.web import sessions
from snapshots.web.settings import Account, Role, WebSettings


@dataclass(frozen=True, slots=True)
class Viewer:
    """The person a page is made for. `by` is `local`, `password` or `proxy`."""

    name: str
    role: Role
    by: str

    @property
    def may_review(self) -> bool:
        """Whether decisions of this person count."""
        return self.role >= Role.REVIEW

    @property
    def reviewer(self) -> Reviewer:
        """The person as the trail of decisions names people."""
        return Reviewer(self.name, "web")


class LoginNeededError(Exception):
    """The request does not prove who makes it."""


class NotAllowedError(Exception):
    """The person may not do this; the message says what they may do."""


def viewer_of(request: Request, settings: WebSettings, now: datetime) -> Viewer:
    """The person who makes a request.

    Raises:
        LoginNeededError: nobody is logged in.
        NotAllowedError: the proxy names somebody who has no access.
    """
    if not settings.asks_login:
        return Viewer(settings.local_name, Role.ADMIN, "local")
    named = _named_by_proxy(request, settings)
    if named is not None:
        return named
    account = sessions.verify(request.cookies.get(sessions.COOKIE, ""), settings.accounts, now)
    if account is None:
        raise LoginNeededError
    return Viewer(account.name, account.role, "password")


def require(viewer: Viewer, role: Role) -> None:
    """Refuse what a role does not cover.

    Raises:
        NotAllowedError: the person's role is a lesser one.
    """
    if viewer.role < role:
        raise NotAllowedError(f"{viewer.name} can read, not decide.")


def _named_by_proxy(request: Request, settings: WebSettings) -> Viewer | None:
    name = request.headers.get(settings.header, "").strip()
    if not name or not settings.trusted_proxies or not _is_trusted(request, settings):
        return None
    try:
        Reviewer(name, "web")
    except ReviewError as error:
        raise NotAllowedError(str(error)) from error
    account = next((one for one in settings.accounts if one.name == name), Account(name, settings.others or Role.READ))
    if account not in settings.accounts and settings.others is None:
        raise NotAllowedError("The proxy named somebody who has no account here.")
    return Viewer(account.name, account.role, "proxy")


def _is_trusted(request: Request, settings: WebSettings) -> bool:
    """Whether the connection itself comes from a trusted proxy; what headers say of it does not count."""
    if request.client is None:
        return False
    try:
        peer = ip_address(request.client.host)
    except ValueError:
        return False
    return any(peer in network for network in settings.trusted_proxies)
