"""Routes: which channel is told of which change, at once or in the daily digest. Every decision has a name."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta

from pydantic import BaseModel, ConfigDict, Field

from snapshots.changes.model import Area, Level

_RANK = {Level.NONE: 0, Level.INFO: 1, Level.WARNING: 2, Level.CRITICAL: 3}


class Route(BaseModel):
    """What one channel is told. Empty lists mean any."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    channel: str = Field(description="The name of a configured channel.")
    min_level: Level = Field(default=Level.INFO, description="Nothing quieter is told.")
    areas: tuple[Area, ...] = Field(default=(), description="Only changes of these areas.")
    providers: tuple[str, ...] = Field(default=(), description="Only changes of these providers.")


@dataclass(frozen=True, slots=True)
class Routing:
    """All routes. Without any, every channel is told everything."""

    routes: Sequence[Route] = ()
    digest_at: time = time(9, 0)


@dataclass(frozen=True, slots=True)
class AtOnce:
    """Told in a message of its own."""


@dataclass(frozen=True, slots=True)
class InDigest:
    """Told in the daily digest."""


@dataclass(frozen=True, slots=True)
class Muted:
    """Not told on this channel, for this reason."""

    reason: str


Decision = AtOnce | InDigest | Muted


def decide(routing: Routing, *, channel: str, level: Level, area: Area, provider: str) -> Decision:
    """What a channel is told of a change."""
    if level is Level.NONE:
        return Muted("its level is none: recorded and never sent")
    if routing.routes:
        mine = [route for route in routing.routes if route.channel == channel]
        if not mine:
            return Muted("no route leads to this channel")
        fitting = [
            r
            for r in mine
            if not (r.areas and area not in r.areas) and not (r.providers and provider not in r.providers)
        ]
        if not fitting:
            return Muted(f"no route of this channel takes {area.value} changes of {provider or 'this provider'}")
        if all(_RANK[level] < _RANK[route.min_level] for route in fitting):
            return Muted(f"every route of this channel begins above {level.value}")
    return AtOnce() if _RANK[level] >= _RANK[Level.WARNING] else InDigest()


def next_digest(now: datetime, digest_at: time) -> datetime:
    """The next daily digest after `now`, in UTC."""
    today = datetime.combine(now.astimezone(UTC).date(), digest_at, tzinfo=UTC)
    return today if today > now else today + timedelta(days=1)
