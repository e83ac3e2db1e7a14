"""What versions say and how they differ: facts, changes, conflicts."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, Text, and_, text
from sqlalchemy.orm import Mapped, mapped_column

from snapshots.tables.base import Base, folded_subject

_CURRENT = "observed_to IS NULL AND superseded_at IS NULL"
_UNCONFIRMED = "state = 'unconfirmed'"
_ENDS = "predicate = 'lifecycle.retirement_date'"


class FactRow(Base):
    """A fact with both time axes, and with the times of our reading it.

    `observed_to` is NULL while the source says it. `read_at` is NULL when it was read as it was observed, else the
    instant a better extractor read it off an old version; `superseded_at` is the instant such a reading took its place.
    """

    __tablename__ = "facts"

    id: Mapped[int] = mapped_column(primary_key=True)
    source_id: Mapped[str] = mapped_column(ForeignKey("sources.id"))
    snapshot_id: Mapped[int] = mapped_column(ForeignKey("snapshots.id"))
    subject: Mapped[str] = mapped_column(Text)
    subject_key: Mapped[str] = mapped_column(Text, default=folded_subject)
    predicate: Mapped[str] = mapped_column(String(128))
    qualifier: Mapped[str] = mapped_column(Text)
    value: Mapped[str | None] = mapped_column(Text)
    value_key: Mapped[str] = mapped_column(Text)
    detail: Mapped[dict[str, Any]]
    valid_from: Mapped[datetime | None]
    valid_to: Mapped[datetime | None]
    valid_key: Mapped[str] = mapped_column(String(40))
    observed_from: Mapped[datetime]
    observed_to: Mapped[datetime | None]
    read_at: Mapped[datetime | None]
    superseded_at: Mapped[datetime | None]
    precision: Mapped[str] = mapped_column(String(24))
    confidence: Mapped[float]
    evidence_block: Mapped[str] = mapped_column(Text)
    evidence_heading: Mapped[list[str]]
    evidence_quote: Mapped[str] = mapped_column(Text)

    __table_args__ = (
        Index("ix_facts_subject_predicate", "subject_key", "predicate"),
        # What is believed now, without the history of a name: conflicts are looked for in every check that brings news.
        Index(
            "ix_facts_believed",
            "subject_key",
            "predicate",
            sqlite_where=text(_CURRENT),
            postgresql_where=text(_CURRENT),
        ),
        Index(
            "ix_facts_ends",
            "subject_key",
            sqlite_where=text(_ENDS),
            postgresql_where=text(_ENDS),
        ),
        Index(
            "uq_facts_current",
            "source_id",
            "subject_key",
            "predicate",
            "qualifier",
            "valid_key",
            unique=True,
            sqlite_where=text(_CURRENT),
            postgresql_where=text(_CURRENT),
        ),
    )


CURRENT_FACT = and_(FactRow.observed_to.is_(None), FactRow.superseded_at.is_(None))
"""The condition for what the sources are believed to say now."""


class ChangeRow(Base):
    """A judged difference. `public_id` is the short name people and links use.

    `state` is `unconfirmed` (rests on an absence that a second check has not confirmed), `open`, or `withdrawn`
    (what was missing came back). `review_state` and `snoozed_until` follow from the acknowledgements. `origin` is
    `check`, or `reextract` for what a better extractor found in versions that were there already; it is never sent.
    """

    __tablename__ = "changes"

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(String(16), unique=True)
    fingerprint: Mapped[str] = mapped_column(String(64), unique=True)
    source_id: Mapped[str] = mapped_column(ForeignKey("sources.id"))
    from_snapshot_id: Mapped[int] = mapped_column(ForeignKey("snapshots.id"))
    to_snapshot_id: Mapped[int] = mapped_column(ForeignKey("snapshots.id"))
    kind: Mapped[str] = mapped_column(String(64))
    level: Mapped[str] = mapped_column(String(16))
    subject: Mapped[str] = mapped_column(Text)
    subject_key: Mapped[str] = mapped_column(Text, default=folded_subject)
    attribute: Mapped[str] = mapped_column(Text)
    qualifier: Mapped[str] = mapped_column(Text)
    before: Mapped[str | None] = mapped_column(Text)
    after: Mapped[str | None] = mapped_column(Text)
    before_detail: Mapped[dict[str, Any]]
    after_detail: Mapped[dict[str, Any]]
    effective_at: Mapped[datetime | None]
    effective_precision: Mapped[str] = mapped_column(String(24))
    detected_at: Mapped[datetime]
    confidence: Mapped[float]
    evidence_block: Mapped[str] = mapped_column(Text)
    evidence_heading: Mapped[list[str]]
    evidence_quote: Mapped[str] = mapped_column(Text)
    correlation_key: Mapped[str] = mapped_column(String(32))
    state: Mapped[str] = mapped_column(String(16))
    origin: Mapped[str] = mapped_column(String(16), default="check", server_default="check")
    review_state: Mapped[str] = mapped_column(String(16), default="open", server_default="open")
    snoozed_until: Mapped[datetime | None]

    __table_args__ = (
        Index(None, "detected_at"),
        Index(None, "source_id", "detected_at"),
        Index(None, "subject_key", "detected_at"),
        Index(None, "review_state", "detected_at"),
        Index(None, "correlation_key"),
        Index(
            "ix_changes_unconfirmed",
            "source_id",
            sqlite_where=text(_UNCONFIRMED),
            postgresql_where=text(_UNCONFIRMED),
        ),
    )


class ConflictRow(Base):
    """Claims that contradict each other while `closed_at` is NULL; `closed_why` is a word of `snapshots.conflicts`.

    `scope` keeps apart what different providers say about the same name.
    """

    __tablename__ = "conflicts"

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(String(16), unique=True)
    scope: Mapped[str] = mapped_column(Text)
    subject: Mapped[str] = mapped_column(Text)
    subject_key: Mapped[str] = mapped_column(Text, default=folded_subject)
    predicate: Mapped[str] = mapped_column(String(128))
    qualifier: Mapped[str] = mapped_column(Text)
    opened_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]
    closed_why: Mapped[str | None] = mapped_column(String(32))
    review_state: Mapped[str] = mapped_column(String(16), default="open")
    snoozed_until: Mapped[datetime | None]

    __table_args__ = (
        Index(None, "opened_at"),
        Index(
            "uq_conflicts_current",
            "scope",
            "subject_key",
            "predicate",
            "qualifier",
            unique=True,
            sqlite_where=text("closed_at IS NULL"),
            postgresql_where=text("closed_at IS NULL"),
        ),
    )


class ConflictClaimRow(Base):
    """One side of a conflict, with the words that prove it."""

    __tablename__ = "conflict_claims"

    conflict_id: Mapped[int] = mapped_column(ForeignKey("conflicts.id"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    source_id: Mapped[str] = mapped_column(ForeignKey("sources.id"))
    snapshot_id: Mapped[int] = mapped_column(ForeignKey("snapshots.id"))
    value: Mapped[str | None] = mapped_column(Text)
    value_key: Mapped[str] = mapped_column(Text)
    detail: Mapped[dict[str, Any]]
    valid_from: Mapped[datetime | None]
    precision: Mapped[str] = mapped_column(String(24))
    evidence_block: Mapped[str] = mapped_column(Text)
    evidence_heading: Mapped[list[str]]
    evidence_quote: Mapped[str] = mapped_column(Text)
