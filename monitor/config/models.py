"""The shape of `headwater.yaml`. Unknown keys are errors; everything is frozen once read.

A source is read by the model of its kind, which stands beside the code of that kind. Channels and routes belong to the
alerts room: their models stand beside their code there and are handed to the loader.
"""

from __future__ import annotations

from datetime import time, timedelta
from ipaddress import IPv4Network, IPv6Network
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from monitor.config.base import Model, WebAddress
from monitor.config.ops import OpsSettings
from monitor.config.web import WebConfig
from monitor.extract.limits import MAX_BYTES
from snapshots.changes.catalogue import KINDS
from snapshots.changes.model import Area, Level
from snapshots.durations import Duration
from snapshots.secrets import demand_one

SHORTEST_INTERVAL = timedelta(seconds=10)
# The daily digest looks back over the checks of a day, and a weekend may lie between.
SHORTEST_AGE = timedelta(days=7)


def _known_kind(value: str) -> str:
    if value not in KINDS:
        message = f'"{value}" is not a change kind. docs/changes.md lists them.'
        raise ValueError(message)
    return value


SourceId = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9._-]{0,127}$")]
ChangeKindId = Annotated[str, AfterValidator(_known_kind)]


class SourceConfig(Model):
    """One upstream document to watch: what every source has. Each kind adds its own options beside its code."""

    id: SourceId = Field(description="A name chosen by you; it stays when the address changes.")
    kind: str = Field(description="How it is fetched.")
    provider: str = Field(default="", description="Whose document it is.")
    title: str = Field(default="", description="What people call it.")
    document: str = Field(default="", description="pricing, changelog, news, model-card, license, api-docs: a hint.")
    language: str = Field(default="", description="Language tag of the text, such as en or zh.")
    interval: Annotated[Duration, Field(ge=SHORTEST_INTERVAL)] = Field(
        default=timedelta(hours=6), description="Time between two checks."
    )
    authoritative_for: tuple[Area, ...] = Field(default=(), description="Areas in which this source breaks a tie.")
    labels: dict[str, str] = Field(default_factory=dict, description="Words of your own that routes may ask for.")
    expect_title: str = Field(default="", description="Words of the title; another title is held as a wrong page.")
    robots: Literal["obey", "ignore"] = Field(
        default="obey", description="ignore: fetch what robots.txt forbids, because you have permission."
    )
    paused: bool = Field(default=False, description="Keep its history, do not check it.")

    @property
    def address(self) -> str:
        """Where the document is: what people are shown, and what its validators belong to."""
        raise NotImplementedError


class ProxySettings(Model):
    """An HTTP proxy that all documents are fetched through."""

    url: WebAddress = Field(description="Its address, such as http://proxy.example:3128.")
    trusted: Literal[True] = Field(
        description="Must be true: a proxy resolves names itself, so it can reach what headwater would refuse."
    )
    username: str = Field(default="", description="The name it asks for.")
    password_env: str | None = Field(default=None, description="Environment variable that holds the password.")
    password_file: str | None = Field(default=None, description="File that holds the password.")

    @model_validator(mode="after")
    def _whole_credentials(self) -> Self:
        named = self.password_env is not None or self.password_file is not None
        if self.username or named:
            demand_one("password", self.password_env, self.password_file)
            if not self.username:
                message = "`username` is missing: a password alone lets nobody through."
                raise ValueError(message)
        return self


class FetchSettings(Model):
    """How documents are fetched."""

    timeout: Duration = Field(default=timedelta(seconds=30), description="For one whole answer.")
    max_bytes: int = Field(
        default=MAX_BYTES, ge=1_000, le=MAX_BYTES, description="Largest body, packed or unpacked; more is never read."
    )
    allow_networks: tuple[IPv4Network | IPv6Network, ...] = Field(
        default=(), description="Private networks that may be reached, such as 10.1.0.0/16 for an intranet."
    )
    ca_file: Path | None = Field(default=None, description="Certificates to trust instead of the system's.")
    allow_folders: tuple[Path, ...] = Field(
        default=(), description="Folders, besides that of this file, from which a local-file source may read."
    )
    proxy: ProxySettings | None = Field(default=None, description="Where there is no direct way to the web.")


