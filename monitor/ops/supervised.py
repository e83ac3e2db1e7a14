"""What a process of the service shows to those who look after it: probes, Prometheus, systemd."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager

from sqlalchemy.exc import DBAPIError

from monitor.config.ops import parse_bind
from monitor.ops.answers import Operations
from monitor.ops.notify import Notifier, Watchdog
from monitor.ops.server import BindError, OperationsServer
from snapshots.clock import Clock
from snapshots.db import Database
from snapshots.readiness import schedule


@contextmanager
def supervised(
    database: Callable[[], Database], clock: Clock, bind: str | None, *, makes_checks: bool = True
) -> Iterator[None]:
    """Answer at `bind` (nowhere without one) while the block runs, and keep the watchdog quiet.

    The answers begin before the database is there: a process that waits for it is alive, and not ready. `database`
    gives the present one; a process that makes no checks is not to blame when none are made.

    Raises:
        BindError: `bind` is no address, or cannot be listened at.
    """
    notifier = Notifier()
    with ExitStack() as running:
        if bind:
            try:
                address = parse_bind(bind)
            except ValueError as error:
                raise BindError(str(error)) from error
            operations = Operations(database, clock, makes_checks=makes_checks)
            running.enter_context(OperationsServer(operations, address))
        running.enter_context(Watchdog(notifier, lambda: not makes_checks or _moves(database(), clock)))
        try:
            yield
        finally:
            notifier.tell("STOPPING=1")


def _moves(database: Database, clock: Clock) -> bool:
    """Whether checks are made. A database that is away is no reason to be started anew: the process waits for it."""
    try:
        with database.reading() as session:
            return schedule(session, clock.now()).ok
    except DBAPIError:
        return True
