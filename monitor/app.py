"""The composition root: puts configuration, store, fetcher, pipeline, channels and clock together.

`App` is what engines drive (`monitor.engine.work.Work`). This module and the command line are the only places of this
room that know the alerts room.
"""

from __future__ import annotations

import os
import secrets
import socket
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from datetime import datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import Self

import structlog
from sqlalchemy.exc import DBAPIError

from alerts.channels import CHANNEL_MODELS, Channel, open_channel
from alerts.deliver import deliver_due
from alerts.dispatch import dispatch_events
from alerts.rules.levels import effective_level
from alerts.rules.routes import Route, Routing
from alerts.watch import bring_in_line, watch
from monitor.config.loader import AlertModels, ConfigError, Configuration, load_config
from monitor.config.models import Settings
from monitor.config.reconcile import Plan, reconcile
from monitor.fetch.client import Fetcher, Limits
from monitor.fetch.headers import OwnHeaders
from monitor.fetch.kinds import KINDS
from monitor.fetch.kinds.base import Tools, headers_of, opened
from monitor.fetch.proxy import Proxy
from monitor.heartbeat import Heartbeat
from monitor.pipeline import Fetch, Ledger, Pipeline, SourceSettings, look
from monitor.schedule.hosts import Politeness
from monitor.schedule.leases import claim_due, release, take_over
from monitor.schedule.robots import RobotsGate
from snapshots import channelstate
from snapshots.care.retention import NOTHING, Policy, prune
from snapshots.changes.model import Change
from snapshots.clock import Clock, SystemClock
from snapshots.db import Database, is_busy, is_trouble, take_turns, told_by_driver
from snapshots.secrets import SecretError, read_secret
from snapshots.sources import requests_since
from snapshots.store import Claim

TIDY_EVERY = timedelta(days=1)
TIDY_AGAIN = timedelta(minutes=10)
IN_LINE_EVERY = timedelta(hours=1)
ALERT_MODELS = AlertModels(channels=CHANNEL_MODELS, route=Route)


def load(path: Path) -> Configuration:
    """Read and check a configuration file; secrets are not looked at.

    Raises:
        ConfigError: with every problem, each with file, line and a sentence.
    """
    return load_config(path, ALERT_MODELS)


def open_channels(configuration: Configuration, environ: Mapping[str, str] | None = None) -> dict[str, Channel]:
    """Every configured channel by name, with its secrets read.

    Raises:
        ConfigError: a secret is missing, with the line of its channel.
    """
    opened: dict[str, Channel] = {}
    problems = []
    for index, config in enumerate(configuration.settings.channels):
        try:
            opened[config.name] = open_channel(config, os.environ if environ is None else environ, configuration.folder)
        except SecretError as error:
            problems.append(f"{configuration.where(('channels', index))}: channels[{index}]: {error}")
    if problems:
        raise ConfigError(problems)
    return opened


def read_source_headers(
    configuration: Configuration, environ: Mapping[str, str] | None = None
) -> dict[str, OwnHeaders]:
    """The headers of every source that is not paused, with its secret read.

    Raises:
        ConfigError: a secret is missing, with the line of its source.
    """
    own = {source.id: index for index, source in enumerate(configuration.settings.sources)}
    read: dict[str, OwnHeaders] = {}
    problems = []
    for source in configuration.sources:
        try:
            if not source.paused:
                read[source.id] = headers_of(source, os.environ if environ is None else environ, configuration.folder)
        except SecretError as error:
            index = own[source.id]
            where = configuration.where(("sources", index, "credentials"))
            problems.append(f"{where}: sources[{index}].credentials: {error}")
    if problems:
        raise ConfigError(problems)
    return read


def check_secrets(configuration: Configuration) -> None:
    """Read every secret the configuration names, and keep none.

    Raises:
        ConfigError: secrets of channels or sources are missing, each with its line.
    """
    problems: list[str] = []
    for read in (open_channels, read_source_headers):
        try:
            read(configuration)
        except ConfigError as error:
            problems.extend(error.problems)
    if problems:
        raise ConfigError(problems)


