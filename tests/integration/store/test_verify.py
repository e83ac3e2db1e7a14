"""A whole store verifies; every kind of damage is found and named with what cannot be read."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, text, update

from snapshots.blobs import KEYFRAME_EVERY, Encoding
from snapshots.care.verify import verify
from snapshots.db import Database
from snapshots.tables import BlobRow, ChangeRow, CheckRow, FactRow, SnapshotRow
from tests.integration.store.lived import START, add_source, check, live


def problems(database: Database) -> list[str]:
    with database.consistent() as session:
        return [problem.sentence for problem in verify(session).problems]


def blob_of(database: Database, version: int) -> bytes:
    with database.reading() as session:
        return session.scalars(select(SnapshotRow.raw_digest).where(SnapshotRow.sequence == version)).one()


def test_a_store_that_lived_is_whole(database: Database) -> None:
    live(database)
    with database.consistent() as session:
        found = verify(session)
    assert found.problems == ()
    assert (found.blobs, found.absent) == (6, 0)
    assert 0 < found.stored < found.size / 5


def test_every_blob_of_long_chains_is_read_once(database: Database) -> None:
    add_source(database, "acme")
    for version in range(1, KEYFRAME_EVERY + 4):
        check(database, "acme", version, START + timedelta(hours=version))
    seen: list[tuple[int, int]] = []
    with database.consistent() as session:
        verify(session, lambda what, done, of: seen.append((done, of)) if what == "blobs" else None)
    total = KEYFRAME_EVERY + 3
    assert seen == [(done, total) for done in range(1, total + 1)]


def test_one_flipped_bit_names_every_version_that_rests_on_it(database: Database) -> None:
    live(database)
    digest = blob_of(database, 2)
    with database.writing() as session:
        row = session.get_one(BlobRow, digest)
        row.content = row.content[:-1] + bytes([row.content[-1] ^ 4])
    [problem] = problems(database)
    assert digest.hex()[:12] in problem
    assert "acme-pricing@2, acme-pricing@3, acme-pricing@4 and 2 more cannot be read" in problem
    assert problem.endswith("Restore a backup.")


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"size": 5}, "does not decompress"),
        ({"size": -1}, "says it has -1 bytes"),
        ({"size": 2_000_000_000}, "says it has 2000000000 bytes"),
        ({"encoding": "lzma"}, 'has the encoding "lzma"'),
        ({"depth": 7}, "says that 7 blobs must be read before it, and its chain has 0"),
    ],
)
def test_what_a_blob_says_of_itself_is_checked(database: Database, values: dict[str, Any], sentence: str) -> None:
    live(database, versions=2)
    digest = blob_of(database, 1)
    with database.writing() as session:
        session.execute(update(BlobRow).where(BlobRow.digest == digest).values(values))
    assert any(sentence in problem for problem in problems(database))


def test_a_base_that_was_let_go_is_a_problem(database: Database) -> None:
    live(database, versions=3)
    with database.writing() as session:
        gone = {"encoding": Encoding.ABSENT, "content": b""}
        session.execute(update(BlobRow).where(BlobRow.digest == blob_of(database, 1)).values(gone))
    [problem] = problems(database)
    assert "were let go while others are compressed against it, so acme-pricing@2, acme-pricing@3" in problem


def test_a_circle_of_bases_is_found(database: Database) -> None:
    live(database, versions=3)
    first, last = blob_of(database, 1), blob_of(database, 3)
    with database.writing() as session:
        session.execute(
            update(BlobRow).where(BlobRow.digest == first).values(base_digest=last, encoding=Encoding.PREFIX)
        )
    assert any("in a circle" in problem for problem in problems(database))


def test_a_missing_version_is_noticed(database: Database) -> None:
    live(database, versions=3)
    with database.writing() as session:
        session.execute(update(SnapshotRow).where(SnapshotRow.sequence == 3).values(sequence=9))
    [problem] = problems(database)
    assert "acme-pricing has 3 versions, and their numbers go from 1 to 9: some are missing." in problem


@pytest.mark.parametrize(
    ("model", "values", "sentence"),
    [
        (FactRow, {"subject_key": "somebody-else"}, 'facts keeps "Acme Chat" under "somebody-else" instead of'),
        (ChangeRow, {"subject_key": "x"}, 'changes keeps "acme-chat" under "x"'),
        (FactRow, {"valid_key": "2026-01-01T00:00:00+00:00"}, "facts keeps what holds from None under"),
        (FactRow, {"precision": "fortnight"}, 'facts holds the precision "fortnight"'),
        (CheckRow, {"outcome": "lovely"}, 'checks holds the outcome "lovely"'),
        (ChangeRow, {"level": "loud"}, 'changes holds the level "loud"'),
        (ChangeRow, {"kind": "weather-changed"}, 'changes holds the kind "weather-changed"'),
    ],
)
def test_what_readers_rely_on_is_checked(
    database: Database, model: type[FactRow], values: dict[str, Any], sentence: str
) -> None:
    live(database, versions=2)
    with database.writing() as session:
        first = session.scalars(select(model.id).order_by(model.id)).first()
        session.execute(update(model).where(model.id == first).values(values))
    assert any(sentence in problem for problem in problems(database))


def test_rows_that_point_nowhere_are_named(database: Database) -> None:
    live(database, versions=2)
    with database.engine.connect() as connection:
        if database.is_sqlite:
            connection.connection.driver_connection.execute("PRAGMA foreign_keys = OFF")  # type: ignore[union-attr]
            connection.connection.driver_connection.execute("DELETE FROM deliveries")  # type: ignore[union-attr]
        else:
            connection.execute(text("SET session_replication_role = replica"))
            connection.execute(text("DELETE FROM deliveries"))
            connection.commit()
    found = problems(database)
    assert len(found) == 2
    assert any("Row 1 of delivery_attempts points to delivery_id dddd" in problem for problem in found)
    assert all("there is no such row in deliveries" in problem for problem in found)


def test_beliefs_that_contradict_each_other_are_found(database: Database) -> None:
    live(database, versions=2)
    with database.writing() as session:
        session.execute(text("DROP INDEX uq_facts_current"))
        session.execute(update(FactRow).values(observed_to=None))
    [problem] = problems(database)
    assert "acme-pricing is believed to say two things at once of acme-chat price.output_price" in problem
