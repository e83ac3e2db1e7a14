"""The watchdog that is called while all is well, as a configuration describes it."""

from __future__ import annotations

import os
from collections.abc import Mapping

from monitor.config.loader import ConfigError, Configuration
from monitor.heartbeat import Heartbeat
from snapshots.secrets import SecretError, read_secret


def open_heartbeat(configuration: Configuration, environ: Mapping[str, str] = os.environ) -> Heartbeat | None:
    """The watchdog to call, with its address read; `None` when none is configured.

    Raises:
        ConfigError: the address is missing or is none.
    """
    wanted, fetch = configuration.settings.heartbeat, configuration.settings.fetch
    if wanted is None:
        return None
    try:
        env, file = wanted.url_env, wanted.url_file
        url = read_secret("url", env=env, file=file, environ=environ, folder=configuration.folder)
        return Heartbeat(url, every=wanted.every, allow_networks=fetch.allow_networks)
    except (SecretError, ValueError) as error:
        raise ConfigError([f"{configuration.where(('heartbeat',))}: heartbeat: {error}"]) from None
