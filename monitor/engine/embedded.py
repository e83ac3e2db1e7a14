"""The default engine: APScheduler ticks in this process, a thread pool checks.

APScheduler only ticks, in real time, from an in-memory job store; what is due stands in the rows. So there is nothing
to lose on a restart and the clock of the work itself can be another one (the demo's runs faster). It plans by the wall
clock, so when that is set back the ticks are planned anew.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import UTC, datetime

import structlog
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.interval import IntervalTrigger

from monitor.engine.clocks import SetBack
from monitor.engine.retrying import Patience
from monitor.engine.work import Work
from snapshots.store import Claim

_log = structlog.get_logger(__name__)

# Checks claimed ahead for each thread, so that none idles between two ticks and leases are claimed many at a time.
_QUEUED = 32
_LOOK_AT_CLOCK = 1.0


class EmbeddedEngine:
    """Runs `work` until it is told to stop."""

    def __init__(self, work: Work, *, workers: int = 8, tick_seconds: float = 1.0) -> None:
        """`workers` checks run at the same time; due work is looked for every `tick_seconds` of real time."""
        self._work = work
        self._room = workers * _QUEUED
        self._slots = threading.BoundedSemaphore(self._room)
        self._pool = ThreadPoolExecutor(max_workers=workers, thread_name_prefix="check")
        self._stopping = threading.Event()
        self._patience = Patience()
        self._set_back = SetBack()
        self._watch = threading.Thread(target=self._watch_clock, name="clock", daemon=True)
        self._scheduler = BackgroundScheduler(
            timezone="UTC", job_defaults={"coalesce": True, "misfire_grace_time": None, "max_instances": 1}
        )
        for name, tick in (
            ("checks", self._checks),
            ("flush", work.flush),
            ("dispatch", work.dispatch),
            ("watch", work.watch),
            ("deliver", work.deliver),
            ("tidy", work.tidy),
        ):
            self._scheduler.add_job(self._guarded(name, tick), IntervalTrigger(seconds=tick_seconds), id=name)

    def start(self) -> None:
        """Begin to tick; returns at once."""
        self._scheduler.start()
        self._watch.start()

    def stop(self) -> None:
        """Take no new work, finish what is under way, give back what was claimed and not begun."""
        self._stopping.set()
        self._watch.join()
        self._scheduler.shutdown(wait=True)
        self._pool.shutdown(wait=True, cancel_futures=False)
        self._do("flush", self._work.flush)

    def _watch_clock(self) -> None:
        while not self._stopping.wait(_LOOK_AT_CLOCK):
            if self._set_back():
                _log.warning("clock-set-back")
                for job in self._scheduler.get_jobs():
                    job.modify(next_run_time=datetime.now(UTC))

    def _checks(self) -> None:
        free = 0
        while free < self._room and self._slots.acquire(blocking=False):
            free += 1
        claims = self._work.claim(free) if free and not self._stopping.is_set() else []
        for _ in range(free - len(claims)):
            self._slots.release()
        for claim in claims:
            self._pool.submit(self._check, claim).add_done_callback(self._done)

    def _check(self, claim: Claim) -> None:
        if self._stopping.is_set():
            self._work.release(claim)
        else:
            self._work.check(claim)

    def _done(self, future: Future[None]) -> None:
        self._slots.release()
        error = future.exception()
        if isinstance(error, Exception) and self._patience.bears("checks", error):
            return
        if error:
            # The lease runs out by itself, so the check is tried again; the reason must not vanish with the thread.
            _log.error("check-crashed", error=repr(error), exc_info=error)

    def _guarded(self, name: str, tick: Callable[[], object]) -> Callable[[], None]:
        def run() -> None:
            if self._patience.over:
                self._do(name, tick)

        return run

    def _do(self, name: str, work: Callable[[], object]) -> None:
        try:
            work()
        except Exception as error:  # noqa: BLE001 - logged, and the next tick comes
            # One failed tick (a database that is away, a full disk) must not end the ticking.
            if not self._patience.bears(name, error):
                _log.exception("tick-failed", tick=name)
        else:
            self._patience.went_well(name)
