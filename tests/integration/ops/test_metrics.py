"""What a scrape says of a store whose rows are known, read back with Prometheus's own parser."""

from __future__ import annotations

from datetime import timedelta

import pytest
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import update

from snapshots import sending
from snapshots.care.retention import Policy, prune
from snapshots.clock import FixedClock
from snapshots.db import Database
from snapshots.metrics.collector import Metrics
from snapshots.metrics.process import LOST_LEASES, Lease
from snapshots.tables import ChangeRow, CheckRow, DeliveryRow, OutboxEventRow, SourceRow
from tests.integration.store.lived import DAY, START, add_source, check, live, rise

NOW = START + 6 * DAY + timedelta(hours=1)


class Scrape:
    """The samples of one scrape, by name and labels."""

    def __init__(self, metrics: Metrics) -> None:
        self.families = list(text_string_to_metric_families(metrics.text().decode()))
        self._samples = {
            (sample.name, frozenset(sample.labels.items())): sample.value
            for family in self.families
            for sample in family.samples
        }

    def value(self, name: str, **labels: str) -> float | None:
        return self._samples.get((name, frozenset(labels.items())))

    def labels(self, name: str) -> list[dict[str, str]]:
        return [dict(labels) for found, labels in self._samples if found == name]


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(NOW)


@pytest.fixture
def metrics(database: Database, clock: FixedClock) -> Metrics:
    live(database)
    return Metrics(lambda: database, clock)


def test_a_source_tells_how_it_fares(metrics: Metrics) -> None:
    seen = Scrape(metrics)
    of = {"source": "acme-pricing"}
    last = START + 6 * DAY + timedelta(seconds=1)
    assert seen.value("headwater_source_last_success_timestamp_seconds", **of) == pytest.approx(last.timestamp())
    assert seen.value("headwater_source_interval_seconds", **of) == 86_400
    assert seen.value("headwater_source_consecutive_failures", **of) == 0
    assert seen.value("headwater_source_last_check_duration_seconds", **of) == 1
    assert seen.value("headwater_source_last_check_body_bytes", **of) == 0
    assert seen.value("headwater_source_versions", **of) == 6
    assert seen.value("headwater_sources", state="active") == 1
    # Three more were rolled up into a day long ago.
    assert seen.value("headwater_checks_total", **of, outcome="new-version") == 5
    assert seen.value("headwater_checks_total", **of, outcome="baseline") == 1
    assert seen.value("headwater_checks_total", **of, outcome="same-bytes") == 3


def test_knowledge_is_counted_by_area_level_and_decision(metrics: Metrics) -> None:
    seen = Scrape(metrics)
    assert seen.value("headwater_facts", area="price") == 1
    assert seen.value("headwater_facts", area="alias") == 1
    assert seen.value("headwater_changes", level="warning", review="acknowledged") == 1
    assert seen.value("headwater_changes", level="warning", review="open") == 4
    assert seen.value("headwater_open_conflicts") == 1


def test_what_waits_is_counted_with_its_age(database: Database, metrics: Metrics) -> None:
    with database.writing() as session:
        session.add(
            DeliveryRow(
                id="p" * 32,
                channel="log",
                incident="j",
                kind="incident",
                state="pending",
                created_at=NOW,
                next_attempt_at=NOW - timedelta(seconds=90),
                lease_owner="gone",
                lease_until=NOW - timedelta(seconds=1),
            )
        )
        session.execute(update(SourceRow).values(next_check_at=NOW - timedelta(minutes=2)))
    seen = Scrape(metrics)
    assert seen.value("headwater_due_checks") == 1
    assert seen.value("headwater_due_checks_oldest_delay_seconds") == 120
    assert seen.value("headwater_due_deliveries") == 1
    assert seen.value("headwater_due_deliveries_oldest_delay_seconds") == 90
    assert seen.value("headwater_expired_leases", work="delivery") == 1
    assert seen.value("headwater_expired_leases", work="check") == 0
    assert seen.value("headwater_deliveries", channel="log", state="sent") == 1
    assert seen.value("headwater_deliveries", channel="log", state="pending") == 1
    assert seen.value("headwater_deliveries", channel="log", state="dead") == 0
    # `live` leaves the events of its checks to be looked at, but the first one.
    with database.reading() as session:
        queued = session.query(OutboxEventRow).where(OutboxEventRow.processed_at.is_(None)).count()
    assert seen.value("headwater_outbox_events") == queued > 0
    age = seen.value("headwater_outbox_oldest_event_age_seconds")
    assert age is not None
    assert age > DAY.total_seconds()


