"""The composition root: puts configuration, store, fetcher, pipeline, channels and clock together.

`App` is what engines drive (`monitor.engine.work.Work`). Its parts are read off the configuration in `monitor.wiring`.
"""

from __future__ import annotations

import os
import secrets
import socket
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from datetime import datetime, timedelta
from types import TracebackType
from typing import Self

import structlog
from sqlalchemy.exc import DBAPIError

from alerts.channels import Channel
from alerts.deliver import deliver_due
from alerts.dispatch import dispatch_events
from alerts.rules.levels import effective_level
from alerts.watch import bring_in_line, watch
from monitor.config.loader import Configuration
from monitor.config.reconcile import Plan, reconcile
from monitor.fetch.kinds import KINDS
from monitor.fetch.kinds.base import Tools, opened
from monitor.heartbeat import Heartbeat
from monitor.pipeline import Fetch, Ledger, Pipeline, SourceSettings, look
from monitor.schedule.hosts import Politeness
from monitor.schedule.leases import claim_due, release, take_over
from monitor.schedule.robots import RobotsGate
from monitor.wiring.alerting import open_channels, routing_of
from monitor.wiring.fetching import open_fetcher, read_source_headers
from monitor.wiring.storing import database_of, retention_of
from monitor.wiring.watchdog import open_heartbeat
from snapshots import channelstate
from snapshots.care.retention import NOTHING, prune
from snapshots.changes.model import Change
from snapshots.clock import Clock, SystemClock
from snapshots.db import Database, is_busy, is_trouble, take_turns, told_by_driver
from snapshots.sources import requests_since
from snapshots.store import Claim

TIDY_EVERY = timedelta(days=1)
TIDY_AGAIN = timedelta(minutes=10)
IN_LINE_EVERY = timedelta(hours=1)


def build_app(
    configuration: Configuration, *, clock: Clock | None = None, environ: Mapping[str, str] = os.environ
) -> App:
    """Put a service together. Nothing is fetched or sent yet.

    Raises:
        ConfigError: a secret of a channel or a source is missing.
        DatabaseError: the database address cannot be used.
    """
    channels = open_channels(configuration, environ)
    heartbeat = open_heartbeat(configuration, environ)
    database = database_of(configuration, environ)
    return App(configuration, database, channels, clock or SystemClock(), heartbeat, environ)


