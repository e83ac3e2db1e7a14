"""The rows headwater keeps. DESIGN.md section 7 tells what each is for.

Times are UTC and timezone-aware in Python (`UtcDateTime`). Observer times are called `*_at`; provider times `valid_*`
and `effective_*`. Digests are 32-byte SHA-256 values.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, ClassVar

from sqlalchemy import (
    JSON,
    Dialect,
    ForeignKey,
    Index,
    LargeBinary,
    MetaData,
    String,
    Text,
    TypeDecorator,
    UniqueConstraint,
    text,
)
from sqlalchemy import DateTime as SqlDateTime
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

_NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}

DIGEST = LargeBinary(32)


class UtcDateTime(TypeDecorator[datetime]):
    """An instant. SQLite keeps no zone, so it is stored as UTC and given back as UTC; naive values are refused."""

    impl = SqlDateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Refuse naive instants, convert the rest to UTC."""
        if value is None:
            return None
        if value.tzinfo is None:
            message = f"naive datetime {value!r}: headwater stores instants in UTC only"
            raise ValueError(message)
        instant = value.astimezone(UTC)
        return instant.replace(tzinfo=None) if dialect.name == "sqlite" else instant

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Give every instant back in UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if dialect.name == "sqlite" else value.astimezone(UTC)


class Base(DeclarativeBase):
    """Common base; constraint names follow one convention so that migrations can name them."""

    metadata = MetaData(naming_convention=_NAMING)
    type_annotation_map: ClassVar[dict[Any, Any]] = {datetime: UtcDateTime(), dict[str, Any]: JSON(), list[str]: JSON()}


class SourceRow(Base):
    """One upstream document we watch: configuration as last reconciled, and what was learned about it."""

    __tablename__ = "sources"

    id: Mapped[str] = mapped_column(String(128), primary_key=True)
    kind: Mapped[str] = mapped_column(String(64))
    url: Mapped[str] = mapped_column(Text)
    provider: Mapped[str] = mapped_column(String(128))
    title: Mapped[str] = mapped_column(Text, default="")
    document: Mapped[str] = mapped_column(String(64), default="")
    authoritative_for: Mapped[list[str]]
    config_hash: Mapped[str] = mapped_column(String(64), default="")
    state: Mapped[str] = mapped_column(String(16), default="active")
    interval_seconds: Mapped[int]
    next_check_at: Mapped[datetime]
    next_check_reason: Mapped[str] = mapped_column(Text, default="")
    lease_owner: Mapped[str | None] = mapped_column(String(128))
    lease_until: Mapped[datetime | None]
    etag: Mapped[str | None] = mapped_column(Text)
    last_modified: Mapped[str | None] = mapped_column(Text)
    consecutive_failures: Mapped[int] = mapped_column(default=0)
    failing_since: Mapped[datetime | None]
    failing_kind: Mapped[str | None] = mapped_column(String(32))
    last_checked_at: Mapped[datetime | None]
    last_ok_at: Mapped[datetime | None]
    last_changed_at: Mapped[datetime | None]

    __table_args__ = (Index(None, "state", "next_check_at"),)


class CheckRow(Base):
    """One attempt to look at a source. `outcome` is a word of `CheckOutcomeKind`."""

    __tablename__ = "checks"

    id: Mapped[int] = mapped_column(primary_key=True)
    source_id: Mapped[str] = mapped_column(ForeignKey("sources.id"))
    scheduled_for: Mapped[datetime]
    started_at: Mapped[datetime]
    finished_at: Mapped[datetime]
    outcome: Mapped[str] = mapped_column(String(32))
    http_status: Mapped[int | None]
    final_url: Mapped[str | None] = mapped_column(Text)
    error_kind: Mapped[str | None] = mapped_column(String(32))
    error_detail: Mapped[str | None] = mapped_column(Text)
    body_bytes: Mapped[int | None]
    duration_ms: Mapped[int]
    snapshot_id: Mapped[int | None] = mapped_column(ForeignKey("snapshots.id"))

    __table_args__ = (UniqueConstraint("source_id", "scheduled_for"),)


class BlobRow(Base):
    """Bytes by content. `encoding` is `zstd` (a full keyframe) or `zstd-prefix` (against `base_digest`)."""

    __tablename__ = "blobs"

    digest: Mapped[bytes] = mapped_column(DIGEST, primary_key=True)
    size: Mapped[int]
    encoding: Mapped[str] = mapped_column(String(16))
    base_digest: Mapped[bytes | None] = mapped_column(ForeignKey("blobs.digest"))
    depth: Mapped[int]
    content: Mapped[bytes] = mapped_column(LargeBinary)


