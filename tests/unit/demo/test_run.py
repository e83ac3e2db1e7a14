from __future__ import annotations

from datetime import timedelta

from monitor.demo.run import earliest_due
from monitor.demo.timeline import START
from snapshots.db import Database
from snapshots.tables import DeliveryRow, OutboxEventRow, SourceRow

DAY = timedelta(days=1)


def test_nothing_is_due_in_an_empty_store(demo_store: Database) -> None:
    with demo_store.reading() as session:
        assert earliest_due(session) is None


def test_the_time_waits_for_checks_events_and_deliveries_that_are_not_done(demo_store: Database) -> None:
    source = SourceRow(
        id="page",
        kind="web-page",
        url="http://127.0.0.1:1/",
        provider="",
        authoritative_for=[],
        interval_seconds=86_400,
        next_check_at=START + 3 * DAY,
    )
    event = OutboxEventRow(topic="changes-recorded", dedup_key="1", payload={}, created_at=START + DAY)
    delivery = DeliveryRow(
        id="1",
        channel="email",
        incident="1",
        kind="incident",
        state="pending",
        created_at=START,
        next_attempt_at=START + 2 * DAY,
    )
    with demo_store.writing() as session:
        session.add_all((source, event, delivery))
        session.flush()
        assert earliest_due(session) == START + DAY
        event.processed_at = START + DAY
        session.flush()
        assert earliest_due(session) == START + 2 * DAY
        delivery.state = "sent"
        session.flush()
        assert earliest_due(session) == START + 3 * DAY
        source.state = "paused"
        session.flush()
        assert earliest_due(session) is None
