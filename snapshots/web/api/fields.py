"""Types of what callers send: bounded, without characters that no store could keep, times in UTC."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

from fastapi import Path, Query
from pydantic import BaseModel, BeforeValidator, ConfigDict, StringConstraints, WithJsonSchema

LARGEST_NUMBER = 2**31 - 1
# PostgreSQL keeps no NUL, and no text of ours needs control characters.
_PLAIN = r"^[^\x00-\x1f\x7f-\x9f]*$"
_TEXT = r"^[^\x00-\x08\x0b-\x1f\x7f-\x9f]*$"


def _instant(text: object) -> datetime:
    try:
        at = datetime.fromisoformat(text if isinstance(text, str) else "")
        return at.astimezone(UTC) if at.tzinfo else at.replace(tzinfo=UTC)
    except (ValueError, OverflowError) as error:
        raise ValueError("write 2026-01-15 or 2026-01-15T12:00:00Z") from error


_WRITTEN = {"anyOf": [{"type": "string", "format": "date-time"}, {"type": "string", "format": "date"}]}
Instant = Annotated[datetime, BeforeValidator(_instant), WithJsonSchema(_WRITTEN, mode="validation")]
"""An instant; a day means its first moment, and UTC is taken where no zone is given."""
Word = Annotated[str, StringConstraints(max_length=200, pattern=_PLAIN)]
Name = Annotated[str, StringConstraints(min_length=1, max_length=400, pattern=_PLAIN)]
Text = Annotated[str, StringConstraints(max_length=4_000, pattern=_TEXT)]
Number = Annotated[int, Path(ge=1, le=LARGEST_NUMBER)]
Key = Annotated[str, Path(min_length=1, max_length=400, pattern=_PLAIN)]
Limit = Annotated[int, Query(ge=1, le=200, description="At most so many.")]
Cursor = Annotated[
    str, Query(max_length=1_000, pattern=r"^[A-Za-z0-9_-]*$", description="The `next` of the page before; opaque.")
]


class Out(BaseModel):
    """What is answered."""

    model_config = ConfigDict(frozen=True)


class In(BaseModel):
    """What is sent; fields that are none are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid")
