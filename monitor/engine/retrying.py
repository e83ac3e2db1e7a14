"""Waiting for a database that is away, without haste and without giving up."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import structlog

from snapshots.db import Database, DatabaseAwayError

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
        _log.warning("database-away", detail=detail, retry_in_seconds=pause)
        if wait(pause):
            return False
    raise AssertionError("the pauses never end")
