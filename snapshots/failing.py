"""When a source that gives no answer becomes an incident: opened once, closed once, never a change of a fact.

The events are for the alerts room: `source-failing` with `{source_id, outcome, since, detail, last_good_at}` and
`source-recovered` with `{source_id, since, until}`, instants in ISO 8601. What was never told as failing never
recovers.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from snapshots import outbox
from snapshots.outcome import CheckOutcome, Outcome
from snapshots.tables import SourceRow

FAILING, RECOVERED = "source-failing", "source-recovered"
CONFIRMED_AFTER = 2
ESTABLISHED_AFTER = 3

# What a server answered on purpose, or what its page is: a second look that finds the same settles it. Everything else
# passes by itself often enough to wait for a third.
_PLAIN = frozenset({
    Outcome.GONE, Outcome.SHELL, Outcome.BLOCKED, Outcome.HELD, Outcome.EXTRACTOR_BROKEN, Outcome.EMPTY,
    Outcome.WRONG_TYPE, Outcome.TOO_LARGE, Outcome.REFUSED,
})  # fmt: skip


def established(outcome: Outcome, consecutive_failures: int) -> bool:
    """Whether so many failures in a row, the last of this kind, are worth telling. Pure."""
    return consecutive_failures >= (CONFIRMED_AFTER if outcome in _PLAIN else ESTABLISHED_AFTER)


def failed(session: Session, source: SourceRow, outcome: CheckOutcome) -> None:
    """After a counted failure: tell it when it is established and was not told."""
    since = source.failing_since
    told = source.failing_told_at is not None
    if since is None or told or not established(outcome.outcome, source.consecutive_failures):
        return
    source.failing_told_at = outcome.finished_at
    payload = {
        "source_id": source.id,
        "outcome": outcome.outcome.value,
        "since": since.isoformat(),
        "detail": outcome.detail or "",
        "last_good_at": source.last_ok_at.isoformat() if source.last_ok_at else None,
    }
    outbox.append(session, FAILING, f"{FAILING}:{source.id}:{since.isoformat()}", payload, outcome.finished_at)


def recovered(session: Session, source: SourceRow, since: datetime | None, until: datetime) -> None:
    """After a good answer to a source that failed since `since`: tell it where the failure was told."""
    if source.failing_told_at is None:
        return
    source.failing_told_at = None
    if since is None:
        return
    payload = {"source_id": source.id, "since": since.isoformat(), "until": until.isoformat()}
    outbox.append(session, RECOVERED, f"{RECOVERED}:{source.id}:{since.isoformat()}", payload, until)
