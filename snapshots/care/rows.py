"""Rows as JSON and back. Instants are ISO 8601 in UTC, bytes base64, everything else as JSON has it.

`to_json` takes what our own database gives. `from_json` takes what a file says, which may be anything.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, Column, Date, DateTime, Float, Integer, LargeBinary, String
from sqlalchemy.types import TypeEngine

from snapshots.tables import UtcDateTime

_LISTS = frozenset({"authoritative_for", "evidence_heading"})
_WIDTHS = ((BigInteger, 63), (Integer, 31))


class ValueRefusedError(ValueError):
    """A value does not fit its column; the message says what is expected, to follow the column's name."""


def to_json(value: object) -> object:
    """The JSON form of a value read from a column."""
    if isinstance(value, datetime):
        return value.isoformat().replace("+00:00", "Z")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, bytes):
        return base64.b64encode(value).decode("ascii")
    return value


def from_json(column: Column[Any], value: object, *, nul: bool) -> object:
    """The value for a column; `nul` says whether the database takes NUL characters in a text.

    Raises:
        ValueRefusedError: the value is not of the column's type.
    """
    if value is None:
        if column.nullable:
            return None
        message = "must not be null"
        raise ValueRefusedError(message)
    if isinstance(column.type, JSON):
        return _structure(column.name, value)
    return _reader(column.type)(column.type, value, nul)


def _reader(kind: TypeEngine[Any]) -> Callable[[Any, object, bool], object]:
    for type_, reader in _READERS:
        if isinstance(kind, type_):
            return reader
    message = f"is of a type that archives do not hold ({kind})"
    raise ValueRefusedError(message)


def _instant(_kind: object, value: object, _nul: bool) -> datetime:
    try:
        instant = datetime.fromisoformat(value if isinstance(value, str) else "")
        if instant.tzinfo is not None:
            return instant.astimezone(UTC)
    except (ValueError, OverflowError):
        pass
    message = "must be an instant with a zone, such as 2026-01-15T12:00:00Z"
    raise ValueRefusedError(message)


def _day(_kind: object, value: object, _nul: bool) -> date:
    try:
        return date.fromisoformat(value if isinstance(value, str) else "")
    except ValueError as error:
        message = "must be a day, such as 2026-01-15"
        raise ValueRefusedError(message) from error


def _bytes(_kind: object, value: object, _nul: bool) -> bytes:
    try:
        return base64.b64decode(value if isinstance(value, str) else "?", validate=True)
    except (binascii.Error, ValueError) as error:
        message = "must be bytes in base64"
        raise ValueRefusedError(message) from error


def _whole(kind: TypeEngine[Any], value: object, _nul: bool) -> int:
    bits = next(bits for type_, bits in _WIDTHS if isinstance(kind, type_))
    if isinstance(value, int) and not isinstance(value, bool) and -(1 << bits) <= value < 1 << bits:
        return value
    message = f"must be a whole number of at most {bits + 1} bits"
    raise ValueRefusedError(message)


def _number(_kind: object, value: object, _nul: bool) -> float:
    if isinstance(value, float) or (isinstance(value, int) and not isinstance(value, bool) and abs(value) < 1 << 53):
        return float(value)
    message = "must be a number"
    raise ValueRefusedError(message)


def _text(kind: String, value: object, nul: bool) -> str:
    if not isinstance(value, str):
        message = "must be a text"
    elif kind.length is not None and len(value) > kind.length:
        message = f"must have at most {kind.length} characters"
    elif "\0" in value and not nul:
        message = "holds a NUL character, which PostgreSQL does not take"
    elif not _is_unicode(value):
        message = "holds half a character"
    else:
        return value
    raise ValueRefusedError(message)


def _is_unicode(value: str) -> bool:
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True


def _structure(name: str, value: object) -> object:
    if name in _LISTS:
        if isinstance(value, list) and all(isinstance(one, str) for one in value):
            return value
        message = "must be a list of texts"
    else:
        if isinstance(value, dict):
            return value
        message = "must be an object"
    raise ValueRefusedError(message)


_READERS: tuple[tuple[type[TypeEngine[Any]], Callable[[Any, object, bool], object]], ...] = (
    (UtcDateTime, _instant),
    (DateTime, _instant),
    (Date, _day),
    (LargeBinary, _bytes),
    (Float, _number),
    (Integer, _whole),
    (String, _text),
)
