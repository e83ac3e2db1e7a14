"""The vocabulary of what headwater knows: facts, their evidence, and the names they are about.

A fact is `(subject, predicate, qualifier, value)` read off one document. `predicate` is `area.attribute`, with the
areas of the change catalogue; the attribute is the field's usual name (`context_window`, `output_price`,
`retirement_date`). Well-known predicates:

| predicate | subject | value |
| --- | --- | --- |
| `model.listed` | a model's API id | `true`: the model has a row, column or section of its own |
| `model.version` | a model's API id | the version name shown for it (`DeepSeek-V4-Pro-0813`) when it is no alias |
| `alias.target` | the name people call | what answers, `None` when nothing does any more; `detail["mode"]` |
| `license.license` | a model, repository or `*` | SPDX id, or the provider's own name for the terms |
| `endpoint.base_url` | the URL | the URL; the qualifier names the API flavour |
| `endpoint.operation` | `POST /path` | `/path` |
| `price.<attribute>` | a model | number per one million tokens as text (`0.28`); `detail["currency"]`, `["unit"]` |
| `limit.<attribute>` | a model | as the page writes it (`128K`) |
| `capability.<attribute>` | a model | `true`, `false` or the words of the page |
| `lifecycle.<attribute>` | a model, alias or endpoint | ISO 8601 date or instant, status word, replacement name |

The qualifier is the band or scope (`off_peak`, `peak`, `batch`, `promo`, `scheduled.peak`, a platform, a plan); it is
empty by default and never `None`, because NULL in a unique index admits duplicates.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from functools import lru_cache
from types import MappingProxyType

EMPTY: Mapping[str, str] = MappingProxyType({})


class Precision(StrEnum):
    """How exactly a provider stated a time."""

    INSTANT = "instant"
    DAY = "day"
    MONTH = "month"
    QUARTER = "quarter"
    YEAR = "year"
    NOT_SOONER_THAN = "not-sooner-than"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Evidence:
    """Where in the document a fact was read: the block's stable key, its heading path and the words themselves."""

    block: str
    heading: tuple[str, ...]
    quote: str


@dataclass(frozen=True, slots=True)
class Fact:
    """One statement of one document.

    `value` is what the document means, as text (`0.28`, `128K`, `2026-07-24T15:59:00Z`, `true`); `None` says that the
    thing is stated not to exist any more. `value_key` is the form that is compared: two facts with equal keys say the
    same. `valid_from` and `valid_to` are the provider's times, UTC, `None` when not stated. `detail` holds what
    belongs to the value but is no fact of its own (`mode`, `currency`, `unit`, `until`).
    `confidence` runs from 0 to 1; what is under 0.8 is shown as probable.
    """

    subject: str
    predicate: str
    value: str | None
    evidence: Evidence
    qualifier: str = ""
    value_key: str = ""
    detail: Mapping[str, str] = field(default_factory=lambda: EMPTY)
    valid_from: datetime | None = None
    valid_to: datetime | None = None
    precision: Precision = Precision.UNKNOWN
    confidence: float = 1.0

    @property
    def area(self) -> str:
        """The part of the predicate before the dot: `alias`, `price`, ..."""
        return self.predicate.partition(".")[0]

    @property
    def attribute(self) -> str:
        """The part of the predicate after the dot: `target`, `output_price`, ..."""
        return self.predicate.partition(".")[2]

    @property
    def subject_key(self) -> str:
        """The folded subject, see `name_key`."""
        return name_key(self.subject)

    @property
    def key(self) -> tuple[str, str, str]:
        """What makes two facts rivals: folded subject, predicate, qualifier."""
        return (self.subject_key, self.predicate, self.qualifier)


_HYPHENS = dict.fromkeys(map(ord, "\u2010\u2011\u2012\u2013\u2014\u2212\ufe63\uff0d"), "-")
_RUNS = re.compile(r"[\s_-]+")
_LONGEST_NAME = 200
_INVISIBLE = dict.fromkeys(map(ord, "\u200b\u200c\u200d\u2060\ufeff\u00ad"))


def name_key(name: str) -> str:
    """Fold a name for comparison: Unicode hyphens, case, marks of Markdown, and runs of space, `_` and `-`.

    `DeepSeek V2.5` and `deepseek-v2.5` fold to the same key. Vendor prefixes and dates are kept: they may tell two
    models apart.
    """
    # The same few names are folded thousands of times a page; long texts are no names and would only fill the cache.
    return _remembered(name) if len(name) <= _LONGEST_NAME else _folded(name)


def _folded(name: str) -> str:
    text = name if name.isascii() else name.translate(_HYPHENS).translate(_INVISIBLE)
    text = text.replace("`", "").replace("*", "")
    return _RUNS.sub("-", text).strip("-").casefold()


_remembered = lru_cache(maxsize=8_192)(_folded)
