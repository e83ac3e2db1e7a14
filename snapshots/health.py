"""What the outcome of a check means beyond its source's document: its health, its host, our own network."""

from __future__ import annotations

from sqlalchemy.orm import Session

from snapshots import failing, hosts, outages
from snapshots.outcome import CheckOutcome
from snapshots.tables import SourceRow


def follow(session: Session, source: SourceRow, outcome: CheckOutcome) -> None:
    """Count a failure or end it, tell what is established, and let a host wait that asks for it."""
    since = source.failing_since
    if outcome.outcome.good:
        source.consecutive_failures, source.failing_since, source.failing_kind = 0, None, None
        failing.recovered(session, source, since, outcome.finished_at)
    elif (soon := outages.absorb(session, source, outcome)) is not None:
        source.next_check_at, source.next_check_reason = soon, outages.REASON
        return
    else:
        source.consecutive_failures += 1
        source.failing_kind = outcome.outcome.value
        source.failing_since = since or outcome.finished_at
        failing.failed(session, source, outcome)
    if source.host and not outages.unreached(outcome):
        outages.answered(session, outcome.finished_at)
    if outcome.host_wait_until is not None:
        hosts.push_back(session, source.host, outcome.host_wait_until, outcome.next_check_reason)
