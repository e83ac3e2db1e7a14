"""What is known of the servers we visit, shared by every worker, and of our own way to them."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from snapshots.tables.base import Base


class HostRow(Base):
    """One server: scheme, name and port, such as `https://docs.acme.example`.

    No source of it is claimed before `next_request_at` (the gap between two visits) and `wait_until` (`Retry-After`).
    `robots_state` is a word of `snapshots.hosts.RobotsState`; the text read at `robots_read_at` stays when a later
    attempt, `robots_tried_at`, finds the file unreachable. `crawl_delay` is in seconds, as the file asks.
    """

    __tablename__ = "hosts"

    name: Mapped[str] = mapped_column(String(300), primary_key=True)
    next_request_at: Mapped[datetime | None]
    wait_until: Mapped[datetime | None]
    wait_reason: Mapped[str] = mapped_column(Text, default="")
    robots_state: Mapped[str] = mapped_column(String(16), default="")
    robots_detail: Mapped[str] = mapped_column(Text, default="")
    robots_text: Mapped[str] = mapped_column(Text, default="")
    robots_tried_at: Mapped[datetime | None]
    robots_read_at: Mapped[datetime | None]
    crawl_delay: Mapped[float | None]


class OutageRow(Base):
    """A time in which nothing at all could be reached: our own network was down. Open while `ended_at` is NULL."""

    __tablename__ = "outages"

    id: Mapped[int] = mapped_column(primary_key=True)
    began_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    detail: Mapped[str] = mapped_column(Text)

    __table_args__ = (
        Index(
            "ix_outages_open",
            "id",
            sqlite_where=text("ended_at IS NULL"),
            postgresql_where=text("ended_at IS NULL"),
        ),
    )
