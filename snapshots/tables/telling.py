"""What must be told and what was: the outbox, deliveries and their attempts."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from snapshots.tables.base import Base


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
    """One message to one channel. `state` is `pending`, `sent` or `dead`; `last_error` a sentence without secrets.

    `route` is the name of the rule it was made by, `grouped` what its changes have in common; `about` is what a message
    that tells no changes is about.
    """

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
    route: Mapped[str] = mapped_column(String(128), default="", server_default=text("''"))
    grouped: Mapped[str] = mapped_column(Text, default="", server_default=text("''"))
    about: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))

    __table_args__ = (Index(None, "state", "next_attempt_at"), Index(None, "channel", "incident"))


class DeliveryChangeRow(Base):
    """Which changes a delivery tells. `role` is `told`, or `joined` when an earlier message already told the event."""

    __tablename__ = "delivery_changes"

    delivery_id: Mapped[str] = mapped_column(ForeignKey("deliveries.id"), primary_key=True)
    change_id: Mapped[int] = mapped_column(ForeignKey("changes.id"), primary_key=True)
    role: Mapped[str] = mapped_column(String(16), default="told")

    __table_args__ = (Index(None, "change_id"),)


class DeliveryAttemptRow(Base):
    """One try to send a delivery. `outcome` is `sent`, `part`, `retry`, `held` or `dead`.

    `part` says that more of a long message is to follow, `held` that its channel was disabled; `reason` is a word of
    the delivery reasons.
    """

    __tablename__ = "delivery_attempts"

    id: Mapped[int] = mapped_column(primary_key=True)
    delivery_id: Mapped[str] = mapped_column(ForeignKey("deliveries.id"), index=True)
    started_at: Mapped[datetime]
    finished_at: Mapped[datetime]
    outcome: Mapped[str] = mapped_column(String(16))
    reason: Mapped[str | None] = mapped_column(String(32))
    detail: Mapped[str | None] = mapped_column(Text)
    retry_at: Mapped[datetime | None]


class DeliveryPartRow(Base):
    """A part of a delivery that was taken: one of a long message, or a recipient of a mail others are still to get."""

    __tablename__ = "delivery_parts"

    delivery_id: Mapped[str] = mapped_column(ForeignKey("deliveries.id"), primary_key=True)
    part: Mapped[str] = mapped_column(String(320), primary_key=True)
    message_id: Mapped[str] = mapped_column(Text)
    taken_at: Mapped[datetime]


class DeliveryDecisionRow(Base):
    """Which decisions of the review a delivery of the kind `decision` tells: one, or those taken with one stroke."""

    __tablename__ = "delivery_decisions"

    delivery_id: Mapped[str] = mapped_column(ForeignKey("deliveries.id"), primary_key=True)
    acknowledgement_id: Mapped[int] = mapped_column(ForeignKey("acknowledgements.id"), primary_key=True)

    __table_args__ = (Index(None, "acknowledgement_id"),)


class ChannelStateRow(Base):
    """How a channel fares. Nothing is sent to it before `free_at`, nor while `disabled_at` is set.

    `failures` counts those since the last message it took, `failing_since` is the first of them, with the latest
    `reason` and `detail` (a sentence without secrets). `told_at` is when people were told that it fails.
    """

    __tablename__ = "channel_state"

    channel: Mapped[str] = mapped_column(String(128), primary_key=True)
    free_at: Mapped[datetime]
    failures: Mapped[int] = mapped_column(default=0)
    failing_since: Mapped[datetime | None]
    reason: Mapped[str | None] = mapped_column(String(32))
    detail: Mapped[str | None] = mapped_column(Text)
    told_at: Mapped[datetime | None]
    disabled_at: Mapped[datetime | None]
