"""The running service: an `App` that can be exchanged for one with a newer configuration while work goes on."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import asdict
from datetime import timedelta
from types import TracebackType
from typing import Self

import structlog
from sqlalchemy.exc import DBAPIError

from monitor.app import App
from monitor.config.loader import ConfigError, Configuration
from monitor.config.reconcile import Plan
from snapshots.db import DatabaseError, told_by_driver
from snapshots.store import Claim

_log = structlog.get_logger("headwater")

Load = Callable[[], Configuration]
Build = Callable[[Configuration], App]


class Service:
    """What engines drive (`monitor.engine.work.Work`). Safe to share between threads.

    `load` reads the configuration anew and `build` makes an app of it. What is under way when the configuration
    changes ends with the app it began with.
    """

    def __init__(self, load: Load, build: Build) -> None:
        """Read the configuration and build the first app.

        Raises:
            ConfigError: the configuration or a secret in it is wrong.
            DatabaseError: the database address cannot be used.
        """
        self._load, self._build = load, build
        self._lock = threading.Lock()
        self._at_work: Counter[App] = Counter()
        self._app = build(load())

    @property
    def app(self) -> App:
        """The app with the present configuration."""
        return self._app

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._app.close()

    def reload(self, *, apply: bool) -> Plan | None:
        """Take up the configuration as it is now; `apply` brings the rows in line with it too.

        A configuration with mistakes changes nothing, nor does a database that is away: that is logged, and the work
        goes on as before.
        """
        try:
            fresh = self._build(self._load())
        except ConfigError as error:
            for problem in error.problems:
                _log.error("configuration-not-taken", detail=problem)
            return None
        if fresh.database.url != self._app.database.url:
            fresh.close()
            _log.error("configuration-not-taken", detail="The database was changed. Stop and start headwater for that.")
            return None
        try:
            plan = fresh.prepare() if apply else None
        except (DatabaseError, DBAPIError) as error:
            fresh.close()
            _log.error("configuration-not-taken", detail=told_by_driver(error) or str(error))
            return None
        with self._lock:
            old, self._app = self._app, fresh
            idle = not self._at_work[old]
        if idle:
            old.close()
        _log.info("configuration-taken", **(asdict(plan) if plan else {}))
        return plan

    def claim(self, limit: int) -> Sequence[Claim]:
        """Take up to `limit` sources whose check is due."""
        return self._app.claim(limit)

    def take_over(self, source_id: str, owner: str, gap: timedelta | None = None) -> Claim | None:
        """A claim that another process made, its lease begun anew; `None` when it ran out."""
        return self._app.take_over(source_id, owner, gap)

    def check(self, claim: Claim) -> None:
        """Check one claimed source. One that this configuration does not know keeps its lease, for those who do."""
        if not self._app.knows(claim.source_id):
            # Another process was given a newer configuration.
            self.reload(apply=False)
        app = self._enter()
        try:
            if app.knows(claim.source_id):
                app.check(claim)
            else:
                _log.warning("source-not-configured", source=claim.source_id)
        finally:
            self._leave(app)

    def flush(self) -> None:
        """Write the checks that wait to be written together."""
        self._app.flush()

    def release(self, claim: Claim) -> None:
        """Give a claimed source back unchecked."""
        self._app.release(claim)

    def dispatch(self) -> int:
        """Turn recorded changes into deliveries."""
        return self._app.dispatch()

    def deliver(self) -> int:
        """Send what is due."""
        app = self._enter()
        try:
            return app.deliver()
        finally:
            self._leave(app)

    def watch(self) -> None:
        """Do what falls due without any event."""
        app = self._enter()
        try:
            app.watch()
        finally:
            self._leave(app)

    def tidy(self) -> None:
        """Let go what the configuration lets go, once a day."""
        self._app.tidy()

    def _enter(self) -> App:
        with self._lock:
            self._at_work[self._app] += 1
            return self._app

    def _leave(self, app: App) -> None:
        with self._lock:
            self._at_work[app] -= 1
            done = not self._at_work[app]
            if done:
                del self._at_work[app]
            replaced = done and app is not self._app
        if replaced:
            app.close()
