"""What is let go, what never is, and what stays answerable."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select, update

from snapshots import blobs, review, store
from snapshots.blobs import AbsentBlobError, Encoding
from snapshots.care.retention import NOTHING, Policy, prune
from snapshots.care.stats import stats
from snapshots.care.verify import verify
from snapshots.changes.model import Level
from snapshots.db import Database
from snapshots.history import facts_at
from snapshots.journal import Filter, list_changes
from snapshots.tables import (
    AcknowledgementRow,
    BlobRow,
    ChangeRow,
    CheckDayRow,
    CheckRow,
    ConflictClaimRow,
    ConflictRow,
    CorrectionRow,
    DeadlineRow,
    DecisionRow,
    DeliveryAttemptRow,
    FactRow,
    IncidentRow,
    OutboxEventRow,
    ReminderRow,
    SilenceRow,
    SnapshotRow,
)
from tests.integration.store.lived import DAY, START, add_source, check, live, page, rise

ALICE = review.Reviewer("alice", "cli")
LATER = START + 1_000 * DAY
OLD = Policy(checks_older_than=None, versions_older_than=30 * DAY, keep_versions=1)


def kept(database: Database, source: str = "acme") -> list[int]:
    """The versions whose bytes are there; every one of them can be read."""
    with database.reading() as session:
        found = []
        for row in session.scalars(
            select(SnapshotRow).where(SnapshotRow.source_id == source).order_by(SnapshotRow.sequence)
        ):
            try:
                blobs.get(session, row.raw_digest)
            except AbsentBlobError:
                continue
            found.append(row.sequence)
        return found


def whole(database: Database) -> bool:
    with database.consistent() as session:
        return verify(session).problems == ()


def _decide_all(session: Any, decide: Callable[..., object], **how: Any) -> None:
    for row in session.scalars(select(ChangeRow)):
        decide(session, row, ALICE, now=START, **how)


def versions_alone(database: Database, count: int) -> None:
    """Versions that share nothing, so that none is compressed against another, and whose changes are acknowledged."""
    add_source(database, "acme")
    for version in range(1, count + 1):
        changes = (rise(version),) if version > 1 else ()
        check(database, "acme", version, START + version * DAY, *changes)
    with database.writing() as session:
        _decide_all(session, review.acknowledge)
        # Each stands by itself: a base in use has a test of its own.
        for version in range(1, count + 1):
            row = session.get_one(BlobRow, blobs.digest_of(page(version)))
            row.encoding, row.base_digest, row.depth = Encoding.FULL, None, 0
            row.content = blobs.zstd.compress(page(version))
        # What is believed was read off the newest version.
        last = select(func.max(SnapshotRow.id)).scalar_subquery()
        session.execute(update(FactRow).where(FactRow.observed_to.is_(None)).values(snapshot_id=last))


def test_by_default_every_version_is_kept(database: Database) -> None:
    versions_alone(database, 5)
    prune(database, Policy(), LATER)
    assert kept(database) == [1, 2, 3, 4, 5]


def test_old_versions_beyond_the_newest_lose_their_bytes_and_nothing_else(database: Database) -> None:
    versions_alone(database, 5)
    at = START + 2 * DAY + timedelta(hours=1)
    with database.reading() as session:
        before = facts_at(session, "acme-chat", at, LATER), list_changes(session, Filter(), limit=99)
    foreseen = prune(database, OLD, LATER, dry_run=True)
    assert kept(database) == [1, 2, 3, 4, 5]
    assert prune(database, OLD, LATER) == foreseen
    assert (foreseen.versions, kept(database)) == (4, [5])
    assert foreseen.stored_bytes > 1_000
    with database.reading() as session:
        assert (facts_at(session, "acme-chat", at, LATER), list_changes(session, Filter(), limit=99)) == before
    assert whole(database)
    assert prune(database, OLD, LATER) == NOTHING
    [measured] = stats(database).sources
    assert (measured.versions, measured.let_go) == (5, 4)


@pytest.mark.parametrize(
    ("policy", "now", "left"),
    [
        (OLD, START + 20 * DAY, [1, 2, 3, 4, 5]),
        (OLD, START + 33 * DAY + timedelta(hours=1), [4, 5]),
        (Policy(None, 30 * DAY, 3), LATER, [3, 4, 5]),
        (Policy(None, 30 * DAY, 99), LATER, [1, 2, 3, 4, 5]),
        (Policy(None, 30 * DAY, 0), LATER, [5]),
    ],
)
def test_age_and_count_both_keep(database: Database, policy: Policy, now: Any, left: list[int]) -> None:
    versions_alone(database, 5)
    prune(database, policy, now)
    assert kept(database) == left


def _acknowledge(session: Any, version: int) -> None:
    session.add(
        AcknowledgementRow(at=START, actor="ada", via="cli", action="pin", source_id="acme", snapshot_id=version)
    )


def _change(version: int, **values: Any) -> Callable[[Any, int], None]:
    def protect(session: Any, _version: int) -> None:
        session.execute(update(ChangeRow).where(ChangeRow.to_snapshot_id == version).values(**values))

    return protect


def _decided(version: int, decide: Callable[..., object], **how: Any) -> Callable[[Any, int], None]:
    def protect(session: Any, _version: int) -> None:
        row = session.scalars(select(ChangeRow).where(ChangeRow.to_snapshot_id == version)).one()
        decide(session, row, ALICE, now=START, **how)

    return protect


def _silent(session: Any, version: int) -> None:
    _decided(2, review.reopen)(session, version)
    _change(2, level=Level.NONE)(session, version)


def _conflict(session: Any, version: int) -> None:
    session.add(
        ConflictRow(public_id="c0ffee00", scope="acme", subject="x", predicate="p", qualifier="", opened_at=START)
    )
    session.flush()
    session.add(
        ConflictClaimRow(
            conflict_id=1,
            position=0,
            source_id="acme",
            snapshot_id=version,
            value_key="",
            detail={},
            precision="unknown",
            evidence_block="",
            evidence_heading=[],
            evidence_quote="",
        )
    )


def _correction(session: Any, version: int) -> None:
    session.add(
        CorrectionRow(
            source_id="acme",
            snapshot_id=version,
            subject="x",
            predicate="p",
            qualifier="",
            value_key="",
            precision="day",
            reason="",
            actor="ada",
            via="cli",
            corrected_at=START,
        )
    )


def _belief(session: Any, version: int) -> None:
    session.execute(update(FactRow).where(FactRow.observed_to.is_(None)).values(snapshot_id=version))


def _held_since(session: Any, version: int) -> None:
    """Everything after it was a wrong page: the next good version will be compared with it."""
    session.execute(update(SnapshotRow).where(SnapshotRow.id > version).values(held="shell"))


@pytest.mark.parametrize(
    ("protect", "left"),
    [
        (_acknowledge, [2, 5]),
        (_decided(2, review.reopen), [1, 2, 5]),
        (_decided(2, review.snooze, until=LATER), [1, 2, 5]),
        (_change(2, state="unconfirmed"), [1, 2, 5]),
        (_silent, [5]),
        (_decided(2, review.dismiss, reason="no news"), [5]),
        (_conflict, [2, 5]),
        (_correction, [2, 5]),
        (_belief, [2, 5]),
        (_held_since, [2, 5]),
    ],
)
def test_what_something_rests_on_stays(
    database: Database, protect: Callable[[Any, int], None], left: list[int]
) -> None:
    versions_alone(database, 5)
    with database.writing() as session:
        protect(session, 2)
    prune(database, OLD, LATER)
    assert kept(database) == left
    assert whole(database)


def test_what_is_settled_protects_no_more(database: Database) -> None:
    versions_alone(database, 5)
    with database.writing() as session:
        _conflict(session, 2)
        _correction(session, 3)
        session.flush()
        session.execute(update(ConflictRow).values(closed_at=START, closed_why="agreed"))
        session.execute(update(CorrectionRow).values(withdrawn_at=START))
    prune(database, OLD, LATER)
    assert kept(database) == [5]


def test_a_base_in_use_stays_with_everything_it_rests_on(database: Database) -> None:
    live(database, "acme", versions=6)
    with database.writing() as session:
        _decide_all(session, review.acknowledge)
        fourth = blobs.digest_of(page(4))
        row = session.get_one(BlobRow, fourth)
        base = row.base_digest
        assert base is not None
        for version in (5, 6):
            alone = session.get_one(BlobRow, blobs.digest_of(page(version)))
            alone.encoding, alone.base_digest, alone.depth = Encoding.FULL, None, 0
            alone.content = blobs.zstd.compress(page(version))
        session.add(AcknowledgementRow(at=START, actor="a", via="cli", action="pin", source_id="acme", snapshot_id=4))
        _belief(session, 6)
    prune(database, OLD, LATER)
    assert kept(database, "acme") == [1, 2, 3, 4, 6]
    assert whole(database)


def test_a_text_that_returned_is_kept_for_its_newest_version(database: Database) -> None:
    versions_alone(database, 3)
    check(database, "acme", 1, START + 9 * DAY, rise(9))
    with database.writing() as session:
        _decide_all(session, review.acknowledge)
        _belief(session, 4)
    prune(database, OLD, LATER)
    assert kept(database) == [1, 4]


def test_bytes_that_were_let_go_come_back_when_the_text_returns(database: Database) -> None:
    versions_alone(database, 3)
    prune(database, OLD, LATER)
    assert kept(database) == [3]
    check(database, "acme", 1, LATER + DAY, rise(9))
    assert kept(database) == [1, 3, 4]
    assert whole(database)


def test_old_checks_are_counted_by_day_and_the_newest_stays(database: Database) -> None:
    live(database, "acme", versions=3)
    late = (START + DAY).replace(hour=23, minute=59)
    with database.writing() as session:
        for minute in range(3):
            session.add(
                CheckRow(
                    source_id="acme",
                    scheduled_for=late + timedelta(minutes=minute),
                    started_at=late + timedelta(minutes=minute),
                    finished_at=late + timedelta(minutes=minute),
                    outcome="same-bytes",
                    duration_ms=7,
                )
            )
        newest = session.scalar(select(func.max(CheckRow.id)))
    gone = prune(database, Policy(checks_older_than=90 * DAY), LATER)
    assert (gone.checks, gone.events, gone.attempts) == (5, 1, 1)
    with database.reading() as session:
        assert session.scalars(select(CheckRow.id)).all() == [newest]
        days = session.execute(
            select(CheckDayRow.day, CheckDayRow.outcome, CheckDayRow.checks, CheckDayRow.duration_ms).order_by(
                CheckDayRow.day, CheckDayRow.outcome
            )
        ).all()
        first = START.date()
        assert [tuple(day) for day in days] == [
            (first, "same-bytes", 3, 5_000_000_000),
            (first + DAY, "baseline", 1, 1_000),
            (first + DAY, "same-bytes", 1, 7),
            (first + 2 * DAY, "new-version", 1, 1_000),
            (first + 2 * DAY, "same-bytes", 1, 7),
            (first + 3 * DAY, "new-version", 1, 1_000),
        ]
        assert session.scalars(select(OutboxEventRow.processed_at).distinct()).all() == [None]
        assert session.scalar(select(func.count()).select_from(DeliveryAttemptRow)) == 0


def _decision(number: int, **more: Any) -> DecisionRow:
    given = {"about": f"thing {number}", "channel": "team", "outcome": "at-once", "path": "default"}
    return DecisionRow(id=number, **given, reason="Told at once.", due=START, decided_at=START, **more)


def _silence(number: int, until: datetime) -> SilenceRow:
    return SilenceRow(id=number, matcher={}, until=until, owner="alice", comment="", created_at=START)


def _incident(number: int, heard: datetime) -> IncidentRow:
    given = {"kind": "change", "key": str(number), "grouped": "", "level": "info", "flaps": 0}
    return IncidentRow(id=number, **given, opened_at=START, updated_at=heard)


def test_old_decisions_and_reminders_go_unless_something_rests_on_them(database: Database) -> None:
    add_source(database, "acme")
    with database.writing() as session:
        session.add_all([_silence(1, LATER - 10 * DAY), _silence(2, LATER - 200 * DAY)])
        session.add_all([_incident(1, LATER - 80 * DAY), _incident(2, LATER - 100 * DAY)])
        for number, state in ((1, "open"), (2, "closed")):
            given = {"stated": "2030-01-01", "precision": "day", "quote": "", "source_id": "acme", "state": state}
            session.add(DeadlineRow(id=number, subject=f"name {number}", **given, opened_at=START, updated_at=START))
        session.flush()
        session.add_all(
            [
                _decision(1),
                _decision(2, silence_id=1),
                _decision(3, silence_id=2),
                _decision(4, incident_id=1),
                _decision(5, incident_id=2),
            ]
        )
        for number, deadline in ((1, 1), (2, 2)):
            row = ReminderRow(id=number, deadline_id=deadline, days=7, due_at=START, state="sent", settled_at=START)
            session.add(row)
    foreseen = prune(database, Policy(checks_older_than=30 * DAY), LATER, dry_run=True)
    assert (foreseen.decisions, foreseen.reminders) == (3, 1)
    assert prune(database, Policy(checks_older_than=30 * DAY), LATER) == foreseen
    with database.reading() as session:
        # What a silence still held back of late is counted; an incident heard of within 90 days takes in later news.
        assert session.scalars(select(DecisionRow.id).order_by(DecisionRow.id)).all() == [2, 4]
        assert session.scalars(select(ReminderRow.id)).all() == [1]
    assert prune(database, Policy(checks_older_than=30 * DAY), LATER) == NOTHING


def test_more_than_a_batch_goes_in_one_call(database: Database) -> None:
    add_source(database, "acme")
    with database.writing() as session:
        for minute in range(1_201):
            at = START + timedelta(minutes=minute)
            session.add(
                CheckRow(
                    source_id="acme",
                    scheduled_for=at,
                    started_at=at,
                    finished_at=at,
                    outcome="not-modified",
                    duration_ms=1,
                )
            )
    assert prune(database, Policy(), LATER).checks == 1_200
    with database.reading() as session:
        assert session.scalars(select(CheckDayRow.checks)).all() == [1_080, 120]


def test_the_newest_checks_stay_however_young_the_policy_wants_them(database: Database) -> None:
    live(database, "acme", versions=3)
    assert prune(database, Policy(checks_older_than=90 * DAY), START + 30 * DAY) == NOTHING


def test_the_next_version_is_recorded_as_ever(database: Database) -> None:
    versions_alone(database, 5)
    prune(database, OLD, LATER)
    recorded: store.Recorded = check(database, "acme", 6, LATER + DAY, rise(6))
    assert recorded.snapshot_id == 6
    assert kept(database) == [5, 6]
    assert whole(database)
