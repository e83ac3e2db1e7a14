"""When to look again. Pure: the same arguments give the same instant on every worker."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

FIRST_RETRY = timedelta(minutes=5)
BACK_OFF_CEILING = timedelta(hours=6)
LONGEST_RETRY_AFTER = timedelta(days=1)
LONGEST_FRESHNESS = timedelta(days=1)
FRESH_INTERVALS = 4
FULL_FETCH_EVERY = timedelta(days=7)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Plan:
    """The next check and why it is then, for `sources list`."""

    at: datetime
    reason: str


def next_check(
    *,
    source_id: str,
    interval: timedelta,
    jitter: float,
    scheduled_for: datetime,
    now: datetime,
    ok: bool,
    consecutive_failures: int = 0,
    retry_after: timedelta | None = None,
    max_age: timedelta | None = None,
) -> Plan:
    """The next check after one that ran at `now` and was due at `scheduled_for`.

    A good answer is asked for again after `interval`, spread by up to `jitter` (a share of it), which the source id
    and the instant seed; a server's freshness (`max_age`, RFC 9111 section 4.2) puts it off by at most a day and four
    intervals, so that no server can blind us. A failure backs off exponentially up to a ceiling and never parks.
    `Retry-After` (RFC 9110 section 10.2.3) is kept, up to a day.
    """
    if ok:
        spread = interval * jitter * _share(source_id, scheduled_for)
        wait, reason = interval + spread, "every " + spoken(interval)
        fresh = min(max_age or timedelta(0), LONGEST_FRESHNESS, FRESH_INTERVALS * interval)
        if fresh > wait:
            wait, reason = fresh, f"the server calls its answer fresh for {spoken(fresh)}"
        due = scheduled_for + wait
        return Plan(due if due > now else now + wait, reason)
    ceiling = max(interval, BACK_OFF_CEILING)
    wait = min(min(interval, FIRST_RETRY) * 2 ** min(max(consecutive_failures - 1, 0), 16), ceiling)
    reason = (
        f"backing off after {consecutive_failures} failures"
        if consecutive_failures > 1
        else "trying again after a failure"
    )
    if retry_after is not None and retry_after > wait:
        wait, reason = min(retry_after, LONGEST_RETRY_AFTER), "the server asked to wait (Retry-After)"
    return Plan(now + wait, reason)


def wants_everything(source_id: str, last_ok_at: datetime | None, now: datetime) -> bool:
    """Whether this check is to ask without validators, so that frozen ones cannot hide a change for ever.

    That is the first check in each week; the source id decides when the week of a source begins.
    """
    if last_ok_at is None:
        return True
    offset = int.from_bytes(hashlib.sha256(source_id.encode()).digest()[:4]) % int(FULL_FETCH_EVERY.total_seconds())
    begins = timedelta(seconds=offset)
    return (now - _EPOCH - begins) // FULL_FETCH_EVERY > (last_ok_at - _EPOCH - begins) // FULL_FETCH_EVERY


def spoken(span: timedelta) -> str:
    """`90 minutes` as people write it: the largest unit that divides the span, `1 hour`, `6 hours`, `2 days`."""
    seconds = int(span.total_seconds())
    for size, unit in ((86_400, "day"), (3_600, "hour"), (60, "minute")):
        if seconds and seconds % size == 0:
            count = seconds // size
            return f"{count} {unit}" if count == 1 else f"{count} {unit}s"
    return f"{seconds} seconds"


def _share(source_id: str, scheduled_for: datetime) -> float:
    """A number from -1 to 1 that source and instant decide, so that sources of one host do not move in step."""
    seed = hashlib.sha256(f"{source_id}\x1f{scheduled_for.isoformat()}".encode()).digest()
    return int.from_bytes(seed[:8]) / 2**63 - 1
