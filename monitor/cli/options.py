"""Options that several commands share, and how they become a database or settings."""

from __future__ import annotations

from datetime import UTC, datetime, time
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from monitor.cli.errors import UserError

if TYPE_CHECKING:
    from monitor.config.loader import Configuration
    from snapshots.db import Database

ConfigOption = Annotated[
    Path,
    typer.Option("--config", "-c", envvar="HEADWATER_CONFIG", help="The configuration file."),
]
DatabaseOption = Annotated[
    str | None,
    typer.Option("--database", envvar="HEADWATER_DATABASE", help="Database address; the configuration's by default."),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON for programs.")]
OpsBindOption = Annotated[
    str | None,
    typer.Option(
        "--ops-bind",
        metavar="[HOST:]PORT",
        help="Serve /healthz, /readyz and /metrics here; the configuration's ops.bind by default.",
    ),
]


class EngineKind(StrEnum):
    """What drives the work."""

    EMBEDDED = "embedded"
    PROCRASTINATE = "procrastinate"


DEFAULT_CONFIG = Path("headwater.yaml")


def load_configuration(config: Path) -> Configuration:
    """Read the configuration, with the channel kinds that the alerts room knows."""
    from monitor.wiring.configuration import load

    return load(config)


def open_store(config: Path, database: str | None) -> Database:
    """The database named on the command line, or the configuration's; its schema must be this program's."""
    store = named_store(config, database)
    store.require_current()
    return store


def named_store(config: Path, database: str | None) -> Database:
    """`open_store` without a look at the schema."""
    from snapshots.db import Database

    if database:
        return Database(database)
    from monitor.wiring.storing import database_of

    return database_of(load_configuration(config))


def instant(text: str) -> datetime:
    """An ISO 8601 instant or day, in UTC where no zone is given. A day means its first moment.

    Raises:
        UserError: the text is neither.
    """
    try:
        parsed = datetime.fromisoformat(text)
    except ValueError as error:
        message = f'"{text}" is not a time. Write 2026-01-15 or 2026-01-15T12:00:00Z.'
        raise UserError(message) from error
    if len(text) == len("2026-01-15"):
        parsed = datetime.combine(parsed.date(), time())
    return parsed.astimezone(UTC) if parsed.tzinfo else parsed.replace(tzinfo=UTC)
