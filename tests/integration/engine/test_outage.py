"""A PostgreSQL that goes away in the middle of the work: what was seen is kept until it is back."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import timedelta

import pytest
from psycopg_pool import AsyncConnectionPool, PoolTimeout
from sqlalchemy import func, select, text
from sqlalchemy.exc import OperationalError
from structlog.testing import capture_logs
from structlog.typing import EventDict

from monitor.app import App
from monitor.engine.distributed import DistributedEngine
from monitor.engine.retrying import wait_for_store
from snapshots.clock import FixedClock
from snapshots.db import LONGEST_PAUSE, Database
from snapshots.tables import CheckRow, SnapshotRow, SourceRow
from tests.integration.engine.conftest import Worker, run_due
from tests.support.host import Answer, Host
from tests.support.loops import awaited
from tests.support.outage import Outage

pytestmark = pytest.mark.postgres

NAMES = ("a", "b", "c")


@pytest.fixture
def database_url(new_database: object) -> str:
    assert callable(new_database)
    return str(new_database("postgresql"))


@pytest.fixture
def outage(database_url: str) -> Iterator[Outage]:
    made = Outage(database_url)
    yield made
    made.close()


@pytest.fixture
def app(worker: Worker, host: Host) -> App:
    """A worker whose pages are `a`, `b` and `c`."""
    for name in NAMES:
        host.answers[f"/{name}"] = Answer(f"<p>{name}</p>".encode())
    sources = [
        {"id": name, "url": f"{host.origin}/{name}", "provider": name, "robots": "ignore", "document": "changelog"}
        for name in NAMES
    ]
    return worker(sources, politeness={"enabled": False})


def checks(app: App) -> dict[str, int]:
    with app.database.reading() as session:
        rows = session.execute(select(CheckRow.source_id, func.count()).group_by(CheckRow.source_id))
        return {row[0]: row[1] for row in rows}


def test_news_that_cannot_be_written_are_written_later(app: App, outage: Outage) -> None:
    claims = app.claim(10)
    outage.begin()
    for claim in claims:
        with pytest.raises(OperationalError):
            app.check(claim)
    with pytest.raises(OperationalError):
        app.flush()
    outage.end()
    app.flush()
    assert checks(app) == dict.fromkeys(NAMES, 1)
    with app.database.reading() as session:
        assert session.scalar(select(func.count()).select_from(SnapshotRow)) == len(NAMES)


def test_checks_without_news_wait_too(app: App, outage: Outage, clock: FixedClock) -> None:
    run_due(app)
    clock.set(clock.now() + timedelta(hours=2))
    for claim in app.claim(10):
        app.check(claim)
    outage.begin()
    with pytest.raises(OperationalError):
        app.flush()
    outage.end()
    app.flush()
    app.flush()
    assert checks(app) == dict.fromkeys(NAMES, 2)


def test_what_another_worker_checked_meanwhile_is_not_written_twice(
    app: App, outage: Outage, clock: FixedClock, worker: Worker
) -> None:
    claims = app.claim(10)
    outage.begin()
    for claim in claims:
        with pytest.raises(OperationalError):
            app.check(claim)
    outage.end()
    clock.set(clock.now() + timedelta(hours=1))
    with app.database.writing() as session:
        [taken] = session.scalars(select(SourceRow).where(SourceRow.id == "b"))
        taken.lease_owner = "another"
    app.flush()
    assert checks(app) == {"a": 1, "c": 1}


def test_a_worker_ends_in_order_though_the_database_is_away(app: App, outage: Outage) -> None:
    [claim, *_] = app.claim(10)
    outage.begin()
    with pytest.raises(OperationalError):
        app.check(claim)
    with capture_logs() as lines:
        app.close()
    assert [line["event"] for line in lines] == ["checks-not-recorded"]


def test_a_start_waits_for_a_database_that_goes_away_in_its_middle(database_url: str, outage: Outage) -> None:
    database = Database(database_url)
    tries: list[str] = []

    def ready(store: Database) -> bool:
        if not tries:
            tries.append("away")
            outage.begin()
        with store.writing() as session:
            session.execute(text("SELECT 1"))
        return True

    def wait(_seconds: float) -> bool:
        outage.end()
        return False

    with capture_logs() as lines:
        assert wait_for_store(database, ready, wait)
    assert [line["event"] for line in lines] == ["database-away"]
    database.close()


def test_a_queue_waits_for_a_database_that_is_away(app: App, database_url: str, outage: Outage) -> None:
    engine = DistributedEngine(app, url=database_url)
    lines: list[dict[str, object]] = []

    async def story() -> None:
        stop = asyncio.Event()

        def note(_logger: object, _method: str, event: EventDict) -> EventDict:
            lines.append(dict(event))
            if event["event"] == "database-away":
                outage.end()
            if event["event"] == "database-back":
                stop.set()
            return event

        with capture_logs(processors=[note]):
            await engine.run(stop)

    outage.begin()
    awaited(story())
    assert [line["event"] for line in lines] == ["database-away", "database-back"]
    assert "not currently accepting connections" in str(lines[0]["detail"])


def test_a_queue_whose_pool_gave_up_opens_another(
    app: App, database_url: str, outage: Outage, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = DistributedEngine(app, url=database_url)
    wait = AsyncConnectionPool.wait
    monkeypatch.setattr(AsyncConnectionPool, "wait", lambda pool, timeout: wait(pool, min(timeout, 0.1)))

    async def story() -> None:
        outage.begin()
        with pytest.raises(PoolTimeout):
            await engine._work_opened(asyncio.Event())
        monkeypatch.undo()
        outage.end()
        async with engine._app.open_async():
            await engine._ensure_tables()

    awaited(story())


def test_a_worker_that_freezes_in_a_transaction_does_not_keep_its_locks(database_url: str) -> None:
    database = Database(database_url)
    asked = text("SELECT current_setting('idle_in_transaction_session_timeout')::interval")
    longest = text(f"SELECT interval '{LONGEST_PAUSE}'")
    with database.writing() as session:
        assert session.scalar(asked) == session.scalar(longest)
    # A reader holds no locks that others wait for, and may take its time.
    with database.reading() as session:
        assert session.scalar(asked) == timedelta(0)
    with database.rebuilding() as connection:
        assert connection.scalar(asked) == timedelta(0)
    database.close()
