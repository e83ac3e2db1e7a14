"""The schema from nothing and from every released one, there and back, on both databases."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import MetaData, insert, select, text

from snapshots.care.older import UnknownRevisionError, lost_below
from snapshots.care.verify import verify
from snapshots.db import Database, DatabaseError, head_revision, known_revisions
from snapshots.tables import Base, ChangeRow, HostRow, OutageRow, SourceRow
from tests.integration.store.lived import live

AT = datetime(2025, 3, 1, tzinfo=UTC)


@pytest.fixture
def empty(database_url: str) -> Iterator[Database]:
    opened = Database(database_url)
    yield opened
    opened.close()


def fill_first_schema(database: Database) -> None:
    """What the first release could have recorded."""
    from hashlib import sha256

    from snapshots.blobs import zstd

    metadata = MetaData()
    with database.rebuilding() as connection:
        metadata.reflect(connection)
        at = AT.replace(tzinfo=None) if database.is_sqlite else AT
        digest = sha256(b"page").digest()
        shared: dict[str, Any] = {"source_id": "acme", "qualifier": "", "confidence": 1.0}
        evidence = {"evidence_block": "b", "evidence_heading": ["h"], "evidence_quote": "q"}
        rows: dict[str, dict[str, Any]] = {
            "sources": {
                "id": "acme", "kind": "web-page", "url": "https://acme.example", "provider": "acme", "title": "",
                "document": "", "authoritative_for": [], "config_hash": "", "state": "active",
                "interval_seconds": 60, "next_check_at": at, "next_check_reason": "", "consecutive_failures": 0,
            },
            "blobs": {
                "digest": digest, "size": 4, "encoding": "zstd", "depth": 0, "content": zstd.compress(b"page"),
            },
            "snapshots": {
                "id": 1, "source_id": "acme", "sequence": 1, "raw_digest": digest, "text_digest": digest,
                "observed_at": at, "last_confirmed_at": at, "content_type": "", "final_url": "",
            },
            "facts": {
                **shared, **evidence, "id": 1, "snapshot_id": 1, "subject": "DeepSeek‑V3 Chat",
                "subject_key": "deepseek-v3-chat", "predicate": "p", "value": "v", "value_key": "v", "detail": {},
                "valid_key": "", "observed_from": at, "precision": "day",
            },
            "changes": {
                **shared, **evidence, "id": 1, "public_id": "aaaaaaaa", "fingerprint": "a" * 64,
                "from_snapshot_id": 1, "to_snapshot_id": 1, "kind": "price-increased", "level": "warning",
                "subject": "DeepSeek‑V3 Chat", "attribute": "output_price", "before_detail": {}, "after_detail": {},
                "effective_precision": "day", "detected_at": at, "correlation_key": "k", "state": "open",
            },
        }  # fmt: skip
        for table, values in rows.items():
            connection.execute(insert(metadata.tables[table]), values)


def differences(database: Database) -> list[Any]:
    with database.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
        found: list[Any] = compare_metadata(context, Base.metadata)
        return found


def test_an_empty_database_gets_exactly_the_tables_the_program_knows(empty: Database) -> None:
    empty.upgrade()
    assert empty.revision() == head_revision()
    assert differences(empty) == []


def test_the_first_schema_with_data_in_it_is_brought_up(empty: Database) -> None:
    empty.upgrade_to("0001")
    fill_first_schema(empty)
    empty.upgrade()
    assert differences(empty) == []
    with empty.consistent() as session:
        change = session.scalars(select(ChangeRow)).one()
        assert session.scalars(select(SourceRow.host)).all() == ["https://acme.example"]
        assert session.scalars(select(HostRow.name)).all() == ["https://acme.example"]
        assert (change.subject_key, change.origin, change.review_state) == ("deepseek-v3-chat", "check", "open")
        assert verify(session).problems == ()


def test_there_and_back_and_there_again(empty: Database) -> None:
    empty.upgrade()
    live(empty)
    with empty.reading() as session:
        before = session.execute(select(ChangeRow.id, ChangeRow.subject_key, ChangeRow.detected_at)).all()
    empty.downgrade_to("0001")
    assert empty.revision() == "0001"
    empty.upgrade()
    assert differences(empty) == []
    with empty.consistent() as session:
        assert session.execute(select(ChangeRow.id, ChangeRow.subject_key, ChangeRow.detected_at)).all() == before
        assert verify(session).problems == ()


def test_every_schema_is_refused_but_the_present_one_with_the_command_that_mends_it(empty: Database) -> None:
    with pytest.raises(DatabaseError, match=r"is empty\. Run `headwater db upgrade`"):
        empty.require_current()
    for revision in known_revisions()[:-1]:
        empty.upgrade_to(revision)
        with pytest.raises(DatabaseError, match=f"has schema {revision}.*run `headwater db upgrade`"):
            empty.require_current()
    empty.upgrade()
    empty.require_current()
    with empty.writing() as session:
        session.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(DatabaseError, match=r"newer than this program.*Install the newer headwater"):
        empty.require_current()


def test_a_failed_migration_leaves_what_was_there(empty: Database) -> None:
    empty.upgrade_to("0001")
    fill_first_schema(empty)
    with empty.writing() as session:
        # A table that the migration is going to make is in its way.
        session.execute(text("CREATE TABLE corrections (id INTEGER)"))
    with pytest.raises(Exception, match="corrections"):
        empty.upgrade()
    assert empty.revision() == "0001"
    with empty.writing() as session:
        session.execute(text("DROP TABLE corrections"))
    empty.upgrade()
    assert differences(empty) == []


def test_what_an_older_schema_cannot_hold_is_counted(database: Database) -> None:
    live(database)
    with database.writing() as session:
        session.add(HostRow(name="https://docs.acme.example"))
        session.add(OutageRow(began_at=AT, ended_at=None, detail="Nothing can be reached."))
        for row in session.scalars(select(SourceRow)):
            row.moved_to, row.failing_told_at = "https://docs.acme.example/new", AT
    with database.consistent() as session:
        assert lost_below(session)[0] == known_revisions()[-2]
        wanted, losses = lost_below(session, "0001")
    assert wanted == "0001"
    assert {(loss.table, loss.column): loss.rows for loss in losses} == {
        ("acknowledgements", ""): 1,
        ("corrections", ""): 1,
        ("conflicts", ""): 1,
        ("conflict_claims", ""): 1,
        ("check_days", ""): 1,
        ("changes", "review_state"): 1,
        ("hosts", ""): 1,
        ("outages", ""): 1,
        ("sources", "moved_to"): 1,
        ("sources", "failing_told_at"): 1,
    }


def test_nothing_is_lost_where_nothing_newer_is_used(database: Database) -> None:
    with database.consistent() as session:
        assert lost_below(session, "0001") == ("0001", [])
        with pytest.raises(UnknownRevisionError, match=r'"0007" is no older schema\. There are: 0001'):
            lost_below(session, "0007")
