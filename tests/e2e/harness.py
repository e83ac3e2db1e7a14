"""The real service as a process between an upstream and a webhook that the test controls."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from monitor.demo.listening import Listener

PATIENCE = 30.0
LEASED = ("sources", "deliveries")
HEADWATER = Path(sys.executable).with_name("headwater")


def wait_for(condition: Callable[[], Any], what: str, *, patience: float = PATIENCE) -> Any:
    """Give the first true value of `condition`; fail with `what` was awaited when the patience ends."""
    deadline = time.monotonic() + patience
    while not (value := condition()):
        if time.monotonic() > deadline:
            raise AssertionError(f"waited {patience:.0f} s in vain for {what}")
        time.sleep(0.01)
    return value


class Gate:
    """A place where a server stops until the test opens it."""

    def __init__(self) -> None:
        self._open = threading.Event()
        self._open.set()
        self._arrived = threading.Semaphore(0)

    @property
    def closed(self) -> bool:
        return not self._open.is_set()

    def close(self) -> None:
        self._open.clear()

    def open(self) -> None:
        self._open.set()

    def pass_through(self) -> None:
        if self.closed:
            self._arrived.release()
            self._open.wait(timeout=PATIENCE)

    def wait_until_reached(self) -> None:
        assert self._arrived.acquire(timeout=PATIENCE), "nobody came to the gate"


class LoopbackServer(Listener):
    """An HTTP server on the loopback; a context manager. `gate` stands before each answer."""

    def __init__(self, port: int = 0) -> None:
        self.gate = Gate()
        super().__init__(self._handler(), ("127.0.0.1", port))

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def respond(self, request: BaseHTTPRequestHandler) -> tuple[int, str, bytes]:
        raise NotImplementedError

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        server = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            timeout = 60

            def do_GET(self) -> None:
                status, content_type, body = server.respond(self)
                self.send_response(status)
                self.send_header("Content-Type", content_type)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            do_POST = do_GET  # noqa: N815 - the base class names it so

            def log_message(self, *_args: object) -> None:
                pass

        return Handler

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.gate.open()
        super().__exit__(kind, error, trace)


class Upstream(LoopbackServer):
    """A provider whose change log says which model `acme-chat` is; `version` is the newest."""

    path = "/changelog.md"

    def __init__(self) -> None:
        super().__init__()
        self.version = 1
        self.served: list[int] = []

    def respond(self, _request: BaseHTTPRequestHandler) -> tuple[int, str, bytes]:
        version = self.version
        self.gate.pass_through()
        self.served.append(version)
        return 200, "text/markdown; charset=utf-8", self._page(version).encode()

    @staticmethod
    def _page(newest: int) -> str:
        sections = [
            f"## Date: 2026-{1 + version // 28:02}-{1 + version % 28:02}\n\n"
            f"The `acme-chat` model has been upgraded to Acme-{version}.\n"
            for version in range(newest, 0, -1)
        ]
        return "\n".join(["# Change log\n", *sections])


class Webhook(LoopbackServer):
    """Takes what is sent as Slack would. `arrival` stands before a message counts as read, `gate` before the answer."""

    def __init__(self, port: int = 0) -> None:
        super().__init__(port)
        self.arrival = Gate()
        self.messages: list[dict[str, Any]] = []
        self.statuses: list[int] = []

    def respond(self, request: BaseHTTPRequestHandler) -> tuple[int, str, bytes]:
        body = request.rfile.read(int(request.headers["Content-Length"]))
        if self.arrival.closed:
            self.arrival.pass_through()
            request.close_connection = True
            return 503, "text/plain", b"never read"
        if self.statuses:
            return self.statuses.pop(0), "text/plain", b"server_error"
        self.messages.append(json.loads(body))
        self.gate.pass_through()
        return 200, "text/plain", b"ok"

    def carrying(self, delivery: str) -> list[dict[str, Any]]:
        """The messages with this delivery's id."""
        return [message for message in self.messages if delivery in json.dumps(message)]

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.arrival.open()
        super().__exit__(kind, error, trace)


