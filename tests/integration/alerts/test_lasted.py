"""For how long the value that a change replaces had held, read off the facts."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from snapshots.facts import Precision
from snapshots.journal import entries
from snapshots.lasted import Lasted, of_changes
from snapshots.tables import FactRow
from tests.integration.alerts.conftest import NOON, Recorder, a_change


def a_fact(value: str, *, since: datetime | None, seen: datetime, source: str = "log") -> FactRow:
    return FactRow(
        source_id=source,
        snapshot_id=1,
        subject="acme-chat",
        predicate="alias.target",
        qualifier="",
        value=value,
        value_key=value,
        detail={},
        valid_from=since,
        valid_key=since.isoformat() if since else "",
        observed_from=seen,
        observed_to=NOON,
        precision=Precision.DAY,
        confidence=1.0,
        evidence_block="p1",
        evidence_heading=[],
        evidence_quote="",
    )


def lasted(recorder: Recorder, *facts: FactRow) -> Lasted | None:
    [change] = recorder.record("log", a_change())
    with recorder.database.writing() as session:
        session.add_all(facts)
    with recorder.database.reading() as session:
        return of_changes(session, entries(session, [change])).get(change)


def test_the_provider_says_since_when(recorder: Recorder) -> None:
    since = datetime(2025, 12, 1, tzinfo=UTC)
    older = a_fact("Acme-1", since=datetime(2025, 1, 1, tzinfo=UTC), seen=NOON - timedelta(days=3))
    newer = a_fact("Acme-1", since=since, seen=NOON - timedelta(days=2))
    other = a_fact("Acme-0", since=datetime(2026, 4, 1, tzinfo=UTC), seen=NOON - timedelta(days=9))
    assert lasted(recorder, older, newer, other) == Lasted(144, stated=True)


def test_where_the_provider_does_not_say_it_is_since_when_it_was_seen(recorder: Recorder) -> None:
    assert lasted(recorder, a_fact("Acme-1", since=None, seen=NOON - timedelta(days=12))) == Lasted(11, stated=False)


def test_what_nobody_knows_is_not_said(recorder: Recorder) -> None:
    assert lasted(recorder) is None
