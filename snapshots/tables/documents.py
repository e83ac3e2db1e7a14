"""What we watch and what we got: sources, checks, bytes by content, versions."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import BigInteger, ForeignKey, Index, LargeBinary, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from snapshots.tables.base import DIGEST, Base


class SourceRow(Base):
    """One upstream document we watch: configuration as last reconciled, and what was learned about it.

    `host` is the `HostRow` the address belongs to, empty where it is on none. `failing_told_at` is when the alerts room
    was told that the source fails; `moved_to` the permanent address it was last found to redirect to.
    """

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
    failing_told_at: Mapped[datetime | None]
    host: Mapped[str] = mapped_column(String(300), default="", index=True)
    moved_to: Mapped[str | None] = mapped_column(Text)
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


class CheckDayRow(Base):
    """What the checks of one UTC day came to, kept after the checks themselves were let go by retention."""

    __tablename__ = "check_days"

    source_id: Mapped[str] = mapped_column(ForeignKey("sources.id"), primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    outcome: Mapped[str] = mapped_column(String(32), primary_key=True)
    checks: Mapped[int]
    duration_ms: Mapped[int] = mapped_column(BigInteger)


class BlobRow(Base):
    """Bytes by content. `encoding` is a word of `snapshots.blobs.Encoding`.

    A row without content remembers that the bytes existed: retention let them go, or they never came with an import.
    """

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

    __table_args__ = (UniqueConstraint("source_id", "sequence"),)
