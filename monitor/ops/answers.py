"""What operators' tools are told, whatever serves it: a status, a content type, a body."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy.exc import DBAPIError

from snapshots.clock import Clock
from snapshots.db import Database, told_by_driver
from snapshots.metrics.collector import CONTENT_TYPE, Metrics
from snapshots.readiness import readiness

PLAIN = "text/plain; charset=utf-8"
JSON = "application/json"


@dataclass(frozen=True, slots=True)
class Answer:
    """One HTTP answer."""

    status: int
    content_type: str
    body: bytes


class Operations:
    """Answers `/healthz`, `/readyz` and `/metrics` for one process; safe to share between threads."""

    def __init__(self, database: Callable[[], Database], clock: Clock, *, makes_checks: bool = True) -> None:
        """`database` gives the present one: a new configuration brings a new connection to it.

        A process that makes no checks, such as one of pages, is ready when none are made.
        """
        self._database = database
        self._makes_checks = makes_checks
        self._clock = clock
        self._metrics = Metrics(database, clock)

    def answer(self, path: str) -> Answer:
        """The answer for a path, a query aside."""
        match path.partition("?")[0]:
            case "/healthz":
                return Answer(200, PLAIN, b"alive\n")
            case "/readyz":
                return self.ready()
            case "/metrics":
                return self.metrics()
        return Answer(404, PLAIN, b"There are /healthz, /readyz and /metrics.\n")

    def ready(self) -> Answer:
        """Whether this process can work, with reasons; 503 when not."""
        found = readiness(self._database(), self._clock.now(), makes_checks=self._makes_checks)
        body = json.dumps(found.as_json(), indent=2).encode() + b"\n"
        return Answer(200 if found.ready else 503, JSON, body)

    def metrics(self) -> Answer:
        """The numbers for Prometheus; 503 when the database does not answer."""
        try:
            return Answer(200, CONTENT_TYPE, self._metrics.text())
        except DBAPIError as error:
            return Answer(503, PLAIN, f"{told_by_driver(error)}\n".encode())
