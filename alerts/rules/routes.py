"""Routes: which channel is told of which change, at once or in the daily digest. Every decision has a name."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from difflib import get_close_matches
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from snapshots.changes.catalogue import KINDS
from snapshots.changes.model import Area, Level

_RANK = {Level.NONE: 0, Level.INFO: 1, Level.WARNING: 2, Level.CRITICAL: 3}


def _known(kind: str) -> str:
    if kind not in KINDS:
        near = get_close_matches(kind, KINDS, n=1)
        hint = f'Did you mean "{near[0]}"?' if near else "docs/changes.md lists all."
        message = f'there is no change kind "{kind}". {hint}'
        raise ValueError(message)
    return kind


class Route(BaseModel):
    """What one channel is told. A change must pass every list; empty lists mean any."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    channel: str = Field(description="The name of a configured channel.")
    min_level: Level = Field(default=Level.INFO, description="Nothing quieter is told.")
    levels: tuple[Level, ...] = Field(default=(), description="Only these levels; info alone makes a daily digest.")
    areas: tuple[Area, ...] = Field(default=(), description="Only changes of these areas.")
    kinds: tuple[Annotated[str, AfterValidator(_known)], ...] = Field(
        default=(), description="Only changes of these kinds, by id."
    )
    providers: tuple[str, ...] = Field(default=(), description="Only changes of these providers.")

    def concerns(self, kind: str, provider: str) -> bool:
        """Whether the route is for changes of this kind and provider, however loud."""
        return (
            (not self.areas or KINDS[kind].area in self.areas)
            and (not self.kinds or kind in self.kinds)
            and (not self.providers or provider in self.providers)
        )

    def takes(self, level: Level) -> bool:
        """Whether the route is for changes of this level."""
        return _RANK[level] >= _RANK[self.min_level] and (not self.levels or level in self.levels)


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


def decide(routing: Routing, *, channel: str, level: Level, kind: str, provider: str) -> Decision:
    """What a channel is told of a change."""
    if level is Level.NONE:
        return Muted("its level is none: recorded and never sent")
    if routing.routes:
        mine = [route for route in routing.routes if route.channel == channel]
        if not mine:
            return Muted("no route leads to this channel")
        fitting = [route for route in mine if route.concerns(kind, provider)]
        if not fitting:
            return Muted(f"no route of this channel takes {kind} of {provider or 'this provider'}")
        if not any(route.takes(level) for route in fitting):
            return Muted(f"no route of this channel takes {level.value} changes of this kind")
    return AtOnce() if _RANK[level] >= _RANK[Level.WARNING] else InDigest()


def next_digest(now: datetime, digest_at: time) -> datetime:
    """The next daily digest after `now`, in UTC."""
    today = datetime.combine(now.astimezone(UTC).date(), digest_at, tzinfo=UTC)
    return today if today > now else today + timedelta(days=1)
