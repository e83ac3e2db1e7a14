"""Routes: trees of rules that say which channel is told what, when and with what else. The models of the YAML."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import time, timedelta
from typing import Annotated, Self, TypeVar

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from alerts.rules.hours import DigestHours, QuietHours
from alerts.rules.matching import GroupKey, Levels, Matcher, Words
from snapshots.changes.model import Change, Level
from snapshots.durations import Duration
from snapshots.facts import EMPTY, name_key

_T = TypeVar("_T")
_LONGEST_WAIT = timedelta(days=1)


def _within_a_day(span: timedelta) -> timedelta:
    if not timedelta(0) <= span <= _LONGEST_WAIT:
        message = "a message waits a day at most. What may wait longer belongs into a digest."
        raise ValueError(message)
    return span


Wait = Annotated[Duration, AfterValidator(_within_a_day)]


class Route(BaseModel):
    """One rule, with the rules under it. What it does not say it has from the rule above.

    What the rule takes goes to the first rule under it that takes it too, and on to the next where that one says
    `continue`; where none does, it is told as this rule says.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    name: str = Field(default="", max_length=80, description="What messages and `alerts explain` call it.")
    match: Matcher = Field(default=Matcher(), description="What it takes; everything when left out.")
    channel: Words | None = Field(
        default=None, description="Names of configured channels, one or a list; an empty list tells nobody."
    )
    min_level: Level | None = Field(default=None, description="Nothing quieter is told. info by default.")
    at_once: Levels | None = Field(
        default=None, description="Levels told at once, the rest in the digest. critical and warning by default."
    )
    digest: DigestHours | None = Field(default=None, description="When the digest comes; daily at `digest_at`, UTC.")
    quiet_hours: QuietHours | None = Field(default=None, description="When nothing is sent at once. null: never.")
    group_by: Annotated[tuple[GroupKey, ...] | None, BeforeValidator(lambda v: (v,) if isinstance(v, str) else v)] = (
        Field(default=None, description="What is told in one message has these in common. provider by default.")
    )
    group_wait: Wait | None = Field(default=None, description="So long a message waits for more of its group. 0s.")
    group_interval: Wait | None = Field(
        default=None, description="So long after a message of an incident its next one waits. 0s."
    )
    owners: Words | None = Field(default=None, description="Who looks after it: owners of the deadlines it takes.")
    goes_on: bool = Field(default=False, alias="continue", description="Whether its next sibling is asked as well.")
    routes: tuple[Route, ...] = Field(default=(), description="Rules under this one.")

    @model_validator(mode="after")
    def _can_be_reached(self) -> Self:
        closed = next((i for i, route in enumerate(self.routes) if route.match.takes_all and not route.goes_on), None)
        if closed is not None and closed < len(self.routes) - 1:
            message = (
                f"routes[{closed + 1}] would never be asked: routes[{closed}] takes everything. "
                "Put it last, or give it `continue: true`."
            )
            raise ValueError(message)
        return self

    def each(self) -> Iterator[Route]:
        """The rule and all under it."""
        yield self
        for route in self.routes:
            yield from route.each()


_NINE = DigestHours()


@dataclass(frozen=True, slots=True)
class Settings:
    """What holds for what ends at a rule, after all that the rules above it say. `channels` of `None` are all."""

    channels: tuple[str, ...] | None = None
    min_level: Level = Level.INFO
    at_once: tuple[Level, ...] = (Level.CRITICAL, Level.WARNING)
    digest: DigestHours = _NINE
    quiet_hours: QuietHours | None = None
    group_by: tuple[GroupKey, ...] = ("provider",)
    group_wait: timedelta = timedelta(0)
    group_interval: timedelta = timedelta(0)
    owners: tuple[str, ...] = ()

    def under(self, route: Route) -> Settings:
        """The settings of a rule under the one these are of."""
        return Settings(
            channels=_own(route.channel, self.channels),
            min_level=_own(route.min_level, self.min_level),
            at_once=_own(route.at_once, self.at_once),
            digest=_own(route.digest, self.digest),
            quiet_hours=route.quiet_hours if "quiet_hours" in route.model_fields_set else self.quiet_hours,
            group_by=_own(route.group_by, self.group_by),
            group_wait=_own(route.group_wait, self.group_wait),
            group_interval=_own(route.group_interval, self.group_interval),
            owners=_own(route.owners, self.owners),
        )


def _own(given: _T | None, above: _T) -> _T:
    return above if given is None else given


REMIND_BEFORE = (90, 30, 7, 1)


@dataclass(frozen=True, slots=True)
class Routing:
    """All that decides who is told what. Each tree is asked; without any, every channel is told everything.

    `digest_at` is UTC, for rules that name no digest; `relies_on` are names, `labels` those of each source by its id;
    `remind_before` are days before an end of service.
    """

    routes: Sequence[Route] = ()
    digest_at: time = time(9, 0)
    relies_on: Iterable[str] = ()
    labels: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    remind_before: tuple[int, ...] = REMIND_BEFORE

    @property
    def digest(self) -> DigestHours:
        """When the digest comes where no rule says so."""
        return DigestHours(at=self.digest_at)

    def labels_of(self, source: str) -> Mapping[str, str]:
        """The labels of a source."""
        return self.labels.get(source, EMPTY)

    def relied_on(self, change: Change) -> bool:
        """Whether a change concerns a name that is relied on."""
        return concerns(change, self.relies_on)

    def reaches(self, channel: str) -> bool:
        """Whether any rule leads to a channel."""
        rules = [rule for route in self.routes for rule in route.each()]
        named = [rule.channel for rule in rules if rule.channel is not None]
        everybody = not self.routes or any(route.channel is None for route in self.routes)
        return everybody or any(channel in channels for channels in named)


def concerns(change: Change, names: Iterable[str]) -> bool:
    """Whether a change is about one of these names, or has one as its old or new value, in any spelling."""
    keys = {name_key(name) for name in names}
    return bool(keys & {name_key(name) for name in (change.subject, change.before or "", change.after or "")})
