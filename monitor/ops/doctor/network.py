"""The way out: names, answers, clocks and robots.txt of the hosts whose documents are watched."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit, urlunsplit

from monitor.fetch.guard import Resolver, UnresolvedError, system_resolver
from monitor.fetch.model import Fetched, FetchFailed, FetchOutcome, Request
from monitor.ops.doctor.model import Finding, Look, good, wrong
from monitor.ops.doctor.store import CLOCK_OFF
from snapshots.clock import Clock

Fetch = Callable[[Request], FetchOutcome]
Forbidding = Callable[[bytes, str], str | None]
"""The line of a robots.txt that forbids an address, `None` when none does."""

_PORTS = {"http": 80, "https": 443}
# RFC 9309 section 2.3.1.3: a file that is not there forbids nothing.
_NO_FILE = range(400, 500)


def looks_at_hosts(
    addresses: Iterable[tuple[str, str]],
    fetch: Fetch,
    clock: Clock,
    *,
    forbidding: Forbidding | None = None,
    resolver: Resolver = system_resolver,
) -> Iterator[Look]:
    """A look at each host of the `(source id, address)` given: one document and its robots.txt, never more."""
    by_origin: dict[str, list[tuple[str, str]]] = {}
    for source, url in addresses:
        parts = urlsplit(url)
        by_origin.setdefault(urlunsplit((parts.scheme, parts.netloc, "", "", "")), []).append((source, url))

    def look(origin: str, watched: list[tuple[str, str]]) -> Look:
        return Look("host", origin, lambda: _host(origin, watched, fetch, clock, forbidding, resolver))

    for origin, watched in sorted(by_origin.items()):
        yield look(origin, watched)


def _host(
    origin: str,
    watched: list[tuple[str, str]],
    fetch: Fetch,
    clock: Clock,
    forbidding: Forbidding | None,
    resolver: Resolver,
) -> Iterator[Finding]:
    parts = urlsplit(origin)
    host = parts.hostname or ""
    try:
        addresses = resolver(host, parts.port or _PORTS[parts.scheme])
    except UnresolvedError as error:
        todo = "See whether the name server answers (`getent hosts`), and whether the address is spelled right."
        yield wrong("dns", host, str(error), todo)
        return
    more = f" and {len(addresses) - 1} more" if len(addresses) > 1 else ""
    yield good("dns", host, f"{addresses[0]}{more}")
    source, url = watched[0]
    answer = fetch(Request(source, url))
    yield from _egress(source, url, answer, clock.now())
    if not isinstance(answer, FetchFailed) or answer.status is not None:
        yield from _robots(origin, watched, fetch(Request(source, f"{origin}/robots.txt")), forbidding)


def _egress(source: str, url: str, answer: FetchOutcome, now: datetime) -> Iterator[Finding]:
    if isinstance(answer, FetchFailed):
        todo = (
            f"Open {url} from this machine. A firewall or a proxy may stand between; `headwater sources show {source}` "
            "tells since when."
        )
        yield wrong("egress", source, answer.detail, todo)
        return
    yield good("egress", source, f"answers {answer.status} in {answer.duration_ms:,} ms")
    theirs = _date(answer.headers.get("date", "")) if isinstance(answer, Fetched) else None
    if theirs is not None and abs(theirs - now) > CLOCK_OFF:
        seconds = abs(theirs - now).total_seconds()
        host = urlsplit(url).hostname
        yield wrong("clock", "this machine", f"{seconds:,.0f} seconds away from {host}'s", "Set the clock; use NTP.")


def _robots(
    origin: str, watched: list[tuple[str, str]], answer: FetchOutcome, forbidding: Forbidding | None
) -> Iterator[Finding]:
    about = f"{origin}/robots.txt"
    if isinstance(answer, FetchFailed) and answer.status in _NO_FILE:
        yield good("robots", about, "there is none, so everything may be read")
    elif isinstance(answer, FetchFailed):
        todo = "Nothing may be read until it is reachable (RFC 9309); wait, then see whether this machine is blocked."
        yield wrong("robots", about, answer.detail, todo)
    elif isinstance(answer, Fetched):
        lines = {source: forbidding(answer.body, url) for source, url in watched} if forbidding else {}
        refused = {source: line for source, line in lines.items() if line}
        if not refused:
            yield good("robots", about, "answers")
        for source, line in refused.items():
            yield wrong("robots", source, f"forbidden: {line}", "Ask the provider, or watch another address.")


def _date(text: str) -> datetime | None:
    """The instant of a Date header (RFC 9110 section 6.6.1); `None` for what is none."""
    try:
        found = parsedate_to_datetime(text)
    except ValueError:
        return None
    return found if found.tzinfo else None
