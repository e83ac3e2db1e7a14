"""One transaction records a check; the lease fences it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select

from monitor.schedule.leases import LEASE, claim_due, claim_one, release
from snapshots import blobs, store
from snapshots.blobs import digest_of
from snapshots.changes.model import Change, Level
from snapshots.db import Database
from snapshots.facts import Evidence, Fact
from snapshots.outcome import CheckOutcome, NewSnapshot, Outcome
from snapshots.store import Claim, LeaseLostError
from snapshots.tables import ChangeRow, CheckRow, FactRow, OutboxEventRow, SnapshotRow, SourceRow
from tests.integration.store.conftest import MORNING

QUOTE = Evidence("pricing/table", ("Pricing",), "acme-chat | $1.00")


def fact(value: str, attribute: str = "output_price") -> Fact:
    return Fact("acme-chat", f"price.{attribute}", value, QUOTE, value_key=value)


def found(body: bytes, outcome: Outcome, *facts: Fact, at: datetime = MORNING, **more: object) -> CheckOutcome:
    made = CheckOutcome(
        outcome=outcome,
        started_at=at,
        finished_at=at,
        next_check_at=at + timedelta(hours=1),
        next_check_reason="every hour",
        http_status=200,
        snapshot=NewSnapshot(
            body, digest_of(body), digest_of(body.lower()), "text/html", "https://docs.acme.example/pricing"
        ),
        facts=facts,
        etag='"v1"',
    )
    return replace(made, **more)  # type: ignore[arg-type]


def price_rise(**more: object) -> Change:
    made = Change("price-increased", "acme-chat", "output_price", "1", "2", Level.WARNING, evidence=QUOTE)
    return replace(made, **more)  # type: ignore[arg-type]


def record(database: Database, source: str, outcome: CheckOutcome) -> store.Recorded:
    with database.writing() as session:
        checks = session.scalar(select(func.count()).select_from(CheckRow)) or 0
        claim = claim_one(session, source, owner="worker-1", now=MORNING + timedelta(minutes=checks))
        assert claim is not None
        return store.record(session, claim, outcome)


def test_a_check_leaves_the_version_its_facts_and_the_schedule(database: Database, source: str) -> None:
    record(database, source, found(b"<p>one</p>", Outcome.BASELINE, fact("1")))
    with database.reading() as session:
        row = session.get_one(SourceRow, source)
        assert (row.next_check_at, row.lease_owner, row.etag) == (MORNING + timedelta(hours=1), None, '"v1"')
        snapshot = session.scalars(select(SnapshotRow)).one()
        assert blobs.get(session, snapshot.raw_digest) == b"<p>one</p>"
        assert [f.value for f in session.scalars(select(FactRow))] == ["1"]
        assert session.scalars(select(CheckRow.outcome)).one() == "baseline"


def test_a_changed_fact_is_closed_and_opened_and_an_equal_one_stays(database: Database, source: str) -> None:
    later = MORNING + timedelta(hours=1)
    record(database, source, found(b"one", Outcome.BASELINE, fact("1"), fact("5", "input_price")))
    record(database, source, found(b"two", Outcome.NEW_VERSION, fact("2"), fact("5", "input_price"), at=later))
    with database.reading() as session:
        rows = session.scalars(select(FactRow).order_by(FactRow.id)).all()
        assert [(r.attribute_value, r.observed_to) for r in map(_Seen, rows)] == [
            ("output_price=1", later),
            ("input_price=5", None),
            ("output_price=2", None),
        ]


class _Seen:
    def __init__(self, row: FactRow) -> None:
        self.attribute_value = f"{row.predicate.partition('.')[2]}={row.value}"
        self.observed_to = row.observed_to


def test_a_change_and_its_outbox_event_are_one_commit(database: Database, source: str) -> None:
    record(database, source, found(b"one", Outcome.BASELINE, fact("1")))
    outcome = found(b"two", Outcome.NEW_VERSION, fact("2"), changes=(price_rise(),))
    recorded = record(database, source, outcome)
    with database.reading() as session:
        event = session.scalars(select(OutboxEventRow).where(OutboxEventRow.topic == "changes-recorded")).one()
        assert event.payload["change_ids"] == list(recorded.change_ids)


def test_a_text_change_without_a_claim_is_recorded_and_never_queued(database: Database, source: str) -> None:
    record(database, source, found(b"one", Outcome.BASELINE, fact("1")))
    silent = Change("document-text-changed", "acme-pricing", "text", None, None, Level.NONE)
    record(database, source, found(b"two", Outcome.NEW_VERSION, fact("1"), changes=(silent,)))
    with database.reading() as session:
        assert session.scalars(select(ChangeRow.kind)).all() == ["document-text-changed"]
        topics = session.scalars(select(OutboxEventRow.topic)).all()
        assert topics == ["baseline-read"]


def test_a_removal_waits_for_its_confirmation(database: Database, source: str) -> None:
    record(database, source, found(b"one", Outcome.BASELINE, fact("1")))
    gone = price_rise(kind="model-removed", removal=True)
    recorded = record(database, source, found(b"two", Outcome.NEW_VERSION, changes=(gone,)))
    with database.reading() as session:
        assert session.scalar(select(func.count()).select_from(OutboxEventRow)) == 1
    seen_again = found(b"two", Outcome.SAME_BYTES, snapshot=None, facts=None, confirmed=recorded.change_ids)
    record(database, source, seen_again)
    with database.reading() as session:
        assert session.scalars(select(ChangeRow.state)).one() == "open"
        event = session.scalars(select(OutboxEventRow).where(OutboxEventRow.topic == "changes-recorded")).one()
        assert event.payload["change_ids"] == list(recorded.change_ids)


def test_a_failure_touches_no_fact_and_is_counted(database: Database, source: str) -> None:
    record(database, source, found(b"one", Outcome.BASELINE, fact("1")))
    failure = found(b"", Outcome.SERVER_ERROR, snapshot=None, facts=None, http_status=503, etag=None)
    record(database, source, failure)
    record(
        database,
        source,
        replace(failure, started_at=MORNING + timedelta(hours=1), finished_at=MORNING + timedelta(hours=1)),
    )
    with database.reading() as session:
        row = session.get_one(SourceRow, source)
        assert (row.consecutive_failures, row.failing_since, row.etag) == (2, MORNING, '"v1"')
        assert [f.observed_to for f in session.scalars(select(FactRow))] == [None]


def test_a_held_version_is_kept_but_not_believed(database: Database, source: str) -> None:
    record(database, source, found(b"one", Outcome.BASELINE, fact("1")))
    shell = found(b"home", Outcome.SHELL, facts=None)
    assert shell.snapshot is not None
    record(database, source, replace(shell, snapshot=replace(shell.snapshot, held="The home page.")))
    with database.reading() as session:
        good, newest = store.latest_snapshot(session, source), store.latest_snapshot(session, source, good=False)
        assert good is not None
        assert newest is not None
        assert (good.raw_digest, newest.held) == (digest_of(b"one"), "The home page.")


def test_a_worker_that_lost_its_lease_writes_nothing(database: Database, source: str) -> None:
    with database.writing() as session:
        stale = claim_one(session, source, owner="slow", now=MORNING)
    assert stale is not None
    with database.writing() as session:
        assert claim_one(session, source, owner="fast", now=MORNING + LEASE) is not None

    with pytest.raises(LeaseLostError), database.writing() as session:
        store.record(session, stale, found(b"one", Outcome.BASELINE, fact("1")))
    with database.reading() as session:
        assert session.scalar(select(func.count()).select_from(CheckRow)) == 0
        assert session.scalar(select(func.count()).select_from(SnapshotRow)) == 0


def test_a_clock_that_was_set_back_does_not_stop_a_source(database: Database, source: str) -> None:
    for _ in range(2):
        with database.writing() as session:
            claim = claim_one(session, source, owner="worker-1", now=MORNING)
            assert claim is not None
            store.record(session, claim, found(b"one", Outcome.SAME_BYTES, snapshot=None, facts=None))
    with database.reading() as session:
        assert session.scalar(select(func.count()).select_from(CheckRow)) == 2


def test_a_source_is_claimed_once_until_its_lease_runs_out(database: Database, source: str) -> None:
    def claims(owner: str, at: datetime) -> list[Claim]:
        with database.writing() as session:
            return claim_due(session, owner=owner, now=at, limit=10)

    assert [c.source_id for c in claims("a", MORNING)] == [source]
    assert claims("b", MORNING) == []
    assert [c.owner for c in claims("b", MORNING + LEASE)] == ["b"]


def test_a_released_source_can_be_claimed_at_once(database: Database, source: str) -> None:
    with database.writing() as session:
        (claim,) = claim_due(session, owner="a", now=MORNING, limit=1)
        release(session, claim)
    with database.writing() as session:
        assert len(claim_due(session, owner="b", now=MORNING, limit=1)) == 1


def test_nothing_is_claimed_before_it_is_due(database: Database, source: str) -> None:
    with database.writing() as session:
        assert claim_due(session, owner="a", now=MORNING - timedelta(seconds=1), limit=1) == []
        assert claim_due(session, owner="a", now=datetime(2030, 1, 1, tzinfo=UTC), limit=1) != []
