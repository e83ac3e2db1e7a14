"""headwater as it is deployed: processes of its own around one store, on SQLite or PostgreSQL."""

from __future__ import annotations

import json
import os
import signal
import subprocess
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol

from sqlalchemy import bindparam, create_engine, text

from snapshots.tables.base import UtcDateTime
from tests.e2e.harness import HEADWATER, PATIENCE, Upstream, wait_for


@dataclass(frozen=True)
class Shape:
    """What is started: the arguments of each process, and the kind of database."""

    name: str
    database: str
    processes: tuple[tuple[str, ...], ...]


RUN = ("run", "--tick", "0.1", "--workers", "4")
SHARED = ("run", "--engine", "procrastinate", "--workers", "2")
SHARED_BY_THREE = Shape(
    "procrastinate", "postgresql", (SHARED, ("worker", "-c", "2"), ("worker", "-c", "2", "-q", "checks"))
)
SHAPES = (
    Shape("one process on SQLite", "sqlite", (RUN,)),
    Shape("three embedded on PostgreSQL", "postgresql", (RUN, RUN, RUN)),
    SHARED_BY_THREE,
)


class Clocks(Protocol):
    """Gives each process a clock of its own."""

    def environment(self, number: int) -> dict[str, str]:
        """The variables that a process is started with."""
        ...

    def forget(self, pid: int) -> None:
        """A process was killed and cannot tidy up."""
        ...


class Deployment:
    """The processes of one shape, with `sources` pages of one upstream and one Slack channel."""

    def __init__(self, shape: Shape, url: str, folder: Path, upstream: Upstream, webhook_url: str) -> None:
        self.shape = shape
        self.engine = create_engine(url, pool_pre_ping=True)
        self.upstream = upstream
        self._folder = folder
        self._url = url
        self.config = folder / "headwater.yaml"
        (folder / "webhook").write_text(webhook_url)
        self.clocks: Clocks | None = None
        self._running: dict[int, subprocess.Popen[bytes]] = {}
        self._said: dict[int, int] = {}

    def configure(self, sources: int, *, providers: int = 0) -> None:
        """Write the configuration; every source is of a provider of its own unless their number is given."""
        self.config.write_text(
            json.dumps(
                {
                    "database": self._url,
                    "sources": [
                        {
                            "id": f"acme-{number}",
                            "url": f"{self.upstream.origin}{self.upstream.path}?{number}",
                            "provider": f"acme{number % (providers or sources)}",
                            "document": "changelog",
                            "interval": "1h",
                            "robots": "ignore",
                        }
                        for number in range(sources)
                    ],
                    "channels": [
                        {"name": "team", "kind": "slack", "webhook_url_file": "webhook", "messages_per_minute": None}
                    ],
                    "fetch": {"allow_networks": ["127.0.0.1/32"]},
                    # All pages are on one host, which is the test's own.
                    "politeness": {"enabled": False},
                }
            )
        )

    def start(self, *, wait: bool = True) -> None:
        """Start every process that does not run."""
        environment = {name: value for name, value in os.environ.items() if not name.startswith("HEADWATER_")}
        for number, arguments in enumerate(self.shape.processes):
            if number not in self._running:
                command = [str(HEADWATER), *arguments, "--config", str(self.config)]
                own = self.clocks.environment(number) if self.clocks else {}
                self._said[number] = self._log(number).stat().st_size if self._log(number).exists() else 0
                with self._log(number).open("ab") as log:
                    self._running[number] = subprocess.Popen(command, stdout=log, stderr=log, env=environment | own)
        if wait:
            wait_for(lambda: len(self.started()) == len(self._running), "every process to start")

    def started(self) -> list[int]:
        """The processes that say they have started."""
        return [number for number in self._running if b'"started"' in self._said_by(number)]

    def pid(self, number: int) -> int:
        """The id of a running process."""
        return self._running[number].pid

    def ended(self) -> list[int]:
        """The processes that ended though nobody asked them to."""
        return [number for number, process in self._running.items() if process.poll() is not None]

    def signal(self, number: int, what: signal.Signals) -> None:
        """Send a signal to one process."""
        self._running[number].send_signal(what)

    def kill(self, number: int) -> None:
        """End one process as a power cut would."""
        process = self._running.pop(number)
        process.kill()
        process.wait(PATIENCE)
        if self.clocks:
            self.clocks.forget(process.pid)

    def stop(self) -> list[int]:
        """Ask every process to end; give their exit statuses."""
        for process in self._running.values():
            process.send_signal(signal.SIGTERM)
        return [self._running.pop(number).wait(PATIENCE) for number in list(self._running)]

    def end(self) -> None:
        """Leave nothing behind."""
        for number in list(self._running):
            self.kill(number)
        self.engine.dispose()

    def log(self, number: int) -> str:
        """What one process said."""
        return self._log(number).read_text(errors="replace") if self._log(number).exists() else ""

    def logs(self) -> str:
        """What all said."""
        return "\n".join(self.log(number) for number in range(len(self.shape.processes)))

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """What a query finds."""
        with self.engine.connect() as connection:
            return [tuple(row) for row in connection.execute(text(query))]

    def count(self, table: str, where: str = "1 = 1") -> int:
        """How many rows there are."""
        return int(self.rows(f"SELECT count(*) FROM {table} WHERE {where}")[0][0])

    def execute(self, *statements: str) -> None:
        """Run statements, each in a transaction of its own."""
        for statement in statements:
            with self.engine.begin() as connection:
                connection.exec_driver_sql(statement)

    def let_time_pass(self) -> None:
        """Make everything due and every lease run out, as hours would."""
        past = {"past": datetime.now(UTC)}
        with self.engine.begin() as connection:
            for statement in (
                "UPDATE sources SET lease_until = :past WHERE lease_until IS NOT NULL",
                "UPDATE deliveries SET lease_until = :past WHERE lease_until IS NOT NULL",
                "UPDATE sources SET next_check_at = :past",
                "UPDATE deliveries SET next_attempt_at = :past WHERE state = 'pending'",
            ):
                at = bindparam("past", type_=UtcDateTime())
                connection.execute(text(statement).bindparams(at), past)

    def settle(self) -> None:
        """Wait until nothing is left to be told."""
        wait_for(
            lambda: (
                not self.count("outbox_events", "processed_at IS NULL")
                and not self.count("deliveries", "state = 'pending'")
            ),
            "an empty outbox",
        )

    def _said_by(self, number: int) -> bytes:
        """The first that a running process said; what processes said before it is left out."""
        with self._log(number).open("rb") as log:
            log.seek(self._said[number])
            return log.read(10_000)

    def _log(self, number: int) -> Path:
        return self._folder / f"process-{number}.log"
