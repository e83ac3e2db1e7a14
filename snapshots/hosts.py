"""The servers we visit, as rows that all workers share: when the next visit may be, and what robots.txt said."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from urllib.parse import urlsplit

from sqlalchemy import bindparam, func, or_, select, update
from sqlalchemy.orm import Session

from snapshots.tables import HostRow, SourceRow

_PORTS = {"http": 80, "https": 443}
LONGEST_NAME = 300


class RobotsState(StrEnum):
    """What came of asking for robots.txt. The words are stored."""

    READ = "read"
    ABSENT = "absent"
    UNREACHABLE = "unreachable"


@dataclass(frozen=True, slots=True)
class RobotsSeen:
    """What a host's row says of its robots.txt; instants are UTC, `crawl_delay` is in seconds.

    `text` is what was read at `read_at`; it stays when a later attempt (`tried_at`) failed for the reason `detail`.
    """

    state: RobotsState
    text: str
    tried_at: datetime
    read_at: datetime | None
    detail: str = ""
    crawl_delay: float | None = None


@dataclass(frozen=True, slots=True)
class HostSeen:
    """A host as `headwater sources show` tells it."""

    name: str
    next_request_at: datetime | None
    wait_until: datetime | None
    wait_reason: str
    robots: RobotsSeen | None


def host_of(url: str) -> str:
    """Scheme, name and port of a web address in lower case, a usual port left out; empty for anything else.

    That is the origin robots.txt speaks for (RFC 9309 section 2.3) and the unit of politeness.
    """
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return ""
    scheme, name = parts.scheme.lower(), parts.hostname
    if scheme not in _PORTS or not name:
        return ""
    name = f"[{name}]" if ":" in name else name
    shown = f"{scheme}://{name}" if port in (None, _PORTS[scheme]) else f"{scheme}://{name}:{port}"
    return shown[:LONGEST_NAME]


def ensure(session: Session, names: Iterable[str]) -> None:
    """Have a row for each host; an empty name is no host."""
    wanted = set(names) - {""}
    known = set(session.scalars(select(HostRow.name).where(HostRow.name.in_(wanted))))
    session.add_all(HostRow(name=name) for name in sorted(wanted - known))
    session.flush()


def keep_gap(session: Session, visits: Collection[tuple[str, datetime, timedelta]]) -> None:
    """After visits to hosts (name, end, gap): nobody visits again before the gap is over."""
    until: dict[str, datetime] = {}
    for name, end, gap in visits:
        until[name] = max(end + gap, until.get(name, end + gap))
    if until:
        # In order of their names, so that two workers cannot wait for each other.
        rows = [{"visited": name, "until": until[name]} for name in sorted(until)]
        session.connection().execute(_NEXT_REQUEST, rows)


def push_back(session: Session, name: str, until: datetime, reason: str) -> int:
    """Let every source of a host wait until an instant (`Retry-After`); return how many were put off."""
    if not name:
        return 0
    later = update(HostRow).where(HostRow.name == name, or_(HostRow.wait_until.is_(None), HostRow.wait_until < until))
    session.execute(later.values(wait_until=until, wait_reason=reason))
    # What another worker is checking plans its own next check when it is done.
    put_off = session.execute(
        update(SourceRow)
        .where(
            SourceRow.host == name,
            SourceRow.state == "active",
            SourceRow.next_check_at < until,
            SourceRow.lease_owner.is_(None),
        )
        .values(next_check_at=until, next_check_reason=reason)
        .returning(SourceRow.id)
        .execution_options(synchronize_session="fetch")
    )
    return len(put_off.all())


def leased(session: Session, names: Collection[str], now: datetime) -> dict[str, int]:
    """How many sources of each of these hosts are being checked."""
    query = select(SourceRow.host, func.count()).where(SourceRow.host.in_(names), SourceRow.lease_until > now)
    return dict(session.execute(query.group_by(SourceRow.host)).all())


def robots_of(session: Session, name: str) -> RobotsSeen | None:
    """What is on record of a host's robots.txt; `None` when nobody asked yet."""
    row = session.get(HostRow, name)
    if row is None or row.robots_tried_at is None:
        return None
    return RobotsSeen(
        RobotsState(row.robots_state),
        row.robots_text,
        row.robots_tried_at,
        row.robots_read_at,
        row.robots_detail,
        row.crawl_delay,
    )


def on_record(session: Session, name: str) -> bool:
    """Whether there is a row for a host: there is for those of sources, not for where a redirect led once."""
    return session.get(HostRow, name) is not None


def keep_robots(session: Session, name: str, seen: RobotsSeen) -> None:
    """Put on record what came of asking a host that has a row for robots.txt."""
    row = session.get_one(HostRow, name)
    row.robots_state, row.robots_text, row.robots_detail = seen.state, seen.text, seen.detail
    row.robots_tried_at, row.robots_read_at, row.crawl_delay = seen.tried_at, seen.read_at, seen.crawl_delay


def host_seen(session: Session, name: str) -> HostSeen | None:
    """A host for people; `None` when there is no such row."""
    row = session.get(HostRow, name)
    if row is None:
        return None
    return HostSeen(row.name, row.next_request_at, row.wait_until, row.wait_reason, robots_of(session, name))


_NEXT_REQUEST = (
    update(HostRow.__table__)  # type: ignore[arg-type]
    .where(HostRow.name == bindparam("visited"))
    .values(next_request_at=bindparam("until"))
)
