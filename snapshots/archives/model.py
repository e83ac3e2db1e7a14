"""The lines of a `headwater-jsonl` file as strict models: what a file may say, and how long each part may be.

A file comes from anywhere. Every text has a cap, every instant a zone, every word of a vocabulary is one we know. The
caps on names keep a row of the store's widest index under what PostgreSQL takes.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, ClassVar, Literal

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, model_validator

from snapshots.changes.catalogue import KINDS
from snapshots.changes.model import Area, Level
from snapshots.facts import Precision, name_key

FORMAT = "headwater-jsonl"
VERSION = 1
LARGEST_LINE = 1_000_000
_LARGEST_INTEGER = 2**31 - 1
_LONGEST_NAME_BYTES = 800


def _storable(value: str) -> str:
    if "\0" in value:
        message = "must not hold the character U+0000"
        raise ValueError(message)
    return value


def _name(value: str) -> str:
    if max(len(value.encode()), len(name_key(value).encode())) > _LONGEST_NAME_BYTES:
        message = f"is longer than {_LONGEST_NAME_BYTES} bytes"
        raise ValueError(message)
    return value


def _utc(value: datetime) -> datetime:
    # The first and the last year have instants that have no UTC form, or no next day.
    if not 1 < value.year < 9999:
        message = "is out of reach: years run from 2 to 9998"
        raise ValueError(message)
    return value.astimezone(UTC)


def _known_kind(value: str) -> str:
    if value not in KINDS:
        message = "is not a change kind of this headwater"
        raise ValueError(message)
    return value


def _predicate(value: str) -> str:
    area, dot, attribute = value.partition(".")
    if area not in set(Area) or not dot or not attribute:
        message = "is not area.attribute with an area of the change catalogue"
        raise ValueError(message)
    return value


Text = Annotated[str, Field(max_length=100_000), AfterValidator(_storable)]
Short = Annotated[str, Field(max_length=2_000), AfterValidator(_storable)]
Label = Annotated[str, Field(max_length=64), AfterValidator(_storable)]
Person = Annotated[str, Field(min_length=1, max_length=128), AfterValidator(_storable)]
Word = Annotated[str, Field(pattern=r"^[a-z][a-z-]{0,15}$")]
LongWord = Annotated[str, Field(pattern=r"^[a-z][a-z-]{0,31}$")]
Name = Annotated[str, Field(max_length=_LONGEST_NAME_BYTES), AfterValidator(_storable), AfterValidator(_name)]
SourceId = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$")]
PublicId = Annotated[str, Field(pattern=r"^[0-9a-z-]{4,16}$")]
WebAddress = Annotated[str, Field(max_length=8_192, pattern=r"^https?://[^\s\x00-\x1f\x7f]+$")]
Predicate = Annotated[str, Field(max_length=128), AfterValidator(_storable), AfterValidator(_predicate)]
ChangeKindId = Annotated[str, Field(max_length=64), AfterValidator(_known_kind)]
Digest = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
Number = Annotated[int, Field(ge=1, le=_LARGEST_INTEGER)]
Count = Annotated[int, Field(ge=0, le=_LARGEST_INTEGER)]
Instant = Annotated[AwareDatetime, AfterValidator(_utc)]
Confidence = Annotated[float, Field(ge=0, le=1)]
Detail = Annotated[
    dict[Label, Annotated[str, Field(max_length=10_000), AfterValidator(_storable)]], Field(max_length=64)
]


class Line(BaseModel):
    """Base of all lines; `record` says which one it is."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class Evidence(Line):
    """Where in the document it stands: the block's key, its heading path, the words."""

    block: Short
    heading: Annotated[list[Short], Field(max_length=64)]
    quote: Text


class HeaderLine(Line):
    """The first line. `counts` says how many lines of each record follow, so that a cut-off file is noticed."""

    record: Literal["header"]
    format: Literal["headwater-jsonl"]
    version: Literal[1]
    created_at: Instant
    software: Short
    counts: Annotated[dict[LongWord, Count], Field(max_length=16)]


class SourceLine(Line):
    """A source: its configuration as last known, and when it was looked at."""

    record: Literal["source"]
    id: SourceId
    kind: Label
    url: WebAddress
    provider: Annotated[str, Field(max_length=128), AfterValidator(_storable)]
    title: Short
    document: Label
    authoritative_for: Annotated[list[Area], Field(max_length=16)]
    interval_seconds: Count
    last_checked_at: Instant | None
    last_ok_at: Instant | None
    last_changed_at: Instant | None


