"""Log lines: the same keys whoever writes them, and nothing that a terminal would obey."""

from __future__ import annotations

import json
import logging
import os
import socket
from collections.abc import Iterator
from typing import Any

import pytest
import structlog

from monitor import logs


@pytest.fixture
def read(capsys: pytest.CaptureFixture[str]) -> Iterator[Any]:
    """Read what was logged since; what was set up is undone."""
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    yield lambda: [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    root.handlers, root.level = handlers, level
    structlog.reset_defaults()


def test_every_line_says_where_it_comes_from(read: Any) -> None:
    logs.configure(json_lines=True, role="worker")
    structlog.get_logger("anything").info("check", source="acme")
    logging.getLogger("some.library").warning("the pool has %d connections", 9)
    ours, theirs = read()
    origin = {"role": "worker", "machine": socket.gethostname(), "pid": os.getpid()}
    for line, event, level in ((ours, "check", "info"), (theirs, "the pool has 9 connections", "warning")):
        assert line.items() >= {**origin, "event": event, "level": level}.items()
        assert line["timestamp"].endswith("Z")
    assert ours["source"] == "acme"
    assert theirs["logger"] == "some.library"


def test_an_origin_is_no_way_to_forge_another(read: Any) -> None:
    logs.configure(json_lines=True, role="run")
    structlog.get_logger().info("check", role="web", pid=1)
    assert [(line["role"], line["pid"]) for line in read()] == [("run", os.getpid())]


def test_what_came_from_outside_is_escaped(read: Any) -> None:
    logs.configure(json_lines=True)
    structlog.get_logger().info("check", detail="\x1b[2J\u202eevil")
    logging.getLogger("some.library").error("server said \x1b]0;title\x07")
    ours, theirs = read()
    assert ours["detail"] == "\\x1b[2J\\u202eevil"
    assert theirs["event"] == "server said \\x1b]0;title\\x07"
    assert "role" not in ours


def test_a_fault_in_a_library_keeps_its_trace(read: Any) -> None:
    logs.configure(json_lines=True, role="run")
    try:
        raise ValueError("at fault")  # noqa: TRY301
    except ValueError:
        logging.getLogger("some.library").exception("job failed")
    (line,) = read()
    assert "ValueError: at fault" in line["exception"]


def test_commands_that_answer_log_nothing(read: Any) -> None:
    logs.quiet()
    structlog.get_logger().error("check")
    assert read() == []
