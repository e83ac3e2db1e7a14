"""A better reading of old versions: present knowledge changes, the record stays, nothing is sent."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import delete, func, select, update

from monitor.reextract import BusyError, reextract
from monitor.replay import open_history, replay
from snapshots import blobs
from snapshots.clock import FixedClock
from snapshots.db import Database
from snapshots.history import TARGET, facts_at
from snapshots.tables import BlobRow, ChangeRow, FactRow, OutboxEventRow, SnapshotRow
from tests.integration.cli.conftest import history

__all__ = ["history"]

SPRING = datetime(2026, 5, 1, tzinfo=UTC)
UPGRADE = datetime(2026, 6, 1, tzinfo=UTC)
SUMMER = datetime(2026, 7, 1, tzinfo=UTC)


@pytest.fixture
def misread(database: Database, history: Path) -> Database:
    """A store whose extractor took the target of 24 April for `acme-nxet`, and saw no change of it."""
    list(replay([open_history(history)], database))
    with database.writing() as session:
        wrong = update(FactRow).where(FactRow.predicate == TARGET, FactRow.value == "acme-next")
        assert session.execute(wrong.values(value="acme-nxet", value_key="acme-nxet")).rowcount == 1  # type: ignore[attr-defined]
        session.execute(delete(ChangeRow).where(ChangeRow.kind == "alias-retargeted"))
    return database


def target(database: Database, *, at: datetime, known_at: datetime) -> list[str | None]:
    with database.reading() as session:
        return [a.fact.value for a in facts_at(session, "acme-chat", at, known_at) if a.fact.predicate == TARGET]


def count(database: Database, table: type[OutboxEventRow | ChangeRow]) -> int:
    with database.reading() as session:
        return session.scalar(select(func.count()).select_from(table)) or 0


def test_a_better_reading_counts_from_when_it_was_made(misread: Database) -> None:
    told = reextract(misread, "acme-log", FixedClock(UPGRADE))
    assert (told.closed, told.opened) == (1, 1)
    assert target(misread, at=SPRING, known_at=SUMMER) == ["acme-next"]
    assert target(misread, at=SPRING, known_at=SPRING) == ["acme-nxet"]


def test_what_was_missed_waits_for_review_and_is_not_sent(misread: Database) -> None:
    events, changes = count(misread, OutboxEventRow), count(misread, ChangeRow)
    told = reextract(misread, "acme-log", FixedClock(UPGRADE))
    assert [(c.kind, c.subject, c.after) for c in told.found] == [("alias-retargeted", "acme-chat", "acme-next")]
    assert (count(misread, OutboxEventRow), count(misread, ChangeRow)) == (events, changes + 1)
    with misread.reading() as session:
        row = session.scalars(select(ChangeRow).where(ChangeRow.kind == "alias-retargeted")).one()
    assert (row.origin, row.review_state, row.detected_at) == ("reextract", "open", UPGRADE)


def test_a_second_reading_finds_nothing_more(misread: Database) -> None:
    reextract(misread, "acme-log", FixedClock(UPGRADE))
    again = reextract(misread, "acme-log", FixedClock(SUMMER))
    assert (again.closed, again.opened, again.found) == (0, 0, ())


def test_a_dry_run_keeps_nothing(misread: Database) -> None:
    told = reextract(misread, "acme-log", FixedClock(UPGRADE), dry_run=True)
    assert (told.opened, len(told.found)) == (1, 1)
    assert target(misread, at=SPRING, known_at=SUMMER) == ["acme-nxet"]


def test_what_was_read_off_bytes_that_are_gone_stands(misread: Database) -> None:
    with misread.writing() as session:
        newest = session.scalars(select(SnapshotRow.raw_digest).where(SnapshotRow.sequence == 2)).one()
        gone = update(BlobRow).where(BlobRow.digest == newest)
        session.execute(gone.values(encoding=blobs.Encoding.ABSENT, content=b"", base_digest=None))
    told = reextract(misread, "acme-log", FixedClock(UPGRADE))
    assert (told.unread, told.closed, told.opened) == (1, 0, 0)
    assert target(misread, at=SPRING, known_at=SUMMER) == ["acme-nxet"]


def test_a_version_that_comes_meanwhile_stops_it(misread: Database) -> None:
    def come(done: int, of: int) -> None:
        if done == of:
            with misread.writing() as session:
                row = session.scalars(select(SnapshotRow).where(SnapshotRow.sequence == 2)).one()
                more = {c.key: getattr(row, c.key) for c in SnapshotRow.__mapper__.columns if c.key != "id"}
                session.add(SnapshotRow(**more | {"sequence": 3}))

    with pytest.raises(BusyError, match="got a new version"):
        reextract(misread, "acme-log", FixedClock(UPGRADE), progress=come)
    assert target(misread, at=SPRING, known_at=SUMMER) == ["acme-nxet"]