def routing_of(configuration: Configuration) -> Routing:
    """Who is told what, as the configuration says."""
    settings = configuration.settings
    return Routing(
        settings.routes,
        settings.digest_at,
        relies_on=settings.relies_on,
        labels={source.id: source.labels for source in configuration.sources if source.labels},
        remind_before=settings.deadlines.remind_before,
    )


def open_heartbeat(configuration: Configuration, environ: Mapping[str, str] | None = None) -> Heartbeat | None:
    """The watchdog to call, with its address read; `None` when none is configured.

    Raises:
        ConfigError: the address is missing or is none.
    """
    wanted, fetch = configuration.settings.heartbeat, configuration.settings.fetch
    if wanted is None:
        return None
    try:
        url = read_secret(
            "url",
            env=wanted.url_env,
            file=wanted.url_file,
            environ=os.environ if environ is None else environ,
            folder=configuration.folder,
        )
        return Heartbeat(url, every=wanted.every, allow_networks=fetch.allow_networks)
    except (SecretError, ValueError) as error:
        raise ConfigError([f"{configuration.where(('heartbeat',))}: heartbeat: {error}"]) from None


def database_of(configuration: Configuration, environ: Mapping[str, str] | None = None) -> Database:
    """The configured database; a relative SQLite path starts at the folder of the configuration.

    Raises:
        ConfigError: its password cannot be read.
        DatabaseError: the address cannot be used.
    """
    settings = configuration.settings
    url = settings.database
    scheme, slashes, path = url.partition(":///")
    if scheme == "sqlite" and slashes and path and not path.startswith(("/", ":memory:")):
        url = f"sqlite:///{configuration.folder / path}"
    env, file = settings.database_password_env, settings.database_password_file
    if env is None and file is None:
        return Database(url)
    environ = os.environ if environ is None else environ
    try:
        password = read_secret("database_password", env=env, file=file, environ=environ, folder=configuration.folder)
    except SecretError as error:
        raise ConfigError([f"{configuration.where(('database',))}: {error}"]) from error
    return Database(url, password=password)


def retention_of(settings: Settings) -> Policy:
    """What the configuration lets go."""
    kept = settings.retention
    return Policy(kept.checks_older_than, kept.versions_older_than, kept.keep_versions)


def proxy_of(configuration: Configuration, environ: Mapping[str, str]) -> Proxy | None:
    """The configured proxy with its password.

    Raises:
        ConfigError: the password cannot be read, with the line of the proxy.
    """
    proxy = configuration.settings.fetch.proxy
    if proxy is None or not proxy.username:
        return Proxy(proxy.url) if proxy is not None else None
    env, file, folder = proxy.password_env, proxy.password_file, configuration.folder
    try:
        password = read_secret("password", env=env, file=file, environ=environ, folder=folder)
    except SecretError as error:
        raise ConfigError([f"{configuration.where(('fetch', 'proxy'))}: fetch.proxy: {error}"]) from error
    return Proxy(proxy.url, proxy.username, password)


def build_app(
    configuration: Configuration, *, clock: Clock | None = None, environ: Mapping[str, str] | None = None
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
        environ: Mapping[str, str] | None = None,
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
        fetch = self.settings.fetch
        self._fetcher = Fetcher(
            contact=self.settings.contact,
            limits=Limits(fetch.timeout, fetch.max_bytes),
            allow_networks=fetch.allow_networks,
            ca_file=configuration.folder / fetch.ca_file if fetch.ca_file else None,
            proxy=proxy_of(configuration, os.environ if environ is None else environ),
            clock=clock,
        )
        tools = Tools(
            fetcher=self._fetcher,
            clock=clock,
            folder=configuration.folder,
            allow_folders=fetch.allow_folders,
            max_bytes=fetch.max_bytes,
            spent=self._spent,
        )
        self._tidied_at: datetime | None = None
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
