"""The state of a source's host, for people and for programs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from snapshots.hosts import HostSeen, RobotsSeen


def host_lines(host: HostSeen | None, url: str) -> Iterator[tuple[str, str]]:
    """Label and words of each line about a host; nothing for a source that is on none."""
    from monitor.cli import output

    if host is None:
        return
    said = f", not before {output.moment(host.next_request_at)}" if host.next_request_at else ""
    yield "Host", f"{host.name}{said}"
    if host.wait_until is not None:
        yield "Waiting", f"until {output.moment(host.wait_until)}: {host.wait_reason}"
    yield "Robots", robots_words(host.robots, url)


def robots_words(robots: RobotsSeen | None, url: str) -> str:
    """What robots.txt says of an address, in a sentence."""
    from monitor.cli import output
    from monitor.fetch.robots import Rules
    from snapshots.hosts import RobotsState

    if robots is None:
        return "robots.txt was not asked for yet"
    asked = f"asked {output.moment(robots.tried_at)}"
    if robots.state is RobotsState.ABSENT:
        return f"there is no robots.txt, so everything is allowed ({asked})"
    rules = Rules(robots.text)
    line = rules.forbidding(url)
    said = f'forbids this address with "{line}"' if line else "allows this address"
    delay = f", one visit in {robots.crawl_delay:g} s" if robots.crawl_delay else ""
    if robots.state is RobotsState.READ:
        return f"robots.txt {said}{delay} ({asked})"
    if robots.read_at is None:
        return f"robots.txt cannot be read, so nothing is fetched ({asked}): {robots.detail}"
    return f"robots.txt of {output.moment(robots.read_at)} {said}{delay}; it cannot be read now ({asked})"


def host_json(host: HostSeen | None) -> dict[str, Any] | None:
    """The same for programs, without the text of the file."""
    from dataclasses import asdict

    if host is None:
        return None
    found = asdict(host)
    if found["robots"] is not None:
        del found["robots"]["text"]
    return found
