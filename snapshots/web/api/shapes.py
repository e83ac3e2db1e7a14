"""Shapes that several resources answer with: changes, claims, decisions, comparisons."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Literal

from pydantic import Field

from snapshots.changes.catalogue import kind_of
from snapshots.changes.contract import change_to_json
from snapshots.changes.model import Area, Level
from snapshots.claimed import Claimed
from snapshots.diff.paging import Comparison
from snapshots.facts import Precision
from snapshots.journal import Entry
from snapshots.review import Action, Decided, Decision, ReviewState
from snapshots.web.api.fields import LARGEST_NUMBER, In, Instant, Out, Text
from snapshots.wording import words
from snapshots.wording.escape import plain, safe_url
from snapshots.wording.spans import text_of

MOST_ROWS = 400


class QuoteOut(Out):
    """Words of the source, as it wrote them, with the headings above them."""

    heading: list[str]
    quote: str


class ChangeOut(Out):
    """A recorded change. Values are the document's own words: show them as text, never as markup."""

    id: str
    sentence: str = Field(description="What changed, in words, without characters that show nothing.")
    kind: str
    area: Area
    level: Level
    subject: str
    attribute: str
    qualifier: str
    before: str | None
    after: str | None
    mode_before: str | None
    mode_after: str | None
    effective_at: str | None = Field(description="Since when it holds by the source's own words: a day or an instant.")
    effective_precision: Precision
    detected_at: datetime
    confidence: float
    evidence: QuoteOut | None
    source: str
    provider: str
    official_url: str
    from_version: int
    to_version: int
    state: str = Field(description="`open`, `unconfirmed` (an absence seen once) or `withdrawn`.")
    origin: str
    review_state: ReviewState
    snoozed_until: datetime | None


class DecisionOut(Out):
    """One decision or comment."""

    at: datetime
    actor: str
    via: str
    action: Action
    text: str
    until: datetime | None


class DecisionIn(In):
    """A decision. `snooze` needs `until`, `dismiss` and `comment` need `text`."""

    action: Literal["acknowledge", "dismiss", "snooze", "reopen", "comment"]
    text: Text = Field(default="", description="A reason or comment.")
    until: Instant | None = Field(default=None, description="End of a snooze.")


class VersionedDecisionIn(DecisionIn):
    """A decision about one thing."""

    version: int | None = Field(
        default=None,
        ge=0,
        le=LARGEST_NUMBER,
        description="The `version` that was looked at: with it a faster colleague's decision is answered with 409.",
    )


class DecidedOut(Out):
    """What came of a decision on one thing. `recorded` is false when it changed nothing."""

    id: str
    review_state: ReviewState
    recorded: bool


class ClaimOut(Out):
    """One statement of one source, with both time axes."""

    predicate: str
    qualifier: str
    value: str | None = Field(description="Null: stated not to exist any more.")
    detail: dict[str, Any]
    valid_from: datetime | None
    valid_to: datetime | None
    observed_from: datetime
    observed_to: datetime | None
    precision: Precision
    confidence: float
    source: str
    snapshot: str
    heading: list[str]
    quote: str
    by_hand: str | None


class PieceOut(Out):
    """Words of a line, and what became of them."""

    op: str
    text: str


class LineOut(Out):
    """One line of a comparison. A `fold` stands for `folded` lines without change."""

    kind: str
    before: str | None
    after: str | None
    pieces: list[PieceOut]
    folded: int


class ComparisonOut(Out):
    """Two versions line by line."""

    source: str
    from_version: int
    to_version: int
    differs: bool
    counts: dict[str, int]
    lines: list[LineOut]
    left_out: int = Field(description="How many lines stand behind those that are told.")


def change_out(entry: Entry, now: datetime) -> ChangeOut:
    """A change as it is answered."""
    return ChangeOut.model_validate(
        {
            **change_to_json(entry.change),
            "id": entry.public_id,
            "sentence": plain(text_of(words.short_title((entry,), now))),
            "area": kind_of(entry.change.kind).area,
            "effective_precision": entry.change.effective_precision,
            "detected_at": entry.detected_at,
            "confidence": entry.change.confidence,
            "source": entry.source_id,
            "provider": entry.provider,
            "official_url": safe_url(entry.url),
            "from_version": entry.from_version,
            "to_version": entry.to_version,
            "state": entry.state,
            "origin": entry.origin,
            "review_state": entry.review_at(now),
            "snoozed_until": entry.snoozed_until,
        }
    )


def decision_out(decision: Decision) -> DecisionOut:
    """A decision as it is answered."""
    return DecisionOut(
        at=decision.at,
        actor=decision.actor,
        via=decision.via,
        action=decision.action,
        text=decision.text,
        until=decision.until,
    )


def decided_out(decided: Decided) -> DecidedOut:
    """What came of a decision, as it is answered."""
    return DecidedOut(id=decided.public_id, review_state=decided.state, recorded=decided.recorded)


def claim_out(claim: Claimed) -> ClaimOut:
    """A statement as it is answered."""
    return ClaimOut(
        predicate=claim.predicate,
        qualifier=claim.qualifier,
        value=claim.value,
        detail=dict(claim.detail),
        valid_from=claim.valid_from,
        valid_to=claim.valid_to,
        observed_from=claim.observed_from,
        observed_to=claim.observed_to,
        precision=claim.precision,
        confidence=claim.confidence,
        source=claim.source,
        snapshot=claim.snapshot,
        heading=list(claim.heading),
        quote=claim.quote,
        by_hand=claim.by_hand,
    )


def comparison_out(found: Comparison, *, source: str, versions: Sequence[int]) -> ComparisonOut:
    """A comparison as it is answered, at most `MOST_ROWS` lines of it."""
    lines = [
        LineOut(
            kind=row.kind,
            before=row.before.text if row.before else None,
            after=row.after.text if row.after else None,
            pieces=[PieceOut(op=piece.op, text=piece.text) for piece in row.pieces],
            folded=row.folded,
        )
        for row in found.rows[:MOST_ROWS]
    ]
    return ComparisonOut(
        source=source,
        from_version=versions[0],
        to_version=versions[1],
        differs=found.differs,
        counts={kind.value: count for kind, count in found.counts.items()},
        lines=lines,
        left_out=max(0, len(found.rows) - MOST_ROWS),
    )
