"""Whether a process says that it can work, and why not."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import text, update

from snapshots.db import Database
from snapshots.readiness import OVERDUE, readiness
from snapshots.tables import SourceRow
from tests.integration.store.lived import START, add_source

LATE = START + OVERDUE + timedelta(minutes=1)


def said(database: Database, name: str, at: datetime = START) -> tuple[bool, str]:
    found = readiness(database, at)
    (answer,) = [one for one in found.answers if one.name == name]
    assert found.ready == all(one.ok for one in found.answers)
    return answer.ok, answer.detail


def test_an_empty_store_of_this_schema_is_ready(database: Database) -> None:
    found = readiness(database, START)
    assert found.ready
    assert [answer.name for answer in found.answers] == ["schema", "database", "schedule"]


def test_a_database_without_tables_is_not(database_url: str) -> None:
    database = Database(database_url)
    ok, detail = said(database, "schema")
    assert not ok
    assert "headwater db upgrade" in detail
    database.close()


def test_a_check_that_nobody_makes_is_told(database: Database) -> None:
    add_source(database, "acme")
    assert said(database, "schedule", START + OVERDUE)[0]
    ok, detail = said(database, "schedule", LATE)
    assert not ok
    assert "11 minutes late" in detail
    assert "headwater run" in detail


def test_a_process_that_makes_no_checks_is_not_to_blame(database: Database) -> None:
    add_source(database, "acme")
    assert not readiness(database, LATE).ready
    assert readiness(database, LATE, makes_checks=False).ready


def test_catching_up_after_a_pause_is_ready(database: Database) -> None:
    add_source(database, "acme")
    add_source(database, "other")
    with database.writing() as session:
        session.execute(update(SourceRow).where(SourceRow.id == "acme").values(last_checked_at=LATE))
    assert said(database, "schedule", LATE)[0]


@pytest.mark.parametrize("state", ["paused", "removed"])
def test_what_is_not_watched_is_never_late(database: Database, state: str) -> None:
    add_source(database, "acme")
    with database.writing() as session:
        session.execute(update(SourceRow).values(state=state))
    assert said(database, "schedule", LATE)[0]


@pytest.mark.postgres
def test_a_server_that_takes_no_writes_is_told(new_database: Callable[[str], str]) -> None:
    database = Database(new_database("postgresql"))
    database.upgrade()
    name = database.engine.url.database
    with database.engine.connect() as connection:
        connection.execute(text(f'ALTER DATABASE "{name}" SET default_transaction_read_only = on'))
        connection.commit()
    database.close()
    ok, detail = said(database, "database")
    assert not ok
    assert "read-only" in detail
    database.close()


def test_a_writer_at_work_is_no_trouble(tmp_path: Path) -> None:
    path = tmp_path / "headwater.db"
    database = Database(f"sqlite:///{path}")
    database.upgrade()
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    ok, detail = said(database, "database")
    assert ok
    assert detail == "Another process is writing."
    other.execute("ROLLBACK")
    with database.engine.connect() as connection:
        # The look's own short patience did not stay with the pooled connection.
        assert connection.exec_driver_sql("PRAGMA busy_timeout").scalar() == 30_000
    other.close()
    database.close()
