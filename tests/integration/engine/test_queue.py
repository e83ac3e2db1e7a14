"""The queue of the distributed engine, where a worker of it died."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import create_engine, select, text

from monitor.app import App
from monitor.engine.distributed import DistributedEngine
from monitor.engine.queues import CHECKS
from snapshots.clock import FixedClock
from snapshots.tables import SourceRow
from tests.integration.engine.conftest import Worker
from tests.support.loops import awaited

pytestmark = pytest.mark.postgres

LONG_SILENT = "UPDATE procrastinate_workers SET last_heartbeat = now() - interval '1 hour'"


@pytest.fixture
def database_url(new_database: Callable[[str], str]) -> str:
    return new_database("postgresql")


@pytest.fixture
def app(worker: Worker) -> App:
    """A worker whose two sources are due."""
    pages = [
        {"id": name, "url": f"http://127.0.0.1:9/{name}", "provider": "acme", "document": "changelog"} for name in "ab"
    ]
    return worker(pages, politeness={"enabled": False})


async def defer_check(engine: DistributedEngine, source: str, owner: str) -> None:
    """As a claim does."""
    job = engine._check_job.configure(queueing_lock=f"check {source}")
    await job.defer_async(source_id=source, owner=owner, gap=None)


async def leave_jobs_behind(engine: DistributedEngine, *sources: str) -> None:
    """A worker takes the jobs of these sources and is never heard of again."""
    jobs = engine._app.job_manager
    worker = await jobs.register_worker()
    for source in sources:
        await defer_check(engine, source, "lost")
        assert await jobs.fetch_job(queues=[CHECKS], worker_id=worker) is not None
    await engine._app.connector.execute_query_async(LONG_SILENT)


def test_a_lost_job_whose_work_waits_again_does_not_keep_the_others(app: App, database_url: str) -> None:
    engine = DistributedEngine(app, url=database_url)

    async def story() -> None:
        async with engine._app.open_async():
            await engine._ensure_tables()
            await leave_jobs_behind(engine, "a", "b")
            await defer_check(engine, "a", "new")
            await engine._retry_stalled()

    awaited(story())
    assert queued(database_url) == [("a", "new", "todo"), ("b", "lost", "todo")]


def test_a_lost_job_is_due_at_once_by_any_clock(app: App, database_url: str) -> None:
    engine = DistributedEngine(app, url=database_url)

    async def story() -> list[dict[str, object]]:
        async with engine._app.open_async():
            await engine._ensure_tables()
            await leave_jobs_behind(engine, "a")
            await engine._retry_stalled()
            query = "SELECT id FROM procrastinate_jobs WHERE scheduled_at < now() - interval '1 day'"
            return await engine._app.connector.execute_query_all_async(query)

    assert len(awaited(story())) == 1


def test_a_job_that_waited_longer_than_its_lease_gets_the_new_one(
    app: App, database_url: str, clock: FixedClock
) -> None:
    engine = DistributedEngine(app, url=database_url)

    async def story() -> None:
        async with engine._app.open_async():
            await engine._ensure_tables()
            await engine._claim()
            clock.set(clock.now() + timedelta(minutes=6))
            await engine._claim()

    awaited(story())
    with app.database.reading() as session:
        owners = session.execute(select(SourceRow.id, SourceRow.lease_owner).order_by(SourceRow.id)).all()
    assert [(source, owner) for source, owner, _ in queued(database_url)] == [tuple(row) for row in owners]
    assert all(app.take_over(source, owner) for source, owner, _ in queued(database_url))


def queued(url: str) -> list[tuple[str, str, str]]:
    """The jobs that check: source, owner of the claim, status."""
    engine = create_engine(url)
    with engine.connect() as connection:
        query = text("SELECT args->>'source_id', args->>'owner', status FROM procrastinate_jobs ORDER BY 1")
        rows = [(row[0], row[1], row[2]) for row in connection.execute(query)]
    engine.dispose()
    return rows
