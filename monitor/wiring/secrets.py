"""Whether every secret a configuration names can be read."""

from __future__ import annotations

from monitor.config.loader import ConfigError, Configuration
from monitor.wiring.alerting import open_channels
from monitor.wiring.fetching import read_source_headers


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