class PolitenessSettings(Model):
    """How hosts are visited; all workers share it."""

    gap: Duration = Field(
        default=timedelta(seconds=1), description="Least time between two visits to a host; 0s keeps none."
    )
    visits: int = Field(default=1, ge=1, le=64, description="Sources of one host that are checked at the same time.")
    enabled: bool = Field(default=True, description="false: visit hosts as fast as checks are due.")


class ScheduleSettings(Model):
    """How checks are spread."""

    jitter: float = Field(default=0.1, ge=0, le=0.5, description="Share of the interval by which checks are spread.")


class RetentionSettings(Model):
    """What may be let go, and when. Left alone, every version is kept for ever."""

    checks_older_than: Annotated[Duration, Field(ge=SHORTEST_AGE)] | None = Field(
        default=timedelta(days=90),
        description="Single checks are counted by day after this time; told events and attempts go. null: never.",
    )
    versions_older_than: Annotated[Duration, Field(ge=SHORTEST_AGE)] | None = Field(
        default=None,
        description="The bytes of versions last seen longer ago may go, where nothing rests on them. null: never.",
    )
    keep_versions: int = Field(
        default=10, ge=1, description="So many newest versions of a source keep their bytes, however old."
    )


class DeadlineSettings(Model):
    """How ends of service are reminded of."""

    remind_before: tuple[Annotated[int, Field(ge=0, le=3650)], ...] = Field(
        default=(90, 30, 7, 1), description="Days before an end at which a reminder is sent; an empty list: none."
    )


class HeartbeatSettings(Model):
    """A watchdog elsewhere that raises the alarm when this service falls silent (healthchecks.io and the like)."""

    url_env: str | None = Field(default=None, description="The environment variable with the address to call.")
    url_file: str | None = Field(default=None, description="The file with the address to call.")
    every: Annotated[Duration, Field(ge=SHORTEST_INTERVAL)] = Field(
        default=timedelta(minutes=5), description="Time between two calls."
    )

    @model_validator(mode="after")
    def _one_address(self) -> Self:
        demand_one("url", self.url_env, self.url_file)
        return self


class Settings(Model):
    """The whole of `headwater.yaml`."""

    database: str = Field(default="sqlite:///headwater.db", description="SQLite file or PostgreSQL address.")
    database_password_env: str | None = Field(
        default=None, description="Environment variable with the password for PostgreSQL."
    )
    database_password_file: str | None = Field(default=None, description="File with the password for PostgreSQL.")
    contact: str = Field(default="", description="Address or page in the User-Agent, for those whose pages we read.")
    packs: tuple[str, ...] = Field(default=(), description="Ready lists of a provider's official sources.")
    sources: tuple[Any, ...] = Field(default=(), description="Documents of your own choice.")
    channels: tuple[Any, ...] = Field(default=(), description="Where to tell.")
    routes: tuple[Any, ...] = Field(
        default=(), description="What is told where: trees of rules, each asked; without any, everything everywhere."
    )
    digest_at: time = Field(
        default=time(9, 0), description="When the daily digest is sent, UTC; a route may have hours of its own."
    )
    deadlines: DeadlineSettings = DeadlineSettings()
    stale_after: Annotated[Duration, Field(ge=timedelta(minutes=1))] = Field(
        default=timedelta(minutes=30), description="Checks that are overdue so long, and none finished, are told."
    )
    heartbeat: HeartbeatSettings | None = Field(default=None, description="A watchdog to call; none by default.")
    relies_on: tuple[str, ...] = Field(
        default=(), description="Names your product calls: what concerns them is louder."
    )
    severity: dict[ChangeKindId, Level] = Field(default_factory=dict, description="Another level for a change kind.")
    fetch: FetchSettings = FetchSettings()
    politeness: PolitenessSettings = PolitenessSettings()
    schedule: ScheduleSettings = ScheduleSettings()
    retention: RetentionSettings = RetentionSettings()
    ops: OpsSettings = OpsSettings()
    web: WebConfig = WebConfig()
