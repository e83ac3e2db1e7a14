"""What a long-running process does around an engine: wait for the store, obey signals, stop in good order."""

from __future__ import annotations

import asyncio
import signal
import threading
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import structlog

from monitor.engine.queues import QUEUES
from monitor.engine.retrying import wait_for_store
from monitor.ops.notify import Notifier
from monitor.stopping import told_to_stop
from snapshots.db import Database, DatabaseError, head_revision

if TYPE_CHECKING:
    from contextlib import ExitStack
    from types import FrameType

    from monitor.service import Service

_log = structlog.get_logger("headwater")
# How often the main thread looks up from its wait, so that signals that came meanwhile are handled.
_LOOK_UP = 0.5


class Signals:
    """SIGTERM and SIGINT ask to stop, SIGHUP to read the configuration anew. Belongs to the main thread."""

    def __init__(self, *, reload: Callable[[], object]) -> None:
        """Take the signals over; `reload` is called from the main thread's wait, never within a signal handler."""
        self._stop, self._hup = told_to_stop(), threading.Event()
        self._reload = reload
        signal.signal(signal.SIGHUP, self._asked_to_reload)

    @property
    def stopping(self) -> bool:
        """Whether the process was asked to stop."""
        return self._stop.is_set()

    def wait(self, seconds: float) -> bool:
        """Wait so long; true at once when asked to stop."""
        return self._stop.wait(seconds)

    def wait_for_stop(self) -> None:
        """Wait until asked to stop, and reload when asked to."""
        while not self._stop.wait(_LOOK_UP):
            self.reload_if_asked()

    def reload_if_asked(self) -> None:
        """Read the configuration anew when a signal asked for it."""
        if self._hup.is_set():
            self._hup.clear()
            self._reload()

    def _asked_to_reload(self, _number: int, _frame: FrameType | None) -> None:
        self._hup.set()


def require_postgresql(database: Database) -> None:
    """Refuse a store that several processes of the distributed engine cannot share.

    Raises:
        DatabaseError: it is a file of SQLite.
    """
    if database.is_sqlite:
        message = (
            f"{database.url} is SQLite; several processes share a PostgreSQL. "
            "Set `database: postgresql+psycopg://...`, or use `headwater run` alone."
        )
        raise DatabaseError(message)


def prepared(service: Service, signals: Signals) -> bool:
    """Make the tables of an empty store and bring its sources in line; false when asked to stop meanwhile.

    Raises:
        DatabaseError: the store's schema is another program's, or another version's.
    """

    def prepare(_: Database) -> bool:
        service.app.prepare()
        return True

    return wait_for_store(service.app.database, prepare, signals.wait)


def found_ready(service: Service, signals: Signals) -> bool:
    """Wait for the tables that another process makes; false when asked to stop meanwhile.

    Raises:
        DatabaseError: the store's schema is another program's, or another version's.
    """
    return wait_for_store(service.app.database, has_schema, signals.wait)


def has_schema(database: Database) -> bool:
    """Whether the tables are there.

    Raises:
        DatabaseError: they are another program's, or another version's.
    """
    if database.revision() is None:
        return False
    database.require_current()
    return True


def serve_pages(service: Service, running: ExitStack) -> None:
    """Serve the review pages while `running` lasts, where the configuration says at which address.

    Raises:
        ConfigError: a password hash is missing.
        WebError: the address cannot be used, or others could reach it without a login.
    """
    app = service.app
    if not app.configuration.settings.web.bind:
        return
    from monitor.serving import Served, web_settings  # noqa: PLC0415 - most processes serve no pages
    from monitor.upper import believed, upper_rooms  # noqa: PLC0415 - the same

    upper = upper_rooms(
        # The app may be another one by then, with a newer configuration.
        believe=lambda source_id, by, text: believed(service.app.pipeline, source_id, by, text),
        remind_before=app.settings.deadlines.remind_before,
    )
    pages = running.enter_context(Served(app.database, web_settings(app.configuration), clock=app.clock, upper=upper))
    _log.info("pages", url=pages.url)


def run_embedded(service: Service, signals: Signals, *, workers: int, tick: float) -> None:
    """Work in this process until asked to stop."""
    from monitor.engine.embedded import EmbeddedEngine  # noqa: PLC0415 - APScheduler is of no use to a worker

    engine = EmbeddedEngine(service, workers=workers, tick_seconds=tick)
    engine.start()
    _tell_started(service, "embedded")
    signals.wait_for_stop()
    _log.info("stopping")
    engine.stop()
    _log.info("stopped")


def run_distributed(service: Service, signals: Signals, *, concurrency: int, queues: Sequence[str] = QUEUES) -> None:
    """Work with others until asked to stop.

    Raises:
        DatabaseError: the extra `distributed` is not installed.
    """
    try:
        from monitor.engine.distributed import DistributedEngine  # noqa: PLC0415 - an extra
    except ImportError as error:
        message = "The engine procrastinate is not installed. Install headwater with it: `headwater[distributed]`."
        raise DatabaseError(message) from error
    engine = DistributedEngine(service, url=service.app.database.address, queues=queues, concurrency=concurrency)
    _tell_started(service, "procrastinate")

    async def serve() -> None:
        stop = asyncio.Event()
        watching = asyncio.create_task(_watch(signals, stop))
        await engine.run(stop)
        watching.cancel()

    asyncio.run(serve())
    _log.info("stopped")


async def _watch(signals: Signals, stop: asyncio.Event) -> None:
    while not signals.stopping:
        await asyncio.sleep(_LOOK_UP)
        await asyncio.to_thread(signals.reload_if_asked)
    _log.info("stopping")
    stop.set()


def _tell_started(service: Service, engine: str) -> None:
    app = service.app
    Notifier().tell("READY=1", f"STATUS=Watching {len(app.configuration.sources)} sources")
    _log.info(
        "started",
        engine=engine,
        sources=len(app.configuration.sources),
        database=app.database.url,
        schema=head_revision(),
    )
