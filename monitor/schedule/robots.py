"""May we fetch this? robots.txt of each host, asked for once a day by whoever comes first and kept in a row for all.

RFC 9309: 4xx means that everything is allowed (section 2.3.1.3), 5xx and silence that nothing is until the file can be
read again (2.3.1.4); a copy is used for 24 hours, longer only while the file is unreachable (2.4).
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from monitor.fetch.model import FailureKind, FetchFailed
from monitor.fetch.robots import ASK_AGAIN_AFTER, FRESH_FOR, UNREACHABLE_FOR, RobotsAnswer, Rules, text_of
from snapshots import hosts
from snapshots.clock import Clock
from snapshots.db import Database
from snapshots.hosts import RobotsSeen, RobotsState


@dataclass(frozen=True, slots=True)
class _Known:
    seen: RobotsSeen
    rules: Rules
    kind: FailureKind


class RobotsGate:
    """Says which addresses may be fetched. Safe to share between threads."""

    def __init__(self, database: Database, ask: Callable[[str], RobotsAnswer], clock: Clock) -> None:
        """`ask` gets a robots.txt by its address."""
        self._database = database
        self._ask = ask
        self._clock = clock
        self._lock = threading.Lock()
        self._known: dict[str, _Known] = {}
        self._asking: dict[str, threading.Lock] = {}

    def refusal(self, host: str, url: str, *, record: bool = True) -> FetchFailed | None:
        """Why an address is not to be fetched now, `None` when it may be; an address on no host may always be.

        With `record` false what was asked is not written down (`check --dry-run`).
        """
        if not host:
            return None
        known = self._of(host, record=record)
        if not readable(known.seen, self._clock.now()):
            detail = f"{host}/robots.txt cannot be read, so nothing is fetched until it can: {known.seen.detail}"
            return FetchFailed(known.kind, detail)
        line = known.rules.forbidding(url)
        if line is None:
            return None
        detail = (
            f'{host}/robots.txt forbids this address with "{line}". Set `robots: ignore` for the source only where '
            "you have permission to fetch it."
        )
        return FetchFailed(FailureKind.REFUSED, detail)

    def _of(self, host: str, *, record: bool) -> _Known:
        with self._lock:
            known = self._known.get(host)
            asking = self._asking.setdefault(host, threading.Lock())
        if known is not None and fresh(known.seen, self._clock.now()):
            return known
        # One thread asks; those that came meanwhile find its answer.
        with asking:
            known = self._known.get(host)
            if known is None or not fresh(known.seen, self._clock.now()):
                known = self._learn(host, record=record)
                with self._lock:
                    self._known[host] = known
        return known

    def _learn(self, host: str, *, record: bool) -> _Known:
        with self._database.reading() as session:
            earlier = hosts.robots_of(session, host)
        if earlier is not None and fresh(earlier, self._clock.now()):
            return _Known(earlier, Rules(earlier.text), FailureKind.SERVER_ERROR)
        answer = self._ask(f"{host}/robots.txt")
        seen = judged(answer, earlier, self._clock.now())
        if record:
            with self._database.writing() as session:
                hosts.keep_robots(session, host, seen)
        return _Known(seen, Rules(seen.text), answer.kind or FailureKind.SERVER_ERROR)


def judged(answer: RobotsAnswer, earlier: RobotsSeen | None, now: datetime) -> RobotsSeen:
    """What an answer means, given what was on record. Pure."""
    if answer.status is not None and 200 <= answer.status < 300:
        text = text_of(answer.body)
        return RobotsSeen(RobotsState.READ, text, now, now, crawl_delay=Rules(text).crawl_delay)
    if answer.kind is FailureKind.TOO_MANY_REDIRECTS or (answer.status is not None and 300 <= answer.status < 500):
        detail = answer.detail or f"The server answered {answer.status}: there are no rules."
        return RobotsSeen(RobotsState.ABSENT, "", now, now, detail)
    detail = answer.detail or f"The server answered {answer.status}."
    if earlier is None:
        return RobotsSeen(RobotsState.UNREACHABLE, "", now, None, detail)
    return RobotsSeen(RobotsState.UNREACHABLE, earlier.text, now, earlier.read_at, detail, earlier.crawl_delay)


def fresh(seen: RobotsSeen, now: datetime) -> bool:
    """Whether what is on record need not be asked for again. Pure."""
    wait: timedelta = ASK_AGAIN_AFTER if seen.state is RobotsState.UNREACHABLE else FRESH_FOR
    return now - seen.tried_at < wait


def readable(seen: RobotsSeen, now: datetime) -> bool:
    """Whether there are rules to go by: read, known to be absent, or a copy that stands in for them. Pure."""
    if seen.state is not RobotsState.UNREACHABLE:
        return True
    return seen.read_at is not None and now - seen.read_at < UNREACHABLE_FOR
