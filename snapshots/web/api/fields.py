"""Types of what callers send: bounded, without characters that no store could keep, times in UTC."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

from fastapi import Path, Query
from pydantic import AfterValidator, BaseModel, ConfigDict, StringConstraints

LARGEST_NUMBER = 2**31 - 1
# PostgreSQL keeps no NUL, and no text of ours needs control characters.
_PLAIN = r"^[^\x00-\x1f\x7f-\x9f]*$"
_TEXT = r"^[^\x00-\x08\x0b-\x1f\x7f-\x9f]*$"


def _utc(at: datetime) -> datetime:
    if at.tzinfo is None:
        return at.replace(tzinfo=UTC)
    try:
        return at.astimezone(UTC)
    except OverflowError as error:
        raise ValueError("this instant lies outside the calendar") from error


Instant = Annotated[datetime, AfterValidator(_utc)]
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
