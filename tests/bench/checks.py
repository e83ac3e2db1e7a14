"""What a check costs beside a bare client: CPU seconds of this process, in one run, printed as ratios.

Run it with `make bench`. The upstream is a process of its own, so that its work is not counted.
"""

from __future__ import annotations

import multiprocessing
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_network
from multiprocessing.connection import Connection
from pathlib import Path
from tempfile import TemporaryDirectory

import httpx2

from monitor.config.models import SourceConfig
from monitor.config.reconcile import reconcile
from monitor.fetch.client import Fetcher
from monitor.fetch.kinds import KINDS
from monitor.logs import quiet
from monitor.pipeline import Pipeline, SourceSettings, check_source
from monitor.schedule.leases import claim_due
from snapshots.clock import SystemClock
from snapshots.db import Database

ROUNDS = 200
ETAG = '"the-only-version"'
INTERVAL = timedelta(seconds=10)


def page(version: int) -> bytes:
    """A price list of about 60 KB; one price is `version`."""
    rows = "".join(
        f"<tr><td><code>acme-model-{i}</code></td><td>128K</td><td>${version if i == 7 else i}.50</td></tr>"
        for i in range(880)
    )
    head = "<tr><th>Model</th><th>Context window</th><th>Output price</th></tr>"
    return f"<html><title>Pricing</title><main><h1>Pricing</h1><table>{head}{rows}</table></main></html>".encode()


class Handler(BaseHTTPRequestHandler):
    """`/validated` answers 304 when asked rightly, `/same` never, `/changing` with another page each time."""

    protocol_version = "HTTP/1.1"
    asked = 0

    def do_GET(self) -> None:
        """Answer."""
        Handler.asked += 1
        if self.path == "/validated" and self.headers.get("If-None-Match") == ETAG:
            self.send_response(304)
            self.send_header("ETag", ETAG)
            self.end_headers()
            return
        body = page(Handler.asked if self.path == "/changing" else 1)
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", str(len(body)))
        if self.path == "/validated":
            self.send_header("ETag", ETAG)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_args: object) -> None:
        """Say nothing."""


def serve(ready: Connection) -> None:
    """Serve until the process ends."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    ready.send(server.server_port)
    server.serve_forever()


@contextmanager
def upstream() -> Iterator[str]:
    """The address of a running upstream."""
    here, there = multiprocessing.Pipe()
    process = multiprocessing.Process(target=serve, args=(there,), daemon=True)
    process.start()
    yield f"http://127.0.0.1:{here.recv()}"
    process.terminate()
    process.join()


def cost(work: Callable[[], object], rounds: int = ROUNDS) -> float:
    """CPU milliseconds of this process for one round of `work`, after one to warm up."""
    work()
    before = time.process_time()
    for _ in range(rounds):
        work()
    return (time.process_time() - before) / rounds * 1000


def checker(url: str, folder: Path) -> tuple[Callable[[], None], Callable[[], None]]:
    """A function that makes one whole committed check of `url`, and one that cleans up."""
    clock = SystemClock()
    database = Database(f"sqlite:///{folder / 'bench.db'}")
    database.upgrade()
    fetcher = Fetcher(allow_networks=[ip_network("127.0.0.0/8")])
    source = SourceConfig(id="bench", url=url, interval=INTERVAL)
    with database.writing() as session:
        reconcile(session, [source], clock.now())
    pipeline = Pipeline(
        database=database,
        clock=clock,
        fetch_for=lambda kind: partial(KINDS[kind], fetcher),
        settings=lambda _source: SourceSettings("web-page"),
    )

    def check() -> None:
        with database.writing() as session:
            (claim,) = claim_due(session, owner="bench", now=clock.now() + timedelta(hours=1), limit=1)
        assert check_source(pipeline, claim) is not None

    def close() -> None:
        fetcher.close()
        database.close()

    return check, close


def main() -> None:
    """Measure and print."""
    quiet()
    print(f"{'what':<44}{'check ms':>10}{'bare GET ms':>13}{'ratio':>8}")  # noqa: T201
    cases = [
        ("unchanged, 304, record committed", "/validated", {"If-None-Match": ETAG}, ROUNDS),
        ("unchanged, 200 with the same 60 KB", "/same", {}, ROUNDS),
        ("changed 60 KB page, to committed changes", "/changing", {}, 20),
    ]
    with upstream() as base, httpx2.Client(trust_env=False) as client:
        for name, path, headers, rounds in cases:
            url = base + path
            bare = cost(lambda url=url, headers=headers: client.get(url, headers=headers).read(), rounds)  # type: ignore[misc]
            with TemporaryDirectory() as folder:
                check, close = checker(url, Path(folder))
                whole = cost(check, rounds)
                close()
            print(f"{name:<44}{whole:>10.2f}{bare:>13.2f}{whole / bare:>8.1f}")  # noqa: T201


if __name__ == "__main__":
    main()
