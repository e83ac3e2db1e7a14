"""What a check costs beside a bare client: CPU seconds of this process, in one run, printed as ratios.

Run it with `make bench`. The upstream is a process of its own, so that its work is not counted.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_network
from multiprocessing.connection import Connection
from pathlib import Path
from tempfile import TemporaryDirectory

import httpx2

from monitor.config.reconcile import reconcile
from monitor.fetch.client import Fetcher
from monitor.fetch.kinds.base import Tools, opened
from monitor.fetch.kinds.web_page import SOURCE_KIND, WebPage
from monitor.logs import quiet
from monitor.pipeline import Ledger, Pipeline, SourceSettings, look
from monitor.schedule.leases import claim_due
from snapshots.clock import SystemClock
from snapshots.db import Database

BATCH = 100
ROUND = 1_000
WORKERS = 8
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
        body = b"<title>Pricing</title><p>Soon." if self.path == "/validated" else page(Handler.version(self.path))
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", str(len(body)))
        if self.path == "/validated":
            self.send_header("ETag", ETAG)
        self.end_headers()
        self.wfile.write(body)

    @staticmethod
    def version(path: str) -> int:
        """The version of the page that is served now."""
        return Handler.asked if path == "/changing" else 1

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


def cost(work: Callable[[], object], rounds: int) -> float:
    """CPU milliseconds of this process for one round of `work`, after one to warm up."""
    work()
    before = time.process_time()
    for _ in range(rounds):
        work()
    return (time.process_time() - before) / rounds * 1000


@dataclass(frozen=True)
class Bench:
    """A store with `sources` that watch the same page, and what checks them."""

    pipeline: Pipeline
    ledger: Ledger
    workers: ThreadPoolExecutor | None = None

    def round(self, sources: int) -> None:
        """Check every source once: claimed in batches, looked at, recorded."""
        pipeline, left = self.pipeline, sources
        while left > 0:
            with pipeline.database.writing() as session:
                now = pipeline.clock.now() + timedelta(hours=1)
                claims = claim_due(session, owner="bench", now=now, limit=min(BATCH, left))
            assert claims
            if self.workers is None:
                for claim in claims:
                    self.ledger.add(look(pipeline, claim))
            else:
                list(self.workers.map(lambda claim: self.ledger.add(look(pipeline, claim)), claims))
            left -= len(claims)
        self.ledger.flush()


@contextmanager
def store_of(url: str, sources: int, workers: int = 0) -> Iterator[Bench]:
    """A store of its own with so many sources; with `workers` threads, else one after the other."""
    clock = SystemClock()
    with ExitStack() as stack:
        folder = stack.enter_context(TemporaryDirectory())
        database = stack.enter_context(closing(Database(f"sqlite:///{Path(folder) / 'bench.db'}")))
        database.upgrade()
        fetcher = stack.enter_context(Fetcher(allow_networks=[ip_network("127.0.0.0/8")]))
        configured = [WebPage(id=f"bench-{n}", url=url, interval=INTERVAL) for n in range(sources)]
        with database.writing() as session:
            reconcile(session, configured, clock.now())
        fetches = {source.id: opened(SOURCE_KIND, source, Tools(fetcher)) for source in configured}
        pipeline = Pipeline(
            database=database,
            clock=clock,
            fetch_for=fetches.__getitem__,
            settings=lambda _source: SourceSettings("web-page"),
        )
        pool = stack.enter_context(ThreadPoolExecutor(workers)) if workers else None
        yield Bench(pipeline, Ledger(pipeline), pool)


def main() -> None:
    """Measure and print."""
    quiet()
    _say(f"{'what':<44}{'check ms':>10}{'bare GET ms':>13}{'ratio':>8}")
    cases = [
        ("unchanged, 304, record committed", "/validated", {"If-None-Match": ETAG}, BATCH, 10),
        ("unchanged, 200 with the same 60 KB", "/same", {}, BATCH, 5),
        ("changed 60 KB page, to committed changes", "/changing", {}, 1, 20),
    ]
    with upstream() as base, httpx2.Client(trust_env=False) as client:
        for name, path, headers, sources, rounds in cases:
            url = base + path

            def get(url: str = url, headers: dict[str, str] = headers) -> None:
                client.get(url, headers=headers).read()

            with store_of(url, sources) as bench:
                bare = cost(get, 500)
                whole = cost(partial(bench.round, sources), rounds) / sources
                bare = (bare + cost(get, 500)) / 2
            _say(f"{name:<44}{whole:>10.2f}{bare:>13.2f}{whole / bare:>8.2f}")
        _round(base + "/validated")


def _round(url: str) -> None:
    """A whole round of unchanged sources, beside a bare asynchronous client with 20 connections."""
    with store_of(url, ROUND, WORKERS) as bench:
        bench.round(ROUND)
        asyncio.run(_bare_round(url))
        ours, bare = [], []
        for _ in range(3):
            bare.append(_wall(lambda: asyncio.run(_bare_round(url))))
            ours.append(_wall(lambda: bench.round(ROUND)))
    whole, alone = min(ours), min(bare)
    _say(f"{f'a round of {ROUND:,} unchanged sources, wall s':<44}{whole:>10.2f}{alone:>13.2f}{whole / alone:>8.2f}")


async def _bare_round(url: str) -> None:
    limits = httpx2.Limits(max_connections=20)
    async with httpx2.AsyncClient(trust_env=False, limits=limits) as client:
        await asyncio.gather(*(client.get(url, headers={"If-None-Match": ETAG}) for _ in range(ROUND)))


def _wall(work: Callable[[], object]) -> float:
    before = time.perf_counter()
    work()
    return time.perf_counter() - before


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
