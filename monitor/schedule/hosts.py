"""Being a guest nobody complains about: which due sources may be visited now, given how their hosts were visited.

The gap and the number of visits at a time are held in rows, so any number of workers share them. A source that may not
be visited now is not claimed: no thread sleeps, and the next round asks again.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import Session

from snapshots import hosts
from snapshots.tables import HostRow, SourceRow

LONGEST_CRAWL_DELAY = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Politeness:
    """`gap` between the end of a visit to a host and the next one; `visits` at the same time, at least 1."""

    gap: timedelta = timedelta(seconds=1)
    visits: int = 1


@dataclass(frozen=True, slots=True)
class Reserved:
    """The sources that may be visited now, and the gap that each of their hosts is to be given afterwards."""

    sources: Sequence[str] = ()
    gaps: Mapping[str, timedelta] = field(default_factory=dict)


def gap_of(politeness: Politeness, crawl_delay: float | None) -> timedelta:
    """The gap a host gets: ours, or the longer one its robots.txt asks for (`Crawl-delay`), up to a minute. Pure."""
    asked = timedelta(seconds=min(max(crawl_delay or 0.0, 0.0), LONGEST_CRAWL_DELAY.total_seconds()))
    return max(politeness.gap, asked)


def admitted(
    due: Sequence[tuple[str, str]],
    free_hosts: Mapping[str, timedelta],
    busy: Mapping[str, int],
    visits: int,
) -> list[str]:
    """The ids of those of `due` (id and host, the longest waiting first) that may be visited now. Pure.

    `free_hosts` are the hosts whose gap is over, with their gaps; `busy` counts the visits under way. Where there is a
    gap, one visit begins at a time. What is on no host need not wait.
    """
    taken: dict[str, int] = defaultdict(int)
    found = []
    for source_id, host in due:
        if host:
            room = visits - busy.get(host, 0)
            most = min(room, 1) if free_hosts.get(host) else room
            if host not in free_hosts or taken[host] >= most:
                continue
        taken[host] += 1
        found.append(source_id)
    return found


def reserve(session: Session, politeness: Politeness, *, now: datetime, limit: int) -> Reserved:
    """Choose up to `limit` due sources and keep their hosts from everybody else until the gap is over.

    Call it in the transaction that leases the sources.
    """
    due = _candidates(session, politeness.visits, now, limit)
    wanted = {host for _, host in due} - {""}
    # A host that another worker is choosing from is left to that worker.
    free = (
        select(HostRow.name, HostRow.crawl_delay)
        .where(HostRow.name.in_(wanted), *_open(now))
        .with_for_update(skip_locked=True)
    )
    gaps = {name: gap_of(politeness, delay) for name, delay in session.execute(free)}
    busy = hosts.leased(session, gaps, now)
    chosen = admitted(due, gaps, busy, politeness.visits)
    visited = {host for source_id, host in due if source_id in set(chosen)}
    hosts.keep_gap(session, [(name, now, gap) for name, gap in gaps.items() if gap and name in visited])
    return Reserved(chosen, {name: gap for name, gap in gaps.items() if gap})


def _candidates(session: Session, visits: int, now: datetime, limit: int) -> list[tuple[str, str]]:
    """Due sources on hosts that are open, at most `visits` of each host, so that one long list hides no other host."""
    free = or_(SourceRow.lease_until.is_(None), SourceRow.lease_until <= now)
    place = func.row_number().over(partition_by=SourceRow.host, order_by=(SourceRow.next_check_at, SourceRow.id))
    ranked = (
        select(SourceRow.id, SourceRow.host, SourceRow.next_check_at, place.label("place"))
        .outerjoin(HostRow, HostRow.name == SourceRow.host)
        .where(SourceRow.state == "active", SourceRow.next_check_at <= now, free, *_open(now))
        .subquery()
    )
    query = (
        select(ranked.c.id, ranked.c.host)
        .where(or_(ranked.c.place <= visits, ranked.c.host == ""))
        .order_by(ranked.c.next_check_at, ranked.c.id)
        .limit(limit)
    )
    return [(source_id, host) for source_id, host in session.execute(query)]


def _open(now: datetime) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return (
        or_(HostRow.next_request_at.is_(None), HostRow.next_request_at <= now),
        or_(HostRow.wait_until.is_(None), HostRow.wait_until <= now),
    )
