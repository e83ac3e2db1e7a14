"""Where redirects may lead, and what is known at the end of the way. Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace

import httpx2

from monitor.fetch.classify import PERMANENT
from monitor.fetch.failures import NoAnswerError, shown
from monitor.fetch.model import FailureKind
from monitor.fetch.origin import origin_of

MOST_REDIRECTS = 5
_MOST_URL_CHARACTERS = 8_000


@dataclass(frozen=True, slots=True)
class Trail:
    """The way from the address `start` to `url`, which is asked next, over `hops` redirects.

    `moved_to` is where permanent redirects led before any other kind; `at_home` says that all addresses so far were of
    one origin.
    """

    start: str
    url: str
    hops: int = 0
    moved_to: str | None = None
    at_home: bool = True
    _permanent: bool = True

    def followed(self, status: int, location: str | None) -> Trail:
        """The way after one more redirect.

        Raises:
            NoAnswerError: it leads nowhere that may be asked, or there were too many.
        """
        target = next_hop(self.url, location)
        if self.hops == MOST_REDIRECTS:
            detail = f"More than {MOST_REDIRECTS} redirects, the last to {target}."
            raise NoAnswerError(FailureKind.TOO_MANY_REDIRECTS, detail)
        permanent = self._permanent and status in PERMANENT
        return replace(
            self,
            url=target,
            hops=self.hops + 1,
            moved_to=target if permanent else self.moved_to,
            at_home=self.at_home and origin_of(target) == origin_of(self.start),
            _permanent=permanent,
        )


def trail_from(url: str) -> Trail:
    """The way at its beginning."""
    return Trail(url, url)


def next_hop(url: str, location: str | None) -> str:
    """The address a redirect leads to.

    Raises:
        NoAnswerError: there is none, or none that may be asked.
    """
    if not location:
        raise NoAnswerError(FailureKind.INVALID_RESPONSE, f"{url} redirects without saying where.")
    if len(location) > _MOST_URL_CHARACTERS:
        raise NoAnswerError(FailureKind.INVALID_RESPONSE, f"{url} redirects to an address without end.")
    try:
        # The parser of the client itself: two parsers may see two hosts in one address.
        here = httpx2.URL(url)
        target = here.join(location)
    except (httpx2.InvalidURL, ValueError) as error:
        detail = f"{url} redirects to {shown(location)}, which is not a web address."
        raise NoAnswerError(FailureKind.INVALID_RESPONSE, detail) from error
    if target.scheme not in ("http", "https") or not target.host:
        raise NoAnswerError(FailureKind.REFUSED, f"{url} redirects to {shown(location)}, which is not a web address.")
    if target.port == 0 or (target.port or 0) > 65_535:
        raise NoAnswerError(FailureKind.INVALID_RESPONSE, f"{url} redirects to port {target.port}; there is none.")
    if target.userinfo:
        raise NoAnswerError(FailureKind.REFUSED, f"{url} redirects to an address at {target.host} with a password.")
    if here.scheme == "https" and target.scheme == "http":
        raise NoAnswerError(FailureKind.REFUSED, f"{url} redirects to {shown(location)} without encryption.")
    return str(target)
