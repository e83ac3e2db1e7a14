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
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Self

import structlog

from alerts.channels import CHANNEL_MODELS, Channel, open_channel
from alerts.deliver import deliver_due
from alerts.dispatch import dispatch_events
from alerts.rules.levels import effective_level
from alerts.rules.routes import Route, Routing
from monitor.config.loader import AlertModels, ConfigError, Configuration, load_config
from monitor.config.models import Settings
from monitor.config.reconcile import Plan, reconcile
from monitor.fetch.client import Fetcher, Limits
from monitor.fetch.kinds import KINDS
from monitor.pipeline import Fetch, Ledger, Pipeline, SourceSettings, look
from monitor.schedule.leases import claim_due, release, take_over
from snapshots.care.retention import NOTHING, Policy, prune
from snapshots.changes.model import Change
from snapshots.clock import Clock, SystemClock
from snapshots.db import Database, take_turns
from snapshots.secrets import SecretError, read_secret
from snapshots.store import Claim

TIDY_EVERY = timedelta(days=1)
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


def build_app(
    configuration: Configuration, *, clock: Clock | None = None, environ: Mapping[str, str] | None = None
) -> App:
    """Put a service together. Nothing is fetched or sent yet.

    Raises:
        ConfigError: a channel's secret is missing.
        DatabaseError: the database address cannot be used.
    """
    channels = open_channels(configuration, environ)
    return App(configuration, database_of(configuration, environ), channels, clock or SystemClock())


class App:
    """One process of the service: everything an engine drives, with what must be closed at the end."""

    def __init__(
        self, configuration: Configuration, database: Database, channels: Mapping[str, Channel], clock: Clock
    ) -> None:
        """Wire the parts; `build_app` is the usual way here."""
        self.configuration = configuration
        self.settings = configuration.settings
        self.database = database
        self.clock = clock
        self.channels = channels
        self.log = structlog.get_logger("headwater")
        self.routing = Routing(self.settings.routes, self.settings.digest_at)
        fetch = self.settings.fetch
        self._fetcher = Fetcher(
            contact=self.settings.contact,
            limits=Limits(fetch.timeout, fetch.max_bytes),
            allow_networks=fetch.allow_networks,
            ca_file=configuration.folder / fetch.ca_file if fetch.ca_file else None,
            clock=clock,
        )
        self._tidied_at: datetime | None = None
        self._sources = {source.id: source for source in configuration.sources}
        self.worker = f"{socket.gethostname()}-{os.getpid()}-{secrets.token_hex(4)}"
        self.pipeline = Pipeline(
            database=database,
            clock=clock,
            fetch_for=self._fetch_for,
            settings=self._source_settings,
            adjust=self._adjust,
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
        self.flush()
        self._fetcher.close()
        self.database.close()

    def prepare(self) -> Plan:
        """Create an empty database's tables, refuse a schema that is not ours, bring the rows in line."""
        if self.database.revision() is None:
            self.database.upgrade()
        self.database.require_current()
        with self.database.writing() as session:
            take_turns(session.connection())
            return reconcile(session, self.configuration.sources, self.clock.now())

    def knows(self, source_id: str) -> bool:
        """Whether the configuration names this source."""
        return source_id in self._sources

    def claim(self, limit: int) -> Sequence[Claim]:
        """Take up to `limit` sources whose check is due."""
        with self.database.writing() as session:
            return claim_due(session, owner=self._owner(), now=self.clock.now(), limit=limit)

    def take_over(self, source_id: str, owner: str) -> Claim | None:
        """A claim that another process made, its lease begun anew; `None` when it ran out."""
        with self.database.writing() as session:
            return take_over(session, source_id, owner=owner, now=self.clock.now())

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

    def deliver(self) -> int:
        """Send what is due."""
        return deliver_due(
            self.database,
            self.channels,
            clock=self.clock,
            owner=self._owner(),
        )

    def tidy(self) -> None:
        """Let go what the configuration lets go, once a day."""
        now = self.clock.now()
        if self._tidied_at is not None and now - self._tidied_at < TIDY_EVERY:
            return
        self._tidied_at = now
        gone = prune(self.database, retention_of(self.settings), now)
        if gone != NOTHING:
            self.log.info("tidied", **asdict(gone))

    def _owner(self) -> str:
        # A token for each claim, so that a slow thread cannot take a newer lease of this process for its own.
        return f"{self.worker}-{secrets.token_hex(4)}"

    def _fetch_for(self, kind: str) -> Fetch:
        return partial(KINDS[kind], self._fetcher)

    def _source_settings(self, source_id: str) -> SourceSettings:
        source = self._sources[source_id]
        return SourceSettings(source.kind, self.settings.schedule.jitter, source.expect_title)

    def _adjust(self, change: Change) -> Change:
        return replace(change, level=effective_level(change, self.settings.severity, self.settings.relies_on))
