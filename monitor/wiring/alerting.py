"""Channels and routing, as a configuration describes them."""

from __future__ import annotations

import os
from collections.abc import Mapping

from alerts.channels import Channel, open_channel
from alerts.rules.routes import Routing
from monitor.config.loader import ConfigError, Configuration
from snapshots.secrets import SecretError


def open_channels(configuration: Configuration, environ: Mapping[str, str] = os.environ) -> dict[str, Channel]:
    """Every configured channel by name, with its secrets read.

    Raises:
        ConfigError: a secret is missing, with the line of its channel.
    """
    opened: dict[str, Channel] = {}
    problems = []
    for index, config in enumerate(configuration.settings.channels):
        try:
            opened[config.name] = open_channel(config, environ, configuration.folder)
        except SecretError as error:
            problems.append(f"{configuration.where(('channels', index))}: channels[{index}]: {error}")
    if problems:
        raise ConfigError(problems)
    return opened


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
