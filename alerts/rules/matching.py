"""What routes and silences look at, and how they choose. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from functools import lru_cache
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema

from snapshots.changes.catalogue import KINDS
from snapshots.changes.model import Area, Level
from snapshots.facts import EMPTY, name_key
from snapshots.review import ReviewState

SELF = "headwater"
"""The area of what headwater tells of itself."""
REMINDER, PASSED = "deadline-reminder", "deadline-passed"
OWN_KINDS: Mapping[str, str] = {
    REMINDER: Area.LIFECYCLE,
    PASSED: Area.LIFECYCLE,
    "source-failing": SELF,
    "source-recovered": SELF,
    "network-down": SELF,
    "network-up": SELF,
    "channel-failing": SELF,
    "channel-recovered": SELF,
    "checks-stale": SELF,
    "checks-resumed": SELF,
}
"""What is told beside changes, with its area."""

_AREAS = (*Area, SELF)


@dataclass(frozen=True, slots=True)
class Facts:
    """One thing to tell, as rules see it. `review` is where its review stands; `owner` that of a deadline."""

    kind: str
    level: Level
    provider: str = ""
    source: str = ""
    subject: str = ""
    labels: Mapping[str, str] = field(default_factory=lambda: EMPTY)
    review: ReviewState = ReviewState.OPEN
    relied_on: bool = False
    owner: str = ""

    @property
    def area(self) -> str:
        """The area of its kind."""
        return KINDS[self.kind].area if self.kind in KINDS else OWN_KINDS[self.kind]


def _listed(value: object) -> object:
    return (value,) if isinstance(value, str) else value


def _known_kind(kind: str) -> str:
    known = (*KINDS, *OWN_KINDS)
    if kind not in known:
        near = get_close_matches(kind, known, n=1)
        hint = f'Did you mean "{near[0]}"?' if near else "docs/changes.md lists all."
        message = f'there is no change kind "{kind}". {hint}'
        raise ValueError(message)
    return kind


def _known_area(area: str) -> str:
    if area not in _AREAS:
        message = f'there is no area "{area}". There are {", ".join(_AREAS)}.'
        raise ValueError(message)
    return area


def several(schema: Mapping[str, object] | None = None) -> WithJsonSchema:
    """The JSON Schema of a field that takes one word or a list of them."""
    one = {"type": "string", **(schema or {})}
    return WithJsonSchema({"anyOf": [one, {"type": "array", "items": one}]})


Words = Annotated[tuple[str, ...], BeforeValidator(_listed), several()]
Kinds = Annotated[
    tuple[Annotated[str, AfterValidator(_known_kind)], ...],
    BeforeValidator(_listed),
    several({"enum": [*KINDS, *OWN_KINDS]}),
]
Areas = Annotated[
    tuple[Annotated[str, AfterValidator(_known_area)], ...], BeforeValidator(_listed), several({"enum": list(_AREAS)})
]
Levels = Annotated[tuple[Level, ...], BeforeValidator(_listed), several({"enum": list(Level)})]
Reviews = Annotated[tuple[ReviewState, ...], BeforeValidator(_listed), several({"enum": list(ReviewState)})]


class Matcher(BaseModel):
    """What is taken. Every key that is given must fit; of several values of a key one is enough."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    area: Areas = Field(default=(), description="Areas of change kinds; `headwater` for what it tells of itself.")
    kind: Kinds = Field(default=(), description="Kinds, by id.")
    level: Levels = Field(default=(), description="Levels, as the user's own `severity` and `relies_on` make them.")
    provider: Words = Field(default=(), description="Providers.")
    source: Words = Field(default=(), description="Source ids; `*` and `?` stand for any characters.")
    subject: Words = Field(default=(), description="Names; case and hyphens do not matter, `*` and `?` are wild.")
    labels: dict[str, str] = Field(default_factory=dict, description="Labels that the source must bear.")
    review: Reviews = Field(default=(), description="Where the review of the change stands.")
    owner: Words = Field(default=(), description="Owners of a deadline.")
    relied_on: bool | None = Field(default=None, description="Whether it concerns a name under `relies_on`.")

    @property
    def takes_all(self) -> bool:
        """Whether nothing is asked for."""
        return self == Matcher()

    def fits(self, facts: Facts) -> bool:
        """Whether it takes a thing."""
        return (
            (not self.area or facts.area in self.area)
            and (not self.kind or facts.kind in self.kind)
            and (not self.level or facts.level in self.level)
            and (not self.provider or facts.provider in self.provider)
            and (not self.source or _any_glob(self.source, facts.source))
            and (not self.subject or _any_glob(map(_folded_glob, self.subject), name_key(facts.subject)))
            and all(facts.labels.get(name) == value for name, value in self.labels.items())
            and (not self.review or facts.review in self.review)
            and (not self.owner or facts.owner in self.owner)
            and (self.relied_on is None or self.relied_on == facts.relied_on)
        )

    def written(self) -> dict[str, object]:
        """What was given, as JSON has it."""
        return self.model_dump(mode="json", exclude_defaults=True)

    def __str__(self) -> str:
        """As a person writes it on a line: `area=price,alias provider=acme`."""
        told = []
        for key, value in self.written().items():
            if isinstance(value, dict):
                told += [f"label:{name}={text}" for name, text in value.items()]
            else:
                told.append(f"{key}={','.join(value) if isinstance(value, list) else str(value).lower()}")
        return " ".join(told) or "everything"


GroupKey = Literal["provider", "source", "subject", "area", "kind", "level"]


def group_of(keys: Iterable[GroupKey], facts: Facts) -> tuple[str, ...]:
    """The values that what is told together has in common; without a provider a source is a group of its own."""
    values: dict[str, str] = {
        "provider": facts.provider or f"source {facts.source}",
        "source": facts.source,
        "subject": name_key(facts.subject),
        "area": facts.area,
        "kind": facts.kind,
        "level": facts.level,
    }
    return tuple(values[key] for key in keys)


def _any_glob(patterns: Iterable[str], text: str) -> bool:
    return any(_compiled(pattern).fullmatch(text) for pattern in patterns)


def _folded_glob(pattern: str) -> str:
    """The pattern folded like the names it is held against; `name_key` would drop a star as a mark of Markdown."""
    return "*".join("?".join(_folded_part(part) for part in piece.split("?")) for piece in pattern.split("*"))


def _folded_part(part: str) -> str:
    # The ends of a part are no ends of a name: their hyphens stay.
    return name_key(f"x{part}x")[1:-1]


@lru_cache(maxsize=1_024)
def _compiled(pattern: str) -> re.Pattern[str]:
    """A glob with two wildcards; `fnmatch` would also read brackets, which occur in names."""
    parts = [
        ".*" if run.startswith("*") else "." if run == "?" else re.escape(run) for run in re.split(r"(\*+|\?)", pattern)
    ]
    return re.compile("".join(parts), re.DOTALL)