class SnapshotRow(Base):
    """One distinct version of a source. `held` names why a version is not believed (a shell, a mass removal)."""

    __tablename__ = "snapshots"

    id: Mapped[int] = mapped_column(primary_key=True)
    source_id: Mapped[str] = mapped_column(ForeignKey("sources.id"))
    sequence: Mapped[int]
    raw_digest: Mapped[bytes] = mapped_column(ForeignKey("blobs.digest"))
    text_digest: Mapped[bytes] = mapped_column(DIGEST)
    observed_at: Mapped[datetime]
    last_confirmed_at: Mapped[datetime]
    content_type: Mapped[str] = mapped_column(Text)
    final_url: Mapped[str] = mapped_column(Text)
    held: Mapped[str | None] = mapped_column(Text)

    __table_args__ = (UniqueConstraint("source_id", "sequence"), Index(None, "source_id", "raw_digest"))


class FactRow(Base):
    """A fact with both time axes. `observed_to` is NULL while we believe it."""

    __tablename__ = "facts"

    id: Mapped[int] = mapped_column(primary_key=True)
    source_id: Mapped[str] = mapped_column(ForeignKey("sources.id"))
    snapshot_id: Mapped[int] = mapped_column(ForeignKey("snapshots.id"))
    subject: Mapped[str] = mapped_column(Text)
    subject_key: Mapped[str] = mapped_column(Text)
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
    precision: Mapped[str] = mapped_column(String(24))
    confidence: Mapped[float]
    evidence_block: Mapped[str] = mapped_column(Text)
    evidence_heading: Mapped[list[str]]
    evidence_quote: Mapped[str] = mapped_column(Text)

    __table_args__ = (
        Index("ix_facts_subject_predicate", "subject_key", "predicate"),
        Index(
            "uq_facts_current",
            "source_id",
            "subject_key",
            "predicate",
            "qualifier",
            "valid_key",
            unique=True,
            sqlite_where=text("observed_to IS NULL"),
            postgresql_where=text("observed_to IS NULL"),
        ),
    )


class ChangeRow(Base):
    """A judged difference. `public_id` is the short name people and links use.

    `state` is `unconfirmed` (rests on an absence that a second check has not confirmed), `open`, or `withdrawn`
    (what was missing came back).
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

    __table_args__ = (
        Index(None, "source_id", "detected_at"),
        Index(None, "correlation_key"),
        Index(None, "state", "detected_at"),
    )


class OutboxEventRow(Base):
    """Something that happened and must be looked at by the alerts room; written in the transaction that made it so."""

    __tablename__ = "outbox_events"

    id: Mapped[int] = mapped_column(primary_key=True)
    topic: Mapped[str] = mapped_column(String(64))
    dedup_key: Mapped[str] = mapped_column(String(200), unique=True)
    payload: Mapped[dict[str, Any]]
    created_at: Mapped[datetime]
    processed_at: Mapped[datetime | None]

    __table_args__ = (
        Index(
            "ix_outbox_events_pending",
            "id",
            sqlite_where=text("processed_at IS NULL"),
            postgresql_where=text("processed_at IS NULL"),
        ),
    )


class DeliveryRow(Base):
    """One message to one channel. `state` is `pending`, `sent` or `dead`; `last_error` a sentence without secrets."""

    __tablename__ = "deliveries"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    channel: Mapped[str] = mapped_column(String(128))
    incident: Mapped[str] = mapped_column(String(64))
    kind: Mapped[str] = mapped_column(String(32))
    state: Mapped[str] = mapped_column(String(16))
    created_at: Mapped[datetime]
    next_attempt_at: Mapped[datetime]
    attempts: Mapped[int] = mapped_column(default=0)
    lease_owner: Mapped[str | None] = mapped_column(String(128))
    lease_until: Mapped[datetime | None]
    sent_at: Mapped[datetime | None]
    message_id: Mapped[str | None] = mapped_column(Text)
    last_error: Mapped[str | None] = mapped_column(Text)

    __table_args__ = (Index(None, "state", "next_attempt_at"), Index(None, "channel", "incident"))


class DeliveryChangeRow(Base):
    """Which changes a delivery tells. `role` is `told`, or `joined` when an earlier message already told the event."""

    __tablename__ = "delivery_changes"

    delivery_id: Mapped[str] = mapped_column(ForeignKey("deliveries.id"), primary_key=True)
    change_id: Mapped[int] = mapped_column(ForeignKey("changes.id"), primary_key=True)
    role: Mapped[str] = mapped_column(String(16), default="told")

    __table_args__ = (Index(None, "change_id"),)


class DeliveryAttemptRow(Base):
    """One try to send a delivery. `outcome` is `sent`, `retry` or `dead`; `reason` a word of the delivery reasons."""

    __tablename__ = "delivery_attempts"

    id: Mapped[int] = mapped_column(primary_key=True)
    delivery_id: Mapped[str] = mapped_column(ForeignKey("deliveries.id"), index=True)
    started_at: Mapped[datetime]
    finished_at: Mapped[datetime]
    outcome: Mapped[str] = mapped_column(String(16))
    reason: Mapped[str | None] = mapped_column(String(32))
    detail: Mapped[str | None] = mapped_column(Text)
    retry_at: Mapped[datetime | None]
