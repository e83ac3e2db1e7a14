"""What a process of the service shows to those who look after it: probes, Prometheus, systemd."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from sqlalchemy.exc import DBAPIError

from monitor.config.ops import parse_bind
from monitor.ops.answers import Operations
from monitor.ops.notify import Notifier, Watchdog
from monitor.ops.server import BindError, OperationsServer
from monitor.service import Service
from snapshots.readiness import schedule


@contextmanager
def supervised(service: Service, bind: str | None = None) -> Iterator[None]:
    """Answer at `bind`, by default where the configuration says, while the block runs; keep the watchdog quiet.

    The answers begin before the database is there: a process that waits for it is alive, and not ready.

    Raises:
        BindError: `bind` is no address, or cannot be listened at.
    """
    wanted = bind if bind is not None else service.app.settings.ops.bind
    notifier = Notifier()
    with ExitStack() as running:
        if wanted:
            try:
                address = parse_bind(wanted)
            except ValueError as error:
                raise BindError(str(error)) from error
            operations = Operations(lambda: service.app.database, service.app.clock)
            running.enter_context(OperationsServer(operations, address))
        running.enter_context(Watchdog(notifier, lambda: _moves(service)))
        try:
            yield
        finally:
            notifier.tell("STOPPING=1")


def _moves(service: Service) -> bool:
    """Whether checks are made. A database that is away is no reason to be started anew: the process waits for it."""
    try:
        with service.app.database.reading() as session:
            return schedule(session, service.app.clock.now()).ok
    except DBAPIError:
        return True
