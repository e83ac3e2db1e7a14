"""The fetcher, its proxy, and the headers of each source, as a configuration describes them."""

from __future__ import annotations

import os
from collections.abc import Mapping
from datetime import timedelta

from monitor.config.loader import ConfigError, Configuration
from monitor.fetch.client import Fetcher, Limits
from monitor.fetch.headers import OwnHeaders
from monitor.fetch.kinds.base import headers_of
from monitor.fetch.proxy import Proxy
from snapshots.clock import Clock
from snapshots.secrets import SecretError, read_secret


def read_source_headers(configuration: Configuration, environ: Mapping[str, str] = os.environ) -> dict[str, OwnHeaders]:
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
                read[source.id] = headers_of(source, environ, configuration.folder)
        except SecretError as error:
            index = own[source.id]
            where = configuration.where(("sources", index, "credentials"))
            problems.append(f"{where}: sources[{index}].credentials: {error}")
    if problems:
        raise ConfigError(problems)
    return read


def open_fetcher(
    configuration: Configuration,
    clock: Clock,
    environ: Mapping[str, str] = os.environ,
    *,
    timeout: timedelta | None = None,
) -> Fetcher:
    """The fetcher of all sources; an answer may take `timeout` in place of the configured time.

    Raises:
        ConfigError: the password of the proxy cannot be read.
    """
    fetch = configuration.settings.fetch
    return Fetcher(
        contact=configuration.settings.contact,
        limits=Limits(fetch.timeout if timeout is None else timeout, fetch.max_bytes),
        allow_networks=fetch.allow_networks,
        ca_file=configuration.folder / fetch.ca_file if fetch.ca_file else None,
        proxy=proxy_of(configuration, environ),
        clock=clock,
    )


def proxy_of(configuration: Configuration, environ: Mapping[str, str] = os.environ) -> Proxy | None:
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
