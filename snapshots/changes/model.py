"""The values that describe a change: its kind's axes, and the change itself."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from snapshots.facts import EMPTY, Evidence, Precision, name_key

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


class Area(StrEnum):
    """What part of the provider's promise a change concerns."""

    ALIAS = "alias"
    LICENSE = "license"
    ENDPOINT = "endpoint"
    MODEL = "model"
    LIFECYCLE = "lifecycle"
    LIMIT = "limit"
    PRICE = "price"
    CAPABILITY = "capability"
    DOCUMENT = "document"


class Aspect(StrEnum):
    """What about it changed."""

    EXISTENCE = "existence"
    TARGET = "target"
    VALUE = "value"
    DATE = "date"
    REQUIREMENT = "requirement"


class Effect(StrEnum):
    """What the change does to those who rely on the thing."""

    BREAKS = "breaks"
    RESTRICTS = "restricts"
    WIDENS = "widens"
    NEUTRAL = "neutral"
    UNKNOWN = "unknown"


class Level(StrEnum):
    """How loud a change is told. Critical and warning are sent at once, info in the daily digest, none never."""

    CRITICAL = "critical"
    WARNING = "warning"
    INFO = "info"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Change:
    """One judged difference between two versions of a source.

    `kind` is an id of the catalogue. `subject` is the name as the document writes it, `attribute` the field's name,
    `qualifier` the band or scope; `before` and `after` are values as the document means them, `None` for nothing.
    `before_detail` and `after_detail` are the details of the two facts (`mode`, `currency`, `unit`, `until`).
    `effective_at` (UTC) is when the provider says it holds. `evidence` proves `after`, or `before` where something was
    removed. `removal` marks changes that rest on something being absent; they are confirmed by a second check.
    """

    kind: str
    subject: str
    attribute: str
    before: str | None
    after: str | None
    level: Level
    qualifier: str = ""
    before_detail: Mapping[str, str] = field(default_factory=lambda: EMPTY)
    after_detail: Mapping[str, str] = field(default_factory=lambda: EMPTY)
    effective_at: datetime | None = None
    effective_precision: Precision = Precision.UNKNOWN
    evidence: Evidence | None = None
    confidence: float = 1.0
    removal: bool = False

    @property
    def correlation_key(self) -> str:
        """Equal for the same upstream event seen in several sources: the name, the field and the new value.

        Of a time only the day counts, because one page says `2026-07-24` and another adds the minute.
        """
        after = self.after or ""
        value = after[:10] if _DAY.match(after) else name_key(after)
        ending = "removed" if self.kind.endswith("-removed") else ""
        parts = (name_key(self.subject), self.attribute, self.qualifier, value, ending)
        return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()[:16]

    def fingerprint(self, source_id: str, from_digest: bytes, to_digest: bytes, sequence: int) -> str:
        """The change's identity: the same difference between the same two versions of a source is one change.

        `sequence` is the number of the later version, because a source may go back and forth between two texts.
        """
        versions = (source_id, from_digest.hex(), to_digest.hex(), str(sequence))
        what = (self.kind, name_key(self.subject), self.attribute, self.qualifier, self.before or "", self.after or "")
        return hashlib.sha256("\x1f".join((*versions, *what)).encode()).hexdigest()
