"""Logging: structlog, pretty on a terminal, JSON lines elsewhere. One line a check, with the same keys."""

from __future__ import annotations

import logging
import sys

import structlog


def configure(*, level: int = logging.INFO, json_lines: bool | None = None) -> None:
    """Send log lines to stderr. `json_lines` defaults to whether stderr is no terminal."""
    as_json = not sys.stderr.isatty() if json_lines is None else json_lines
    renderer: structlog.typing.Processor = (
        structlog.processors.JSONRenderer(ensure_ascii=True) if as_json else structlog.dev.ConsoleRenderer()
    )
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            _harmless,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=False,
    )
    _calm_scheduler()


def quiet() -> None:
    """Log nothing: for commands whose output is their answer."""
    structlog.configure(processors=[_drop], logger_factory=structlog.ReturnLoggerFactory())
    _calm_scheduler()


def _calm_scheduler() -> None:
    """APScheduler tells every tick at INFO and every skipped overlap as a warning; both are its normal work here."""
    logging.getLogger("apscheduler").setLevel(logging.ERROR)


def _drop(
    _logger: structlog.typing.WrappedLogger, _method: str, _event: structlog.typing.EventDict
) -> structlog.typing.EventDict:
    raise structlog.DropEvent


def _harmless(
    _logger: structlog.typing.WrappedLogger, _method: str, event: structlog.typing.EventDict
) -> structlog.typing.EventDict:
    """Escape control characters in what came from outside, so that a log viewer shows them and obeys none."""
    return {key: _escaped(value) for key, value in event.items()}


def _escaped(value: object) -> object:
    if not isinstance(value, str):
        return value
    return "".join(c if c.isprintable() or c in "\n\t" else c.encode("unicode_escape").decode() for c in value)
