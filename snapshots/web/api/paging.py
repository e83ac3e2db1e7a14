"""Pages of lists: cursors that callers hand back unread, checked as strictly as any other input."""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Generic, TypeVar

from pydantic import Field
from starlette.requests import Request

from snapshots.web.api.fields import LARGEST_NUMBER, Out
from snapshots.web.contracts import NotUnderstoodError

T = TypeVar("T")
PAGE = 50
_NOT_PART = ("cursor", "limit")
_FOREIGN = "This cursor is not of this list. Begin without one; filters must stay the same."


class Page(Out, Generic[T]):
    """One page of a list."""

    items: list[T]
    next: str | None = Field(description="The `cursor` of the next page; null on the last one.")


def list_name(request: Request) -> str:
    """What tells lists apart: path and filters. A cursor is good for the list it was made by."""
    asked = sorted((name, value) for name, value in request.query_params.multi_items() if name not in _NOT_PART)
    return hashlib.sha256(repr((request.url.path, asked)).encode()).hexdigest()[:12]


def encode(request: Request, *place: str | int) -> str:
    """The cursor of a place in a list."""
    return base64.urlsafe_b64encode(json.dumps([list_name(request), *place]).encode()).decode().rstrip("=")


def decode(request: Request, cursor: str, *shape: type) -> tuple[Any, ...] | None:
    """The place that a cursor means, `None` for none; `shape` is the type of each of its parts.

    Raises:
        NotUnderstoodError: it was made by another list, or by nobody.
    """
    if not cursor:
        return None
    try:
        told = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except (ValueError, binascii.Error, RecursionError):
        told = None
    fits = isinstance(told, list) and len(told) == len(shape) + 1 and told[0] == list_name(request)
    if not fits or not all(_is(part, kind) for part, kind in zip(told[1:], shape, strict=True)):
        raise NotUnderstoodError(_FOREIGN)
    return tuple(told[1:])


def instant(text: str) -> datetime:
    """An instant that stands in a cursor.

    Raises:
        NotUnderstoodError: it is none.
    """
    try:
        at = datetime.fromisoformat(text)
    except ValueError as error:
        raise NotUnderstoodError(_FOREIGN) from error
    if at.tzinfo is None:
        raise NotUnderstoodError(_FOREIGN)
    return at


def _is(part: object, kind: type) -> bool:
    if kind is int:
        return type(part) is int and 0 <= part <= LARGEST_NUMBER
    return isinstance(part, kind)


def sliced(request: Request, cursor: str, limit: int, found: Sequence[T]) -> tuple[Sequence[T], str | None]:
    """A page of a list that is in memory as a whole, and the cursor of the next one."""
    place = decode(request, cursor, int)
    start = place[0] if place else 0
    end = start + limit
    return found[start:end], encode(request, end) if len(found) > end else None