class App:
    """One process of the service: everything an engine drives, with what must be closed at the end."""

    def __init__(
        self,
        configuration: Configuration,
        database: Database,
        channels: Mapping[str, Channel],
        clock: Clock,
        heartbeat: Heartbeat | None = None,
        environ: Mapping[str, str] = os.environ,
    ) -> None:
        """Wire the parts; `build_app` is the usual way here.

        Raises:
            ConfigError: a source's secret is missing, or the password of the proxy.
        """
        headers = read_source_headers(configuration, environ)
        self.configuration = configuration
        self.settings = configuration.settings
        self.database = database
        self.clock = clock
        self.channels = channels
        self.log = structlog.get_logger("headwater")
        self.routing = routing_of(configuration)
        self.heartbeat = heartbeat
        self._started_at = clock.now()
        self._in_line_at: datetime | None = None
        self._tidied_at: datetime | None = None
        fetch = self.settings.fetch
        self._fetcher = open_fetcher(configuration, clock, environ)
        tools = Tools(
            fetcher=self._fetcher,
            clock=clock,
            folder=configuration.folder,
            allow_folders=fetch.allow_folders,
            max_bytes=fetch.max_bytes,
            spent=self._spent,
        )
        self._sources = {source.id: source for source in configuration.sources}
        self._fetches: dict[str, Fetch] = {
            source_id: opened(KINDS[self._sources[source_id].kind], self._sources[source_id], tools, own)
            for source_id, own in headers.items()
        }
        self.worker = f"{socket.gethostname()}-{os.getpid()}-{secrets.token_hex(4)}"
        self.robots = RobotsGate(database, self._fetcher.robots, clock)
        polite = self.settings.politeness
        self.politeness = Politeness(polite.gap, polite.visits) if polite.enabled else None
        self.pipeline = Pipeline(
            database=database,
            clock=clock,
            fetch_for=self._fetches.__getitem__,
            settings=self._source_settings,
            adjust=self._adjust,
            robots=self.robots.refusal,
        )
        self._ledger = Ledger(self.pipeline)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Write what waits, then close connections and the database."""
        try:
            self.flush()
        except DBAPIError as error:
            if not is_trouble(error):
                raise
            # Their leases run out, and the checks are made again.
            self.log.warning("checks-not-recorded", detail=told_by_driver(error))
        self._fetcher.close()
        if self.heartbeat is not None:
            self.heartbeat.close()
        self.database.close()

    def prepare(self) -> Plan:
        """Create an empty database's tables, refuse a schema that is not ours, bring the rows in line."""
        if self.database.revision() is None:
            self.database.upgrade()
        self.database.require_current()
        with self.database.writing() as session:
            take_turns(session.connection())
            # A start reads the secrets anew, so what was refused for good gets another try.
            if self.channels:
                channelstate.enable(session, channels=tuple(self.channels), now=self.clock.now())
            return reconcile(session, self.configuration.sources, self.clock.now())

    def knows(self, source_id: str) -> bool:
        """Whether the configuration names this source."""
        return source_id in self._sources

    def claim(self, limit: int) -> Sequence[Claim]:
        """Take up to `limit` sources whose check is due."""
        with self.database.writing() as session:
            return claim_due(
                session, owner=self._owner(), now=self.clock.now(), limit=limit, politeness=self.politeness
            )

    def take_over(self, source_id: str, owner: str, gap: timedelta | None = None) -> Claim | None:
        """A claim that another process made, its lease begun anew; `None` when it ran out."""
        with self.database.writing() as session:
            return take_over(session, source_id, owner=owner, now=self.clock.now(), gap=gap)

    def check(self, claim: Claim) -> None:
        """Check one claimed source and record what was found."""
        self._ledger.add(look(self.pipeline, claim))

    def flush(self) -> None:
        """Write the checks that wait to be written together."""
        self._ledger.flush()

    def release(self, claim: Claim) -> None:
        """Give a claimed source back unchecked."""
        with self.database.writing() as session:
            release(session, claim)

    def dispatch(self) -> int:
        """Turn recorded changes into deliveries."""
        return dispatch_events(
            self.database,
            channels=tuple(self.channels),
            routing=self.routing,
            now=self.clock.now(),
        )

    def watch(self) -> None:
        """Remind of deadlines, notice checks that do not come, call the watchdog."""
        now = self.clock.now()
        if self._in_line_at is None or now - self._in_line_at >= IN_LINE_EVERY:
            bring_in_line(self.database, routing=self.routing, now=now)
            self._in_line_at = now
        well = watch(
            self.database,
            channels=tuple(self.channels),
            routing=self.routing,
            stale_after=self.settings.stale_after,
            running_since=self._started_at,
            now=now,
        )
        if self.heartbeat is not None:
            self.heartbeat.beat(now, well=well)

    def deliver(self) -> int:
        """Send what is due."""
        return deliver_due(
            self.database,
            self.channels,
            clock=self.clock,
            owner=self._owner(),
            public_url=self.settings.web.public_url,
        )

    def tidy(self) -> None:
        """Let go what the configuration lets go, once a day."""
        now = self.clock.now()
        if self._tidied_at is not None and now - self._tidied_at < TIDY_EVERY:
            return
        # What fails is not tried again at once.
        self._tidied_at = now - TIDY_EVERY + TIDY_AGAIN
        try:
            gone = prune(self.database, retention_of(self.settings), now)
        except DBAPIError as error:
            if not is_busy(error):
                raise
            self.log.info("tidying-put-off", detail=told_by_driver(error))
            return
        self._tidied_at = now
        if gone != NOTHING:
            self.log.info("tidied", **asdict(gone))

    def _owner(self) -> str:
        # A token for each claim, so that a slow thread cannot take a newer lease of this process for its own.
        return f"{self.worker}-{secrets.token_hex(4)}"

    def _spent(self, source_id: str, since: datetime) -> int:
        with self.database.reading() as session:
            return requests_since(session, source_id, since)

    def _source_settings(self, source_id: str) -> SourceSettings:
        source = self._sources[source_id]
        obey = source.robots == "obey" and KINDS[source.kind].crawls
        return SourceSettings(source.kind, self.settings.schedule.jitter, source.expect_title, obey_robots=obey)

    def _adjust(self, change: Change) -> Change:
        return replace(change, level=effective_level(change, self.settings.severity, self.settings.relies_on))
