"""What people decided, append-only."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from snapshots.tables.base import Base, folded_subject


class CorrectionRow(Base):
    """What a person says a source means where it was read wrongly. Kept apart from what was read.

    It holds until `withdrawn_at`, and only while the reading is `replaces_key`, the wrong one; NULL says that nothing
    was read where something stands. `value` NULL says that what was read is not there at all.
    """

    __tablename__ = "corrections"

    id: Mapped[int] = mapped_column(primary_key=True)
    source_id: Mapped[str] = mapped_column(ForeignKey("sources.id"))
    snapshot_id: Mapped[int] = mapped_column(ForeignKey("snapshots.id"))
    subject: Mapped[str] = mapped_column(Text)
    subject_key: Mapped[str] = mapped_column(Text, default=folded_subject, index=True)
    predicate: Mapped[str] = mapped_column(String(128))
    qualifier: Mapped[str] = mapped_column(Text)
    replaces_key: Mapped[str | None] = mapped_column(Text)
    value: Mapped[str | None] = mapped_column(Text)
    value_key: Mapped[str] = mapped_column(Text)
    valid_from: Mapped[datetime | None]
    precision: Mapped[str] = mapped_column(String(24))
    reason: Mapped[str] = mapped_column(Text)
    actor: Mapped[str] = mapped_column(String(128))
    via: Mapped[str] = mapped_column(String(16))
    corrected_at: Mapped[datetime]
    withdrawn_at: Mapped[datetime | None]


class AcknowledgementRow(Base):
    """One decision or word of a person: who, when, through what. Append-only; `action` is a word of `snapshots.review`.

    It concerns one of: a change, a conflict, a correction, or a source with one of its versions (a pinned baseline).
    """

    __tablename__ = "acknowledgements"

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime]
    actor: Mapped[str] = mapped_column(String(128))
    via: Mapped[str] = mapped_column(String(16))
    action: Mapped[str] = mapped_column(String(16))
    change_id: Mapped[int | None] = mapped_column(ForeignKey("changes.id"), index=True)
    conflict_id: Mapped[int | None] = mapped_column(ForeignKey("conflicts.id"), index=True)
    correction_id: Mapped[int | None] = mapped_column(ForeignKey("corrections.id"))
    source_id: Mapped[str | None] = mapped_column(ForeignKey("sources.id"), index=True)
    snapshot_id: Mapped[int | None] = mapped_column(ForeignKey("snapshots.id"))
    until: Mapped[datetime | None]
    text: Mapped[str] = mapped_column(Text, default="")
