"""Waiting for a database that is away, without haste and without giving up."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator

import structlog
from sqlalchemy.exc import DBAPIError

from snapshots.db import Database, DatabaseAwayError, is_trouble, told_by_driver

_FIRST, _LONGEST = 0.5, 30.0

_log = structlog.get_logger(__name__)


def pauses() -> Iterator[float]:
    """Seconds to wait before each further try: doubled each time, up to half a minute, for ever."""
    wait = _FIRST
    while True:
        yield wait
        wait = min(wait * 2, _LONGEST)


def wait_for_store(database: Database, ready: Callable[[Database], bool], wait: Callable[[float], bool]) -> bool:
    """Try until `ready` says so; false when `wait`, which gets the seconds of each pause, was told to stop.

    Only a database that does not answer is waited for: a wrong schema does not mend itself.

    Raises:
        DatabaseError: the database answers, and is not one to work with.
    """
    for pause in pauses():
        try:
            if ready(database):
                return True
            detail = "its tables are not there yet"
        except DatabaseAwayError as error:
            detail = str(error)
        except DBAPIError as error:
            # PostgreSQL went away again in the middle. A file in trouble (full, read-only) does not mend itself.
            if database.is_sqlite or not is_trouble(error):
                raise
            detail = told_by_driver(error) or ""
        _log.warning("database-away", detail=detail, retry_in_seconds=pause)
        if wait(pause):
            return False
    raise AssertionError("the pauses never end")


class Patience:
    """What a process knows of its database's trouble: whether to ask again now. Safe to share between threads.

    Many ask the same database. One of them tells that it is in trouble, with the pause that all keep, and one that it
    answers again; so an outage is a few lines in the log, however long it lasts and however much waits for it.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        """`clock` gives seconds from any beginning; a wall clock that is set must not end or stretch a pause."""
        self._clock = clock
        self._lock = threading.Lock()
        self._pauses = pauses()
        self._until = self._since = 0.0
        self._failing: set[str] = set()

    @property
    def left(self) -> float:
        """Seconds until it is time to ask; 0 when there is no trouble, or its pause is over."""
        with self._lock:
            return max(self._until - self._clock(), 0.0) if self._failing else 0.0

    @property
    def over(self) -> bool:
        """Whether it is time to ask."""
        return not self.left

    def bears(self, work: str, error: Exception) -> bool:
        """Whether a failure of this kind of work is the database's trouble, which is told here."""
        if not is_trouble(error):
            return False
        self.failed(work, told_by_driver(error) or "")
        return True

    def failed(self, work: str, detail: str) -> None:
        """Note that this kind of work could not be done, because the database is in trouble."""
        with self._lock:
            now = self._clock()
            self._since = self._since if self._failing else now
            told = bool(self._failing) and now < self._until
            self._failing.add(work)
            if told:
                # It was asked at the same time as another who has told it.
                return
            pause = next(self._pauses)
            self._until = now + pause
        _log.warning("database-away", detail=detail, retry_in_seconds=pause)

    def went_well(self, work: str) -> None:
        """Note that this kind of work was done; the trouble is over when that is true of all that met it."""
        with self._lock:
            if work not in self._failing:
                return
            self._failing.remove(work)
            if self._failing:
                return
            self._pauses = pauses()
            lasted = self._clock() - self._since
        _log.info("database-back", after_seconds=round(lasted, 1))
