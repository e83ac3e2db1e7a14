"""The service as its supervisor, its probes and its log reader meet it."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import tempfile
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.harness import HEADWATER, Upstream, wait_for


@pytest.fixture
def notified() -> Iterator[socket.socket]:
    with tempfile.TemporaryDirectory() as folder, socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listening:
        listening.bind(str(Path(folder) / "notify"))
        listening.settimeout(30)
        yield listening


def ask(port: int, path: str) -> tuple[int, bytes]:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=10) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read()


def lines(log: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in log.read_text().splitlines()]


def test_a_service_tells_its_supervisor_its_probes_and_its_log(
    tmp_path: Path, upstream: Upstream, notified: socket.socket
) -> None:
    config, log = tmp_path / "headwater.yaml", tmp_path / "log"
    config.write_text(
        f"""
sources: [{{id: acme, url: "{upstream.origin}{upstream.path}", interval: 10s}}]
fetch: {{allow_networks: [127.0.0.1/32]}}
"""
    )
    command = [str(HEADWATER), "run", "--config", str(config), "--tick", "0.05", "--ops-bind", "0"]
    environment = os.environ | {"NOTIFY_SOCKET": notified.getsockname(), "WATCHDOG_USEC": "2000000"}
    with log.open("wb") as kept, subprocess.Popen(command, stdout=kept, stderr=kept, env=environment) as process:
        try:
            heard = [notified.recv(4_096).decode()]
            while not heard[-1].startswith("READY=1"):
                heard.append(notified.recv(4_096).decode())
            assert heard[-1] == "READY=1\nSTATUS=Watching 1 sources"
            (port,) = [line["port"] for line in lines(log) if line["event"] == "operations-served"]
            wait_for(lambda: b'outcome="baseline",source="acme"} 1.0' in ask(port, "/metrics")[1], "the first check")
            assert ask(port, "/healthz") == (200, b"alive\n")
            assert ask(port, "/readyz")[0] == 200
        finally:
            process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=30) == 0
    while "STOPPING=1" not in heard:
        heard.append(notified.recv(4_096).decode())
    assert "WATCHDOG=1" in heard
    written = lines(log)
    for line in written:
        assert (line["role"], line["pid"], line["machine"]) == ("run", process.pid, socket.gethostname())
        assert line.keys() >= {"timestamp", "level", "event"}
    assert {"started", "check", "stopping", "stopped"} <= {line["event"] for line in written}


def test_a_port_that_is_taken_is_a_sentence_and_not_a_service_without_probes(tmp_path: Path) -> None:
    config = tmp_path / "headwater.yaml"
    with socket.create_server(("127.0.0.1", 0)) as taken:
        config.write_text(f"ops: {{bind: '{taken.getsockname()[1]}'}}\n")
        done = subprocess.run(
            [str(HEADWATER), "run", "--config", str(config)], capture_output=True, text=True, timeout=30, check=False
        )
    assert done.returncode == 5
    assert "--ops-bind" in done.stderr
    assert "Traceback" not in done.stderr
