"""Logging: structlog, pretty on a terminal, JSON lines elsewhere. One line a check, with the same keys everywhere.

Every line has `timestamp`, `level`, `event`, and where it comes from: `role` (what the process is), `machine` and
`pid`, which begin the names that leases carry. What libraries log through the standard library becomes such a line too.
"""

from __future__ import annotations

import logging
import os
import socket
import sys
from collections.abc import Mapping

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger


def configure(*, level: int = logging.INFO, json_lines: bool | None = None, role: str = "") -> None:
    """Send log lines to stderr. `json_lines` defaults to whether stderr is no terminal.

    `role` says what this process is (`run`, `worker`, `web`); without one the lines do not tell where they come from.
    """
    as_json = not sys.stderr.isatty() if json_lines is None else json_lines
    renderer: Processor = (
        structlog.processors.JSONRenderer(ensure_ascii=True) if as_json else structlog.dev.ConsoleRenderer()
    )
    origin = {"role": role, "machine": socket.gethostname(), "pid": os.getpid()} if role else {}
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _from(origin),
    ]
    last: list[Processor] = [structlog.processors.format_exc_info, _harmless, renderer]
    structlog.configure(
        processors=[*shared, *last],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=False,
    )
    _take_over_libraries(shared, last)
    _calm_libraries()


def quiet() -> None:
    """Log nothing: for commands whose output is their answer."""
    structlog.configure(processors=[_drop], logger_factory=structlog.ReturnLoggerFactory())
    _calm_libraries()


def _take_over_libraries(shared: list[Processor], last: list[Processor]) -> None:
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[structlog.stdlib.add_logger_name, *shared],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *last],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(logging.WARNING)


def _calm_libraries() -> None:
    """APScheduler tells every tick at INFO and every skipped overlap as a warning; both are its normal work here.

    The pool of the queue warns of every connection it tries in vain; that PostgreSQL is away the engine tells itself.
    """
    for name in ("apscheduler", "psycopg.pool"):
        logging.getLogger(name).setLevel(logging.ERROR)


def _from(origin: Mapping[str, object]) -> Processor:
    def add(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
        return {**event, **origin}

    return add


def _drop(_logger: WrappedLogger, _method: str, _event: EventDict) -> EventDict:
    raise structlog.DropEvent


def _harmless(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Escape control characters in what came from outside, so that a log viewer shows them and obeys none."""
    return {key: _escaped(value) for key, value in event.items()}


def _escaped(value: object) -> object:
    if not isinstance(value, str):
        return value
    return "".join(c if c.isprintable() or c in "\n\t" else c.encode("unicode_escape").decode() for c in value)
