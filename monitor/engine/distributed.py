"""The engine for several machines: procrastinate on the PostgreSQL that holds the store (extra `distributed`).

The truth about work stays in our rows. Periodic jobs look for what is due and claim it; a job for each claim carries
the source's id, the lease's token and the gap to keep afterwards to whichever worker is free. A job that is lost costs
the rest of its lease; one that runs twice finds its lease gone and does nothing. There are no locks in the queue: the
job of a killed worker would hold its lock (docs/decisions/0004-procrastinate.md).
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import procrastinate
import structlog
from procrastinate.exceptions import AlreadyEnqueued, ConnectorException
from sqlalchemy import make_url

from monitor.engine.queues import CHECKS, DELIVERIES, QUEUES
from monitor.engine.retrying import pauses
from monitor.engine.work import SharedWork

# Claims that wait in the queue: enough that no worker idles between two ticks, few enough for the length of a lease.
_MOST_WAITING = 256
_EVERY_SECOND = "* * * * * *"
_EVERY_MINUTE = "* * * * *"
_SILENT_FOR = 30.0
_GRACE = 8.0

_log = structlog.get_logger(__name__)


class DistributedEngine:
    """One worker among any number. Which of them does a job is the queue's affair; all are alike."""

    def __init__(self, work: SharedWork, *, url: str, queues: Sequence[str] = QUEUES, concurrency: int = 8) -> None:
        """`url` is the SQLAlchemy address of the PostgreSQL store; `concurrency` jobs run at the same time."""
        self._work = work
        self._queues = list(queues)
        self._concurrency = concurrency
        conninfo = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
        connector = procrastinate.PsycopgConnector(conninfo=conninfo, min_size=1, max_size=4, timeout=10)
        self._app = procrastinate.App(connector=connector)
        self._check_job = self._app.task(name="check", queue=CHECKS)(self._check)
        for name, queue, cron, tick in (
            ("claim", CHECKS, _EVERY_SECOND, self._claim),
            ("stalled", CHECKS, _EVERY_MINUTE, self._retry_stalled),
            ("tidy", CHECKS, _EVERY_MINUTE, self._tidy),
            ("watch", DELIVERIES, _EVERY_MINUTE, self._watch),
            ("dispatch", DELIVERIES, _EVERY_SECOND, self._dispatch),
            ("deliver", DELIVERIES, _EVERY_SECOND, self._deliver),
        ):
            task = self._app.task(name=name, queue=queue, queueing_lock=name, priority=1)(tick)
            self._app.periodic(cron=cron)(task)

    async def run(self, stop: asyncio.Event) -> None:
        """Work until `stop` is set, then finish what is under way. A PostgreSQL that is away is waited for."""
        threads = ThreadPoolExecutor(max_workers=self._concurrency + 2, thread_name_prefix="job")
        asyncio.get_running_loop().set_default_executor(threads)
        waits = pauses()
        while not stop.is_set():
            try:
                async with self._app.open_async():
                    await self._ensure_tables()
                    waits = pauses()
                    await self._work_until(stop)
            except ConnectorException as error:
                wait = next(waits)
                _log.warning("queue-away", detail=str(error).partition("\n")[0], retry_in_seconds=wait)
                await _either(stop, wait)
        await asyncio.to_thread(self._work.flush)

    async def _work_until(self, stop: asyncio.Event) -> None:
        worker = asyncio.create_task(
            self._app.run_worker_async(
                queues=self._queues,
                concurrency=self._concurrency,
                fetch_job_polling_interval=1.0,
                shutdown_graceful_timeout=_GRACE,
                stalled_worker_timeout=_SILENT_FOR,
                # What went wrong is logged, and the rows decide what is done again.
                delete_jobs="always",
                install_signal_handlers=False,
            )
        )
        stopped = asyncio.create_task(stop.wait())
        await asyncio.wait({worker, stopped}, return_when=asyncio.FIRST_COMPLETED)
        stopped.cancel()
        if not worker.done():
            worker.cancel()
        try:
            await worker
        except asyncio.CancelledError:
            return

    async def _ensure_tables(self) -> None:
        """Make the queue's own tables where they are missing; of several processes that do so at once one succeeds."""
        if await self._has_tables():
            return
        try:
            await self._app.schema_manager.apply_schema_async()
        except ConnectorException:
            if not await self._has_tables():
                raise

    async def _has_tables(self) -> bool:
        found = await self._app.connector.execute_query_one_async(
            "SELECT to_regclass('procrastinate_jobs') IS NOT NULL AS there"
        )
        return bool(found["there"])

    async def _claim(self, timestamp: int) -> None:
        del timestamp
        room = _MOST_WAITING - await self._waiting()
        claims = await asyncio.to_thread(self._work.claim, room) if room > 0 else ()
        for claim in claims:
            job = self._check_job.configure(queueing_lock=f"check {claim.source_id}")
            try:
                await job.defer_async(source_id=claim.source_id, owner=claim.owner, gap=_seconds(claim.gap))
            except AlreadyEnqueued:
                # A job of an older claim waits still; it will find its lease gone.
                await asyncio.to_thread(self._work.release, claim)

    async def _waiting(self) -> int:
        found = await self._app.connector.execute_query_one_async(
            "SELECT count(*) AS jobs FROM procrastinate_jobs WHERE status = 'todo' AND task_name = 'check'"
        )
        return int(found["jobs"])

    def _check(self, source_id: str, owner: str, gap: float | None = None) -> None:
        claim = self._work.take_over(source_id, owner, None if gap is None else timedelta(seconds=gap))
        if claim is None:
            _log.info("lease-gone", source=source_id)
            return
        self._work.check(claim)
        self._work.flush()

    async def _retry_stalled(self, timestamp: int) -> None:
        """Give the jobs of workers that fell silent to others."""
        del timestamp
        for job in await self._app.job_manager.get_stalled_jobs(seconds_since_heartbeat=_SILENT_FOR):
            await self._app.job_manager.retry_job(job)

    async def _tidy(self, timestamp: int) -> None:
        await _tick(timestamp, self._work.tidy)

    async def _watch(self, timestamp: int) -> None:
        await _tick(timestamp, self._work.watch)

    async def _dispatch(self, timestamp: int) -> None:
        await _tick(timestamp, self._work.dispatch)

    async def _deliver(self, timestamp: int) -> None:
        await _tick(timestamp, self._work.deliver)


def _seconds(gap: timedelta | None) -> float | None:
    return None if gap is None else gap.total_seconds()


async def _tick(timestamp: int, work: Callable[[], object]) -> None:
    """Run one kind of work. `timestamp` is when the queue wanted it; the rows say what is due now."""
    del timestamp
    await asyncio.to_thread(work)


async def _either(stop: asyncio.Event, seconds: float) -> None:
    """Wait for so long, or until `stop` is set."""
    try:
        await asyncio.wait_for(stop.wait(), seconds)
    except TimeoutError:
        return
