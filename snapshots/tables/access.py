"""Who may come in beside the people that the configuration lists: programs, by tokens."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from snapshots.tables.base import DIGEST, Base


class ApiTokenRow(Base):
    """One token of a program. Only the SHA-256 digest is kept: a token is random, so nothing slower is needed.

    `name` stands in the trail of decisions; `scope` is a word of `snapshots.tokens.Scope`. NULL `expires_at` is never.
    """

    __tablename__ = "api_tokens"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(128))
    scope: Mapped[str] = mapped_column(String(16))
    digest: Mapped[bytes] = mapped_column(DIGEST, unique=True)
    created_by: Mapped[str] = mapped_column(String(128))
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]
