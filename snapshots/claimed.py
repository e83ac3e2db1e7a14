"""A remembered fact as answers use it: the row with its source, and the questions every answer asks of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from snapshots.facts import Precision


@dataclass(frozen=True, slots=True)
class Claimed:
    """A remembered fact with where it comes from. `authority` is 1 when the source is authoritative for it.

    `read_at` and `superseded_at` bound the time in which this was our reading, where it was not read as it was seen.
    `by_hand` says who put this in the place of a wrong reading, and why; `None` for what was read.
    """

    subject: str
    predicate: str
    qualifier: str
    value: str | None
    value_key: str
    detail: Mapping[str, Any]
    valid_from: datetime | None
    valid_to: datetime | None
    observed_from: datetime
    observed_to: datetime | None
    precision: Precision
    confidence: float
    source: str
    snapshot: str
    quote: str
    heading: tuple[str, ...]
    authority: int = 0
    read_at: datetime | None = None
    superseded_at: datetime | None = None
    by_hand: str | None = None

    @property
    def start(self) -> datetime:
        """From when it holds: a dated statement from its effective time, another from when it was first seen."""
        return self.valid_from or self.observed_from

    def known(self, known_at: datetime) -> bool:
        """Whether this was read by then, and no better reading had taken its place."""
        read_at = self.read_at or self.observed_from
        return read_at <= known_at and (self.superseded_at is None or known_at < self.superseded_at)

    def holds(self, at: datetime) -> bool:
        """Whether it holds at an instant. A dated statement outlives the page's dropping it; another does not."""
        ends = self.valid_to if self.valid_from or self.valid_to else self.observed_to
        return self.start <= at and (ends is None or at < ends)
