"""The engine for several machines: procrastinate on the PostgreSQL that holds the store (extra `distributed`).

The truth about work stays in our rows. Periodic jobs look for what is due and claim it; a job for each claim carries
the source's id, the lease's token and the gap to keep afterwards to whichever worker is free. A job that is lost costs
the rest of its lease; one that runs twice finds its lease gone and does nothing. There are no locks in the queue: the
job of a killed worker would hold its lock (docs/decisions/0004-procrastinate.md). procrastinate plans its periodic jobs
by the wall clock and ends its worker when PostgreSQL goes away; both times the worker is begun anew.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import procrastinate
import psycopg
import structlog
from procrastinate.exceptions import AlreadyEnqueued, ConnectorException, UniqueViolation
from procrastinate.jobs import Status
from sqlalchemy import make_url

from monitor.engine.clocks import SetBack
from monitor.engine.queues import CHECKS, DELIVERIES, QUEUES
from monitor.engine.retrying import Patience
from monitor.engine.work import SharedWork
from snapshots.db import impatient
from snapshots.store import Claim

# Claims that wait in the queue: enough that no worker idles between two ticks, few enough for the length of a lease.
_MOST_WAITING = 256
_EVERY_SECOND = "* * * * * *"
_EVERY_MINUTE = "* * * * *"
_SILENT_FOR = 30.0
_GRACE = 8.0
_LOOK_AT_CLOCK = 1.0
_CONNECT_WITHIN = 10
# What the engine's own hold on PostgreSQL is called among the kinds of work that fail and go well.
_QUEUE = "queue"
# Long ago by every clock: a job that a worker puts at its own now would wait for as long as that clock is ahead, and
# keep its like out of the queue meanwhile.
_AT_ONCE = datetime(2000, 1, 1, tzinfo=UTC)

Tick = Callable[[], Awaitable[None]]

_log = structlog.get_logger(__name__)


class DistributedEngine:
    """One worker among any number. Which of them does a job is the queue's affair; all are alike."""

    def __init__(self, work: SharedWork, *, url: str, queues: Sequence[str] = QUEUES, concurrency: int = 8) -> None:
        """`url` is the SQLAlchemy address of the PostgreSQL store; `concurrency` jobs run at the same time."""
        self._work = work
        self._queues = list(queues)
        self._concurrency = concurrency
        self._patience = Patience()
        self._conninfo = impatient(make_url(url)).set(drivername="postgresql").render_as_string(hide_password=False)
        connector = procrastinate.PsycopgConnector(
            conninfo=self._conninfo, min_size=1, max_size=4, timeout=_CONNECT_WITHIN
        )
        self._app = procrastinate.App(connector=connector)
        self._check_job = self._app.task(name="check", queue=CHECKS)(self._check)
        for name, queue, cron, tick in (
            ("claim", CHECKS, _EVERY_SECOND, self._claim),
            ("stalled", CHECKS, _EVERY_MINUTE, self._retry_stalled),
            ("tidy", CHECKS, _EVERY_MINUTE, _threaded(work.tidy)),
            ("watch", DELIVERIES, _EVERY_MINUTE, _threaded(work.watch)),
            ("dispatch", DELIVERIES, _EVERY_SECOND, _threaded(work.dispatch)),
            ("deliver", DELIVERIES, _EVERY_SECOND, _threaded(work.deliver)),
        ):
            task = self._app.task(name=name, queue=queue, queueing_lock=name, priority=1)(self._guarded(name, tick))
            self._app.periodic(cron=cron)(task)

    async def run(self, stop: asyncio.Event) -> None:
        """Work until `stop` is set, then finish what is under way. A PostgreSQL that is away is waited for."""
        for handler in logging.getLogger().handlers:
            handler.addFilter(_Brief())
        threads = ThreadPoolExecutor(max_workers=self._concurrency + 2, thread_name_prefix="job")
        asyncio.get_running_loop().set_default_executor(threads)
        while not stop.is_set():
            try:
                await self._knock()
                await self._work_opened(stop)
            except (ConnectorException, psycopg.OperationalError) as error:
                self._patience.failed(_QUEUE, _first_line(error.__cause__ or error))
                await _either(stop, self._patience.left)
        await asyncio.to_thread(self._flush)

    async def _knock(self) -> None:
        """Ask for one connection: it says why there is none, where a pool asks on for half a minute in silence."""
        connection = await psycopg.AsyncConnection.connect(self._conninfo, connect_timeout=_CONNECT_WITHIN)
        await connection.close()

    async def _work_opened(self, stop: asyncio.Event) -> None:
        try:
            await self._app.open_async()
            await self._ensure_tables()
            self._patience.went_well(_QUEUE)
            await self._work_until(stop)
        finally:
            # Also where it did not open: procrastinate would take the pool that gave up for an open one.
            await self._app.close_async()

    def _flush(self) -> None:
        try:
            self._work.flush()
        except Exception as error:
            # The leases of what is not written run out, and the checks are made again.
            if not self._bears("flush", error):
                raise

    async def _work_until(self, stop: asyncio.Event) -> None:
        """Let a worker work until `stop` is set, it ends by itself, or the wall clock was set back."""
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
        reasons = {asyncio.create_task(stop.wait()), asyncio.create_task(_clock_set_back())}
        await asyncio.wait({worker, *reasons}, return_when=asyncio.FIRST_COMPLETED)
        for reason in reasons:
            reason.cancel()
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

    async def _claim(self) -> None:
        room = _MOST_WAITING - await self._waiting()
        claims = await asyncio.to_thread(self._work.claim, room) if room > 0 else ()
        for claim in claims:
            job = self._check_job.configure(queueing_lock=_lock(claim.source_id))
            try:
                await job.defer_async(source_id=claim.source_id, owner=claim.owner, gap=_seconds(claim.gap))
            except AlreadyEnqueued:
                # The job of a claim whose lease ran out waits still, and would find its lease gone.
                if not await self._hand_over(claim):
                    await asyncio.to_thread(self._work.release, claim)

    async def _hand_over(self, claim: Claim) -> bool:
        """Give the waiting job of a source another claim; false when it does not wait any more."""
        given = await self._app.connector.execute_query_all_async(
            "UPDATE procrastinate_jobs"
            " SET args = args || jsonb_build_object('owner', %(owner)s::text, 'gap', %(gap)s::float)"
            " WHERE queueing_lock = %(lock)s AND status = 'todo' RETURNING id",
            owner=claim.owner,
            gap=_seconds(claim.gap),
            lock=_lock(claim.source_id),
        )
        return bool(given)

    async def _waiting(self) -> int:
        found = await self._app.connector.execute_query_one_async(
            "SELECT count(*) AS jobs FROM procrastinate_jobs WHERE status = 'todo' AND task_name = 'check'"
        )
        return int(found["jobs"])

    def _check(self, source_id: str, owner: str, gap: float | None = None) -> None:
        try:
            self._checked(source_id, owner, gap)
        except Exception as error:
            if not self._bears("check", error):
                raise
        else:
            self._patience.went_well("check")

    def _checked(self, source_id: str, owner: str, gap: float | None) -> None:
        claim = self._work.take_over(source_id, owner, None if gap is None else timedelta(seconds=gap))
        if claim is None:
            _log.info("lease-gone", source=source_id)
            return
        self._work.check(claim)
        self._work.flush()

    async def _retry_stalled(self) -> None:
        """Give the jobs of workers that fell silent to others."""
        for job in await self._app.job_manager.get_stalled_jobs(seconds_since_heartbeat=_SILENT_FOR):
            try:
                await self._app.job_manager.retry_job(job, retry_at=_AT_ONCE)
            except UniqueViolation:
                # The same work waits in the queue already.
                await self._app.job_manager.finish_job(job, Status.FAILED, delete_job=True)

    def _guarded(self, name: str, tick: Tick) -> Callable[[int], Awaitable[None]]:
        async def run(timestamp: int) -> None:
            # When the queue wanted it is of no interest; the rows say what is due now.
            del timestamp
            if not self._patience.over:
                return
            try:
                await tick()
            except Exception as error:
                if not self._bears(name, error):
                    raise
            else:
                self._patience.went_well(name)

        return run

    def _bears(self, work: str, error: Exception) -> bool:
        """Whether a failure is PostgreSQL's trouble, which is told once; anything else is procrastinate's to log."""
        if _lost_connection(error):
            self._patience.failed(work, _first_line(error.__cause__))
            return True
        return self._patience.bears(work, error)


