"""What the digest proves its silence with."""

from __future__ import annotations

from datetime import datetime, timedelta

from snapshots.coverage import Coverage, all_looked_at, coverage
from snapshots.db import Database
from snapshots.outcome import Outcome
from snapshots.tables import CheckRow, SourceRow
from tests.integration.alerts.conftest import NOON


def a_source(
    name: str, *, looked_at: datetime | None = NOON, failing: bool = False, state: str = "active"
) -> SourceRow:
    return SourceRow(
        id=name,
        kind="web-page",
        url=f"https://docs.acme.example/{name}",
        provider="acme",
        authoritative_for=[],
        interval_seconds=3600,
        next_check_at=NOON,
        state=state,
        last_checked_at=looked_at,
        failing_since=NOON if failing else None,
    )


def a_check(source: str, outcome: Outcome, *, hours_ago: float) -> CheckRow:
    at = NOON - timedelta(hours=hours_ago)
    return CheckRow(source_id=source, scheduled_for=at, started_at=at, finished_at=at, outcome=outcome, duration_ms=5)


def test_checks_are_counted_by_what_they_came_to(database: Database) -> None:
    with database.writing() as session:
        session.add_all([a_source("a"), a_source("b", failing=True), a_source("old", failing=True, state="removed")])
        session.flush()
        outcomes = [Outcome.NOT_MODIFIED, Outcome.SAME_BYTES, Outcome.SAME_TEXT, Outcome.NEW_VERSION, Outcome.BASELINE]
        session.add_all(a_check("a", outcome, hours_ago=1 + place) for place, outcome in enumerate(outcomes))
        session.add_all(a_check("b", outcome, hours_ago=1) for outcome in (Outcome.SHELL,))
        session.add(a_check("a", Outcome.SERVER_ERROR, hours_ago=30))
    with database.reading() as session:
        assert coverage(session, since=NOON - timedelta(days=1), until=NOON) == Coverage(6, 2, 3, 2, 1, ("b",))
        assert coverage(session, since=NOON, until=NOON + timedelta(days=1)) == Coverage(0, 0, 0, 0, 0, ("b",))


def test_a_first_round_is_over_when_each_active_source_was_looked_at(database: Database) -> None:
    with database.writing() as session:
        session.add_all([a_source("a"), a_source("paused", looked_at=None, state="paused")])
    with database.reading() as session:
        assert all_looked_at(session)
    with database.writing() as session:
        session.add(a_source("b", looked_at=None))
    with database.reading() as session:
        assert not all_looked_at(session)