def test_a_claimed_check_waits_for_nobody(database: Database, metrics: Metrics) -> None:
    held = {"next_check_at": NOW, "lease_owner": "me", "lease_until": NOW + timedelta(minutes=5)}
    with database.writing() as session:
        session.execute(update(SourceRow).values(held))
    seen = Scrape(metrics)
    assert seen.value("headwater_due_checks") == 0
    assert seen.value("headwater_due_checks_oldest_delay_seconds") == 0


def test_a_snooze_that_ran_out_is_open(database: Database, metrics: Metrics, clock: FixedClock) -> None:
    with database.writing() as session:
        session.execute(update(ChangeRow).values(review_state="snoozed", snoozed_until=NOW + DAY))
    assert Scrape(metrics).value("headwater_changes", level="warning", review="snoozed") == 5
    clock.set(NOW + 2 * DAY)
    assert Scrape(metrics).value("headwater_changes", level="warning", review="open") == 5


def test_the_number_of_checks_only_grows_whatever_retention_lets_go(
    database: Database, metrics: Metrics, clock: FixedClock
) -> None:
    def total() -> float:
        seen = Scrape(metrics)
        return sum(seen.value("headwater_checks_total", **one) or 0 for one in seen.labels("headwater_checks_total"))

    assert total() == 9
    check(database, "acme-pricing", 7, NOW, rise(7))
    assert total() == 10
    clock.set(NOW + 30 * DAY)
    gone = prune(database, Policy(checks_older_than=timedelta(days=20)), clock.now())
    assert gone.checks == 6
    assert total() == 10
    assert total() == 10
    # Another process counts anew and comes to the same.
    metrics = Metrics(lambda: database, clock)
    assert total() == 10


def test_labels_are_closed_sets_and_names_from_the_configuration(database: Database, metrics: Metrics) -> None:
    add_source(database, "removed")
    hostile = 'a"b\\c\nheadwater_facts{area="price"} 99'
    with database.writing() as session:
        session.execute(update(SourceRow).where(SourceRow.id == "removed").values(state="removed"))
        session.execute(update(DeliveryRow).values(channel=hostile))
        session.execute(update(ChangeRow).values(level="shouting", review_state="unheard-of"))
        session.execute(update(CheckRow).where(CheckRow.outcome == "baseline").values(outcome="of-tomorrow"))
    seen = Scrape(metrics)
    assert seen.value("headwater_facts", area="price") == 1
    assert seen.value("headwater_deliveries", channel=hostile, state="sent") == 1
    assert seen.value("headwater_changes", level="other", review="other") == 5
    assert seen.value("headwater_checks_total", source="acme-pricing", outcome="other") == 1
    assert {one.get("source") for family in seen.families for one in [s.labels for s in family.samples]} == {
        None,
        "acme-pricing",
    }


def test_lost_leases_are_counted_by_this_process(metrics: Metrics) -> None:
    before = Scrape(metrics).value("headwater_leases_lost_total", work="check")
    assert before is not None
    LOST_LEASES.add(Lease.CHECK)
    assert Scrape(metrics).value("headwater_leases_lost_total", work="check") == before + 1


def test_names_follow_the_rules_of_prometheus(metrics: Metrics) -> None:
    """https://prometheus.io/docs/practices/naming/: a prefix of ours, base units, `_total` on counters alone."""
    ours = [family for family in Scrape(metrics).families if family.name.startswith("headwater_")]
    assert len(ours) > 20
    for family in ours:
        assert family.documentation.endswith(".")
        assert not family.name.endswith(("_ms", "_milliseconds", "_kilobytes", "_count", "_sum"))
        assert all(sample.name.endswith("_total") == (family.type == "counter") for sample in family.samples)


def test_a_message_recorded_after_its_lease_went_to_another_is_counted(database: Database, metrics: Metrics) -> None:
    waiting = {"incident": "j", "kind": "incident", "state": "pending", "created_at": NOW, "next_attempt_at": NOW}
    with database.writing() as session:
        session.add(DeliveryRow(id="p" * 32, channel="log", **waiting))
    with database.writing() as session:
        slow = sending.claim(session, channels=["log"], owner="slow", now=NOW)
    later = NOW + sending.LEASE
    with database.writing() as session:
        quick = sending.claim(session, channels=["log"], owner="quick", now=later)
    assert slow is not None
    assert quick is not None
    before = LOST_LEASES.of(Lease.DELIVERY)
    for claimed in (slow, quick):
        with database.writing() as session:
            sending.record_sent(session, claimed, message_id="m", started_at=NOW, now=later)
    assert Scrape(metrics).value("headwater_leases_lost_total", work="delivery") == before + 1