class VersionLine(Line):
    """One kept version, without its bytes. `held` says why it is not believed."""

    record: Literal["version"]
    source: SourceId
    version: Number
    sha256: Digest
    size: Count
    text_sha256: Digest
    observed_at: Instant
    last_confirmed_at: Instant
    content_type: Short
    url: Annotated[str, Field(max_length=8_192), AfterValidator(_storable)]
    held: Text | None


class FactLine(Line):
    """A fact as one version states it, with both time axes and the times of our reading it."""

    record: Literal["fact"]
    source: SourceId
    version: Number
    subject: Name
    predicate: Predicate
    qualifier: Name
    value: Text | None
    value_key: Text
    detail: Detail
    valid_from: Instant | None
    valid_to: Instant | None
    observed_from: Instant
    observed_to: Instant | None
    read_at: Instant | None
    superseded_at: Instant | None
    precision: Precision
    confidence: Confidence
    evidence: Evidence


class ChangeLine(Line):
    """A judged difference between two versions of a source."""

    record: Literal["change"]
    id: PublicId
    fingerprint: Digest
    source: SourceId
    from_version: Number
    to_version: Number
    kind: ChangeKindId
    level: Level
    subject: Name
    attribute: Short
    qualifier: Name
    before: Text | None
    after: Text | None
    before_detail: Detail
    after_detail: Detail
    effective_at: Instant | None
    effective_precision: Precision
    detected_at: Instant
    confidence: Confidence
    evidence: Evidence
    correlation_key: Annotated[str, Field(pattern=r"^[0-9a-z-]{0,32}$")]
    state: Literal["unconfirmed", "open", "withdrawn"]
    origin: Literal["check", "reextract"]
    review_state: Word
    snoozed_until: Instant | None


class ClaimLine(Line):
    """One side of a conflict; part of its line."""

    source: SourceId
    version: Number
    value: Text | None
    value_key: Text
    detail: Detail
    valid_from: Instant | None
    precision: Precision
    evidence: Evidence


class ConflictLine(Line):
    """Claims that contradict each other while `closed_at` is null."""

    record: Literal["conflict"]
    id: PublicId
    scope: Annotated[str, Field(max_length=64), AfterValidator(_storable)]
    subject: Name
    predicate: Predicate
    qualifier: Name
    opened_at: Instant
    closed_at: Instant | None
    closed_why: LongWord | None
    review_state: Word
    snoozed_until: Instant | None
    claims: Annotated[list[ClaimLine], Field(max_length=256)]


class CorrectionLine(Line):
    """What a person says a source means. `number` counts the corrections of a file, for acknowledgements to name."""

    record: Literal["correction"]
    number: Number
    source: SourceId
    version: Number
    subject: Name
    predicate: Predicate
    qualifier: Name
    replaces_key: Text | None
    value: Text | None
    value_key: Text
    valid_from: Instant | None
    precision: Precision
    reason: Text
    actor: Person
    via: Word
    corrected_at: Instant
    withdrawn_at: Instant | None


class AcknowledgementLine(Line):
    """One decision or word of a person about a change, a conflict, a correction, or a source (with a version of it)."""

    record: Literal["acknowledgement"]
    at: Instant
    actor: Person
    via: Word
    action: Word
    change: PublicId | None
    conflict: PublicId | None
    correction: Number | None
    source: SourceId | None
    version: Number | None
    until: Instant | None
    text: Text

    about: ClassVar[tuple[str, ...]] = ("change", "conflict", "correction", "source")

    @model_validator(mode="after")
    def _one_thing(self) -> AcknowledgementLine:
        named = [name for name in self.about if getattr(self, name) is not None]
        if len(named) != 1:
            message = "must name one of change, conflict, correction and source"
            raise ValueError(message)
        if self.version is not None and self.source is None:
            message = "names a version without its source"
            raise ValueError(message)
        return self


Record = SourceLine | VersionLine | FactLine | ChangeLine | ConflictLine | CorrectionLine | AcknowledgementLine

LINES: dict[str, type[Record]] = {
    "source": SourceLine,
    "version": VersionLine,
    "fact": FactLine,
    "change": ChangeLine,
    "conflict": ConflictLine,
    "correction": CorrectionLine,
    "acknowledgement": AcknowledgementLine,
}
"""The records after the header, in the order in which a file holds them: what is referred to comes first."""