def _threaded(work: Callable[[], object]) -> Tick:
    async def tick() -> None:
        await asyncio.to_thread(work)

    return tick


def _lock(source_id: str) -> str:
    """What lets one check of a source wait in the queue, not two."""
    return f"check {source_id}"


def _seconds(gap: timedelta | None) -> float | None:
    return None if gap is None else gap.total_seconds()


def _lost_connection(error: object) -> bool:
    """Whether the queue failed because PostgreSQL hung up or does not answer."""
    return isinstance(error, ConnectorException) and isinstance(error.__cause__, psycopg.OperationalError)


def _first_line(error: object) -> str:
    return str(error).strip().partition("\n")[0]


class _Brief(logging.Filter):
    """Makes one line of what procrastinate says of a lost connection, each time with a long traceback."""

    def filter(self, record: logging.LogRecord) -> bool:
        error = record.exc_info[1] if record.exc_info else None
        if error is not None and _lost_connection(error):
            record.levelno, record.levelname = logging.WARNING, "WARNING"
            record.msg, record.args = f"The queue lost PostgreSQL: {_first_line(error.__cause__)}", ()
            record.exc_info = None
        return True


async def _clock_set_back() -> None:
    """Wait until the wall clock is set back."""
    set_back = SetBack()
    while not set_back():  # noqa: ASYNC110 - a clock sends no events
        await asyncio.sleep(_LOOK_AT_CLOCK)
    _log.warning("clock-set-back")


async def _either(stop: asyncio.Event, seconds: float) -> None:
    """Wait for so long, or until `stop` is set."""
    try:
        await asyncio.wait_for(stop.wait(), seconds)
    except TimeoutError:
        return
