"""The database and what it lets go, as a configuration describes them."""

from __future__ import annotations

import os
from collections.abc import Mapping

from monitor.config.loader import ConfigError, Configuration
from monitor.config.models import Settings
from snapshots.care.retention import Policy
from snapshots.db import Database
from snapshots.secrets import SecretError, read_secret


def database_of(configuration: Configuration, environ: Mapping[str, str] = os.environ) -> Database:
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
    try:
        password = read_secret("database_password", env=env, file=file, environ=environ, folder=configuration.folder)
    except SecretError as error:
        raise ConfigError([f"{configuration.where(('database',))}: {error}"]) from error
    return Database(url, password=password)


def retention_of(settings: Settings) -> Policy:
    """What the configuration lets go."""
    kept = settings.retention
    return Policy(kept.checks_older_than, kept.versions_older_than, kept.keep_versions)
