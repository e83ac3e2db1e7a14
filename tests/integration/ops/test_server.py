"""The small server, asked over HTTP as a probe and as Prometheus ask."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from monitor.config.ops import parse_bind
from monitor.ops.answers import Operations
from monitor.ops.probe import probe
from monitor.ops.server import BindError, OperationsServer
from snapshots.clock import FixedClock
from snapshots.db import Database
from snapshots.readiness import OVERDUE
from snapshots.web.settings import Address
from tests.integration.store.lived import START, add_source

LOOPBACK = Address("127.0.0.1", 0)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Database]:
    opened = Database(f"sqlite:///{tmp_path / 'headwater.db'}")
    opened.upgrade()
    yield opened
    opened.close()


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(START)


@pytest.fixture
def server(store: Database, clock: FixedClock) -> Iterator[OperationsServer]:
    with OperationsServer(Operations(lambda: store, clock), LOOPBACK) as running:
        yield running


def ask(server: OperationsServer, path: str, method: str = "GET") -> tuple[int, str, bytes]:
    request = urllib.request.Request(f"http://127.0.0.1:{server.port}{path}", method=method)
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return answer.status, answer.headers["Content-Type"], answer.read()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.headers["Content-Type"], error.read()


def test_a_live_process_says_so(server: OperationsServer) -> None:
    assert ask(server, "/healthz") == (200, "text/plain; charset=utf-8", b"alive\n")
    assert ask(server, "/healthz", "HEAD")[2] == b""


def test_readiness_comes_with_its_reasons(server: OperationsServer, store: Database, clock: FixedClock) -> None:
    status, kind, body = ask(server, "/readyz")
    assert (status, kind, json.loads(body)["ready"]) == (200, "application/json", True)
    add_source(store, "acme")
    clock.set(START + 2 * OVERDUE)
    status, _, body = ask(server, "/readyz?verbose")
    assert status == 503
    told = json.loads(body)
    assert told["ready"] is False
    assert [(one["name"], one["ok"]) for one in told["checks"]] == [
        ("schema", True),
        ("database", True),
        ("schedule", False),
    ]


def test_metrics_are_in_the_text_format(server: OperationsServer) -> None:
    status, kind, body = ask(server, "/metrics")
    assert (status, kind) == (200, "text/plain; version=0.0.4; charset=utf-8")
    assert b"\nheadwater_due_checks 0.0\n" in body
    assert b"\nprocess_resident_memory_bytes " in body


def test_a_database_that_is_gone_is_said_and_the_process_lives(
    server: OperationsServer, store: Database, tmp_path: Path
) -> None:
    store.close()
    for path in tmp_path.glob("headwater.db*"):
        path.unlink()
    (tmp_path / "headwater.db").write_text("this is no database, and long enough to be taken for one" * 20)
    assert ask(server, "/metrics")[0] == 503
    assert ask(server, "/readyz")[0] == 503
    assert ask(server, "/healthz")[0] == 200


def test_other_paths_name_those_there_are(server: OperationsServer) -> None:
    status, _, body = ask(server, "/")
    assert status == 404
    assert b"/readyz" in body


def test_a_port_that_is_taken_is_a_sentence(server: OperationsServer, store: Database) -> None:
    with pytest.raises(BindError, match=f"127.0.0.1:{server.port} cannot be listened at .*--ops-bind"):
        OperationsServer(Operations(lambda: store, FixedClock(START)), Address("127.0.0.1", server.port))


def test_the_probe_of_a_container_says_the_reasons(
    server: OperationsServer, store: Database, clock: FixedClock, capsys: pytest.CaptureFixture[str]
) -> None:
    assert probe(f"127.0.0.1:{server.port}") == 0
    add_source(store, "acme")
    clock.set(START + 2 * OVERDUE)
    assert probe(f"127.0.0.1:{server.port}") == 1
    assert "20 minutes late" in capsys.readouterr().err
    assert probe("127.0.0.1:1") == 1
    assert "does not answer" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("9464", Address("127.0.0.1", 9464)),
        (":9464", Address("127.0.0.1", 9464)),
        ("0.0.0.0:1", Address("0.0.0.0", 1)),
        ("[::1]:9464", Address("::1", 9464)),
    ],
)
def test_an_address_without_a_host_is_one_of_the_loopback(text: str, address: Address) -> None:
    assert parse_bind(text) == address


@pytest.mark.parametrize("text", ["", "host", "127.0.0.1:", "127.0.0.1:70000", "1:٣"])
def test_what_is_no_address_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(ValueError, match=r"127\.0\.0\.1:9464"):
        parse_bind(text)
