"""May we fetch this? robots.txt of each host, asked for once a day by whoever comes first and kept in a row for all.

Hosts that no source is on are reached over redirects. What they say is kept in memory, within bounds, because a page
may lead to a new one each time.

RFC 9309: 4xx means that everything is allowed (section 2.3.1.3), 5xx and silence that nothing is until the file can be
read again (2.3.1.4); a copy is used for 24 hours, longer only while the file is unreachable (2.4).
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from monitor.fetch.failures import shown
from monitor.fetch.model import FailureKind, FetchFailed
from monitor.fetch.robots import ASK_AGAIN_AFTER, FRESH_FOR, UNREACHABLE_FOR, RobotsAnswer, Rules, text_of
from snapshots import hosts
from snapshots.clock import Clock
from snapshots.db import Database
from snapshots.hosts import RobotsSeen, RobotsState, host_of

# What is kept of hosts that no source is on, in characters; each counts for so many at least.
_MOST_OF_STRANGERS = 2_000_000
_LEAST_OF_STRANGER = 1_000


@dataclass(frozen=True, slots=True)
class _Known:
    seen: RobotsSeen
    rules: Rules
    kind: FailureKind


class _Strangers:
    """What hosts without a row said, those that were asked about last."""

    def __init__(self) -> None:
        self._known: OrderedDict[str, _Known] = OrderedDict()
        self._size = 0

    def get(self, host: str) -> _Known | None:
        if host in self._known:
            self._known.move_to_end(host)
        return self._known.get(host)

    def keep(self, host: str, known: _Known) -> None:
        self._forget(host)
        self._known[host] = known
        self._size += self._weight(known)
        while self._size > _MOST_OF_STRANGERS:
            self._forget(next(iter(self._known)))

    def _forget(self, host: str) -> None:
        if (known := self._known.pop(host, None)) is not None:
            self._size -= self._weight(known)

    @staticmethod
    def _weight(known: _Known) -> int:
        return max(len(known.seen.text), _LEAST_OF_STRANGER)


class RobotsGate:
    """Says which addresses may be fetched. Safe to share between threads."""

    def __init__(self, database: Database, ask: Callable[[str], RobotsAnswer], clock: Clock) -> None:
        """`ask` gets a robots.txt by its address."""
        self._database = database
        self._ask = ask
        self._clock = clock
        self._lock = threading.Lock()
        self._known: dict[str, _Known] = {}
        self._strangers = _Strangers()
        self._asking: dict[str, threading.Lock] = {}

    def refusal(self, url: str, *, record: bool = True) -> FetchFailed | None:
        """Why an address is not to be fetched now, `None` when it may be; an address on no host may always be.

        With `record` false what was asked is not written down (`check --dry-run`).
        """
        host = host_of(url)
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
            f'{host}/robots.txt forbids {shown(url)} with "{line}". Set `robots: ignore` for the source only where '
            "you have permission to fetch it."
        )
        return FetchFailed(FailureKind.REFUSED, detail)

    def _of(self, host: str, *, record: bool) -> _Known:
        with self._lock:
            known = self._recall(host)
            if known is not None and fresh(known.seen, self._clock.now()):
                return known
            asking = self._asking.setdefault(host, threading.Lock())
        # One thread asks; those that came meanwhile find its answer.
        with asking:
            with self._lock:
                known = self._recall(host)
            if known is None or not fresh(known.seen, self._clock.now()):
                known = self._learn(host, known, record=record)
            with self._lock:
                self._asking.pop(host, None)
        return known

    def _recall(self, host: str) -> _Known | None:
        return self._known.get(host) or self._strangers.get(host)

    def _learn(self, host: str, known: _Known | None, *, record: bool) -> _Known:
        with self._database.reading() as session:
            ours, earlier = hosts.on_record(session, host), hosts.robots_of(session, host)
        if earlier is not None and fresh(earlier, self._clock.now()):
            learned = _Known(earlier, Rules(earlier.text), FailureKind.SERVER_ERROR)
        else:
            before = earlier if ours or known is None else known.seen
            answer = self._ask(f"{host}/robots.txt")
            seen = judged(answer, before, self._clock.now())
            if record and ours:
                with self._database.writing() as session:
                    hosts.keep_robots(session, host, seen)
            learned = _Known(seen, Rules(seen.text), answer.kind or FailureKind.SERVER_ERROR)
        with self._lock:
            if ours:
                self._known[host] = learned
            else:
                self._strangers.keep(host, learned)
        return learned


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
