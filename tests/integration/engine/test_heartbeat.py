"""The watchdog is called while all is well, told when it is not, and its address is never written down."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_network
from pathlib import Path
from threading import Thread

import pytest

from monitor.config.loader import ConfigError
from monitor.heartbeat import Heartbeat
from monitor.wiring.configuration import load
from monitor.wiring.watchdog import open_heartbeat

NOW = datetime(2026, 1, 15, 12, 0, tzinfo=UTC)
EVERY = timedelta(minutes=5)
NEAR = (ip_network("127.0.0.1/32"),)


class Watchdog(ThreadingHTTPServer):
    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.calls: list[str] = []
        self.status = 200


class Handler(BaseHTTPRequestHandler):
    server: Watchdog

    def do_GET(self) -> None:
        self.server.calls.append(self.path)
        self.send_response(self.server.status)
        self.send_header("Content-Type", "text/plain")
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"OK")

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name in the standard library
        """Say nothing."""


@pytest.fixture
def watchdog() -> Iterator[Watchdog]:
    with Watchdog() as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


def heart(watchdog: Watchdog, allow: bool = True) -> Heartbeat:
    url = f"http://127.0.0.1:{watchdog.server_port}/ping/s3cret"
    return Heartbeat(url, every=EVERY, allow_networks=NEAR if allow else ())


def test_it_is_called_at_its_pace_and_at_once_when_things_turn(watchdog: Watchdog) -> None:
    beating = heart(watchdog)
    for minutes, well in ((0, True), (4, True), (5, True), (6, False), (7, False), (8, True)):
        assert beating.beat(NOW + timedelta(minutes=minutes), well=well)
    beating.close()
    assert watchdog.calls == ["/ping/s3cret"] * 2 + ["/ping/s3cret/fail", "/ping/s3cret"]


@pytest.mark.parametrize("allow", [True, False])
def test_a_watchdog_that_cannot_be_reached_is_logged_without_its_address(
    watchdog: Watchdog, allow: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    watchdog.status = 503
    beating = heart(watchdog, allow)
    assert not beating.beat(NOW, well=True)
    beating.close()
    assert len(watchdog.calls) == allow
    told = capsys.readouterr()
    assert "heartbeat-failed" in told.out + told.err
    assert "s3cret" not in told.out + told.err


@pytest.mark.parametrize(
    ("environ", "sentence"),
    [
        ({}, "url_env names the environment variable HEART, which is not set."),
        ({"HEART": "s3cret"}, "what it names is not a web address. Write https://host/path."),
    ],
)
def test_an_address_that_cannot_be_used_is_a_problem_of_the_configuration(
    environ: dict[str, str], sentence: str, tmp_path: Path
) -> None:
    file = tmp_path / "headwater.yaml"
    file.write_text("heartbeat: {url_env: HEART}\n")
    with pytest.raises(ConfigError) as caught:
        open_heartbeat(load(file), environ)
    assert str(caught.value) == f"{file}:1: heartbeat: {sentence}"
