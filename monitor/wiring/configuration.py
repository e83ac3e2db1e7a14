"""The configuration, read with what the alerts room knows of channels and routes."""

from __future__ import annotations

from pathlib import Path

from alerts.channels import CHANNEL_MODELS
from alerts.rules.routes import Route
from monitor.config.loader import AlertModels, Configuration, load_config

ALERT_MODELS = AlertModels(channels=CHANNEL_MODELS, route=Route)


def load(path: Path) -> Configuration:
    """Read and check a configuration file; secrets are not looked at.

    Raises:
        ConfigError: with every problem, each with file, line and a sentence.
    """
    return load_config(path, ALERT_MODELS)
