"""The way out: names, answers, clocks and robots.txt of the hosts whose documents are watched."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit, urlunsplit

from monitor.fetch.client import Fetcher
from monitor.fetch.model import Fetched, FetchFailed, FetchOutcome, Request
from monitor.fetch.resolve import UnresolvedError, system_resolver
from monitor.fetch.robots import RobotsAnswer, Rules, text_of
from monitor.ops.doctor.model import Finding, Look, good, wrong
from monitor.ops.doctor.store import CLOCK_OFF
from snapshots.clock import Clock

_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class Address:
    """Where a source's document is. `open` ones are documents that anybody may get: no keys, no fees for asking."""

    source: str
    url: str
    open: bool = True
    obeys_robots: bool = True


def looks_at_hosts(addresses: Iterable[Address], fetcher: Fetcher, clock: Clock) -> Iterator[Look]:
    """A look at each host: its name, its robots.txt and one document, never more."""
    by_origin: dict[str, list[Address]] = {}
    for address in addresses:
        parts = urlsplit(address.url)
        if parts.scheme in _PORTS:
            by_origin.setdefault(urlunsplit((parts.scheme, parts.netloc, "", "", "")), []).append(address)

    def look(origin: str, watched: Sequence[Address]) -> Look:
        return Look("egress", origin, lambda: _host(origin, watched, fetcher, clock))

    for origin, watched in sorted(by_origin.items()):
        yield look(origin, watched)


def _host(origin: str, watched: Sequence[Address], fetcher: Fetcher, clock: Clock) -> Iterator[Finding]:
    parts = urlsplit(origin)
    host = parts.hostname or ""
    try:
        addresses = system_resolver(host, parts.port or _PORTS[parts.scheme])
    except UnresolvedError as error:
        todo = "See whether the name server answers (`getent hosts`), and whether the address is spelled right."
        yield wrong("dns", host, str(error), todo)
        return
    more = f" and {len(addresses) - 1} more" if len(addresses) > 1 else ""
    yield good("dns", host, f"{addresses[0]}{more}")
    robots = fetcher.robots(f"{origin}/robots.txt")
    if robots.status is None:
        yield wrong("egress", origin, robots.detail, _WAY_OUT)
        return
    forbidden = yield from _robots(origin, watched, robots)
    open_ones = [one for one in watched if one.open and one.source not in forbidden]
    if open_ones:
        yield from _document(open_ones[0], fetcher, clock.now())
    else:
        yield good("egress", origin, f"answers {robots.status}")


_WAY_OUT = "Open it from this machine: a firewall or a proxy may stand between (`fetch.proxy`), or the host is away."


def _document(one: Address, fetcher: Fetcher, now: datetime) -> Iterator[Finding]:
    answer = fetcher.fetch(Request(one.source, one.url))
    if isinstance(answer, FetchFailed):
        todo = f"Open {one.url} from this machine; `headwater sources show {one.source}` tells since when."
        yield wrong("egress", one.source, answer.detail, todo)
        return
    yield good("egress", one.source, f"answers {answer.status} in {answer.duration_ms:,} ms")
    theirs = _date(answer)
    if theirs is not None and abs(theirs - now) > CLOCK_OFF:
        seconds, host = abs(theirs - now).total_seconds(), urlsplit(one.url).hostname
        yield wrong("clock", "this machine", f"{seconds:,.0f} seconds away from {host}'s", "Set the clock; use NTP.")


def _robots(origin: str, watched: Sequence[Address], answer: RobotsAnswer) -> Generator[Finding, None, set[str]]:
    """What the file says (RFC 9309 section 2.3.1); gives the sources it forbids."""
    about = f"{origin}/robots.txt"
    obeying = [one for one in watched if one.obeys_robots]
    assert answer.status is not None, "a host that does not answer was told before"
    if 400 <= answer.status < 500:
        yield good("robots", about, "there is none, so everything may be read")
        return set()
    if answer.status != 200:
        todo = (
            "Nothing of this host is read until it can be (RFC 9309); wait, then see whether this machine is blocked."
        )
        yield (wrong if obeying else _no_matter)("robots", about, f"answers {answer.status}", todo)
        return {one.source for one in obeying}
    rules = Rules(text_of(answer.body))
    refused = {one.source: line for one in obeying if (line := rules.forbidding(one.url))}
    if not refused:
        yield good("robots", about, "answers, and forbids nothing that is watched")
    for source, line in refused.items():
        todo = "Watch another address, or set `robots: ignore` for it where you have permission."
        yield wrong("robots", source, f"forbidden: {line}", todo)
    return set(refused)


def _no_matter(area: str, about: str, says: str, _todo: str) -> Finding:
    return good(area, about, f"{says}, which matters to no source")


def _date(answer: FetchOutcome) -> datetime | None:
    """The instant of a Date header (RFC 9110 section 6.6.1); `None` without a good one."""
    if not isinstance(answer, Fetched):
        return None
    try:
        found = parsedate_to_datetime(answer.headers.get("date", ""))
    except ValueError:
        return None
    return found if found.tzinfo else None