class Store:
    """The service's SQLite file, seen from outside."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def rows(self, query: str, *parameters: object) -> list[tuple[Any, ...]]:
        if not self.path.exists():
            return []
        connection = sqlite3.connect(f"file:{self.path}?mode=ro", uri=True, timeout=PATIENCE)
        try:
            return connection.execute(query, parameters).fetchall()
        except sqlite3.OperationalError as error:
            if "no such table" in str(error):
                return []
            raise
        finally:
            connection.close()

    def count(self, table: str, where: str = "1") -> int:
        found = self.rows(f"SELECT count(*) FROM {table} WHERE {where}")
        return int(found[0][0]) if found else 0

    @contextmanager
    def kept_from_writing(self) -> Iterator[None]:
        """Hold the write lock, so that nobody commits meanwhile."""
        connection = sqlite3.connect(self.path, timeout=PATIENCE, isolation_level=None)
        try:
            connection.execute("BEGIN IMMEDIATE")
            yield
            connection.execute("ROLLBACK")
        finally:
            connection.close()

    def let_time_pass(self) -> None:
        """Make everything due and every lease of a dead process run out, as hours would."""
        connection = sqlite3.connect(self.path, timeout=PATIENCE)
        try:
            past = f"{datetime.now(UTC):%Y-%m-%d %H:%M:%S.%f}"
            for table in LEASED:
                connection.execute(f"UPDATE {table} SET lease_until = ? WHERE lease_until IS NOT NULL", (past,))
            # Each check of a source has an instant of its own for which it was due.
            connection.execute("UPDATE sources SET next_check_at = ?", (past,))
            connection.execute("UPDATE deliveries SET next_attempt_at = ? WHERE state = 'pending'", (past,))
            connection.commit()
        finally:
            connection.close()

    def leases(self) -> int:
        held = "lease_owner IS NOT NULL"
        return sum(self.count(table, held) for table in LEASED)


class Service:
    """`headwater run` as a process of its own."""

    def __init__(self, config: Path, *, tick: float = 0.05) -> None:
        self._command = [str(HEADWATER), "run", "--config", str(config), "--tick", str(tick)]
        self._log = config.with_suffix(".log")
        self._process: subprocess.Popen[bytes] | None = None
        self._said = 0

    @property
    def log(self) -> str:
        return self._log.read_text(errors="replace") if self._log.exists() else ""

    def start(self) -> None:
        self._said = len(self.log)
        environment = {name: value for name, value in os.environ.items() if not name.startswith("HEADWATER_")}
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(self._command, stdout=log, stderr=log, env=environment)

    def wait_until_started(self) -> None:
        """Wait until this run says so; before that a signal meets a Python without handlers."""
        wait_for(lambda: '"started"' in self.log[self._said :], "the service to start")

    def kill(self) -> None:
        """End the process as a power cut would: no handler runs."""
        self._send(signal.SIGKILL)

    def stop(self) -> int:
        """Ask the process to end; give its exit status."""
        return self._send(signal.SIGTERM)

    def _send(self, number: signal.Signals) -> int:
        assert self._process is not None, "the service was not started"
        self._process.send_signal(number)
        status = self._process.wait(timeout=PATIENCE)
        self._process = None
        return status

    @property
    def runs(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.runs:
            self.kill()


class World:
    """A service with one source and one Slack channel, and everything around it."""

    def __init__(
        self, folder: Path, upstream: Upstream, webhook_url: str, *, tick: float = 0.05, serve_at: str = ""
    ) -> None:
        self.upstream = upstream
        self.store = Store(folder / "headwater.db")
        config = folder / "headwater.yaml"
        pages = {"web": {"bind": serve_at, "public_url": f"http://{serve_at}"}} if serve_at else {}
        config.write_text(json.dumps(self._settings(webhook_url) | pages))
        self.service = Service(config, tick=tick)

    def _settings(self, webhook_url: str) -> dict[str, Any]:
        source = {
            "id": "acme-changelog",
            "url": self.upstream.origin + self.upstream.path,
            "provider": "acme",
            "document": "changelog",
            "interval": "1h",
        }
        secret = self.store.path.with_name("webhook")
        secret.write_text(webhook_url)
        channel = {"name": "team", "kind": "slack", "webhook_url_file": secret.name}
        return {
            "database": f"sqlite:///{self.store.path}",
            "sources": [source],
            "channels": [channel],
            "fetch": {"allow_networks": ["127.0.0.1/32"]},
        }

    def settle(self, *, hurry: bool = False) -> None:
        """Wait until all that was recorded has been sent; with `hurry`, what waits for another try is due at once."""
        pending = ("outbox_events", "processed_at IS NULL"), ("deliveries", "state = 'pending'")

        def is_settled() -> bool:
            if hurry:
                self.store.let_time_pass()
            return not any(self.store.count(*one) for one in pending)

        wait_for(is_settled, "an empty outbox")

    def read_baseline(self) -> None:
        """Start the service, let it read the first version and say so, and stop it again."""
        self.service.start()
        wait_for(lambda: self.store.count("outbox_events"), "the first version")
        self.settle()
        assert self.service.stop() == 0, self.service.log

    def publish(self) -> int:
        """Give the upstream its next version."""
        self.upstream.version += 1
        return self.upstream.version

    def start_again(self) -> None:
        """Start the service after its leases have run out."""
        self.store.let_time_pass()
        self.service.start()

    def deliveries_of(self, version: int) -> list[str]:
        """The deliveries that were sent about a version."""
        told = self.store.rows(
            "SELECT d.id FROM deliveries d JOIN delivery_changes dc ON dc.delivery_id = d.id"
            " JOIN changes c ON c.id = dc.change_id WHERE c.after = ? AND d.state = 'sent'",
            f"Acme-{version}",
        )
        return sorted({delivery for (delivery,) in told})
