"""What telling rests on beside messages: incidents, silences, deadlines with their reminders, and every decision."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from snapshots.tables.base import Base, folded_subject


class IncidentRow(Base):
    """One upstream event, or one trouble of the service. `kind` is `change` or the kind of trouble.

    `key` names what it is about: of a trouble there is one open incident for each key. `grouped` is what the changes
    that opened it had in common.
    """

    __tablename__ = "incidents"

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(32))
    key: Mapped[str] = mapped_column(Text)
    grouped: Mapped[str] = mapped_column(Text, default="")
    level: Mapped[str] = mapped_column(String(16))
    opened_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]
    closed_why: Mapped[str | None] = mapped_column(String(32))
    flaps: Mapped[int] = mapped_column(default=0)

    __table_args__ = (
        Index(
            "uq_incidents_trouble",
            "key",
            unique=True,
            sqlite_where=text("closed_at IS NULL AND kind <> 'change'"),
            postgresql_where=text("closed_at IS NULL AND kind <> 'change'"),
        ),
        Index(None, "closed_at", "updated_at"),
    )


class SilenceRow(Base):
    """What is not told for a while. `matcher` is the JSON of a matcher; `expired_at` ends it before `until`."""

    __tablename__ = "silences"

    id: Mapped[int] = mapped_column(primary_key=True)
    matcher: Mapped[dict[str, Any]]
    until: Mapped[datetime]
    owner: Mapped[str] = mapped_column(String(128))
    comment: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime]
    expired_at: Mapped[datetime | None]


class DecisionRow(Base):
    """What became of a change, or of a notice or reminder (`change_id` NULL), on a channel, and by which rule.

    `outcome` is `at-once`, `digest`, `joined` or `kept`; `channel` is empty where no channel was chosen. `about` says
    what it was for a person.
    """

    __tablename__ = "decisions"

    id: Mapped[int] = mapped_column(primary_key=True)
    change_id: Mapped[int | None] = mapped_column(ForeignKey("changes.id"), index=True)
    about: Mapped[str] = mapped_column(Text)
    channel: Mapped[str] = mapped_column(String(128))
    outcome: Mapped[str] = mapped_column(String(16))
    path: Mapped[str] = mapped_column(Text)
    reason: Mapped[str] = mapped_column(Text)
    due: Mapped[datetime]
    decided_at: Mapped[datetime]
    silence_id: Mapped[int | None] = mapped_column(ForeignKey("silences.id"), index=True)
    incident_id: Mapped[int | None] = mapped_column(ForeignKey("incidents.id"), index=True)
    delivery_id: Mapped[str | None] = mapped_column(ForeignKey("deliveries.id"), index=True)


class DeadlineRow(Base):
    """An end of service of a name, which may move. `state` is `open` or `closed`; `ends` is NULL for words only.

    `stated` is what the source says (`2026-07-24`), `ends` the instant from which the thing is gone. An
    acknowledgement holds until the end comes earlier.
    """

    __tablename__ = "deadlines"

    id: Mapped[int] = mapped_column(primary_key=True)
    subject: Mapped[str] = mapped_column(Text)
    subject_key: Mapped[str] = mapped_column(Text, default=folded_subject, unique=True)
    ends: Mapped[datetime | None]
    stated: Mapped[str] = mapped_column(Text)
    precision: Mapped[str] = mapped_column(String(24))
    source_id: Mapped[str] = mapped_column(ForeignKey("sources.id"))
    quote: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(String(16))
    closed_why: Mapped[str | None] = mapped_column(String(32))
    owner: Mapped[str] = mapped_column(String(128), default="")
    acknowledged_by: Mapped[str | None] = mapped_column(String(128))
    acknowledged_at: Mapped[datetime | None]
    opened_at: Mapped[datetime]
    updated_at: Mapped[datetime]

    __table_args__ = (Index(None, "state", "ends"),)


class DeadlineMoveRow(Base):
    """A deadline's end was another one before. NULL is no end with a date."""

    __tablename__ = "deadline_moves"

    id: Mapped[int] = mapped_column(primary_key=True)
    deadline_id: Mapped[int] = mapped_column(ForeignKey("deadlines.id"), index=True)
    at: Mapped[datetime]
    was: Mapped[datetime | None]
    was_stated: Mapped[str] = mapped_column(Text)
    became: Mapped[datetime | None]
    became_stated: Mapped[str] = mapped_column(Text)
    source_id: Mapped[str] = mapped_column(ForeignKey("sources.id"))


class ReminderRow(Base):
    """A reminder of a deadline, `days` before its end. `state` is `pending`, `sent`, or `dropped` when not needed."""

    __tablename__ = "reminders"

    id: Mapped[int] = mapped_column(primary_key=True)
    deadline_id: Mapped[int] = mapped_column(ForeignKey("deadlines.id"), index=True)
    days: Mapped[int]
    due_at: Mapped[datetime]
    state: Mapped[str] = mapped_column(String(16))
    settled_at: Mapped[datetime | None]

    __table_args__ = (Index(None, "state", "due_at"),)
