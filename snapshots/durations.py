"""Durations as people write them."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Annotated

from pydantic import BeforeValidator, PlainSerializer, WithJsonSchema

_UNITS = {
    "s": 1, "sec": 1, "second": 1, "seconds": 1,
    "m": 60, "min": 60, "minute": 60, "minutes": 60,
    "h": 3_600, "hour": 3_600, "hours": 3_600,
    "d": 86_400, "day": 86_400, "days": 86_400,
    "w": 604_800, "week": 604_800, "weeks": 604_800,
}  # fmt: skip
_DURATION = re.compile(r"(?:every\s+)?(?P<count>\d{1,6})?\s*(?P<unit>[a-z]+)", re.IGNORECASE)


def parse_duration(text: str) -> timedelta:
    """`30m`, `6 hours`, `every 5 minutes`, `every day`.

    Raises:
        ValueError: with a sentence that shows how to write one.
    """
    match = _DURATION.fullmatch(text.strip())
    unit = _UNITS.get(match["unit"].lower()) if match else None
    if match is None or unit is None or (match["count"] is None and not text.strip().lower().startswith("every")):
        message = f'"{text}" is not a duration. Write "5m", "6h", "1d" or "every 5 minutes".'
        raise ValueError(message)
    return timedelta(seconds=int(match["count"] or 1) * unit)


def _duration(value: object) -> object:
    return parse_duration(value) if isinstance(value, str) else value


Duration = Annotated[
    timedelta,
    BeforeValidator(_duration),
    PlainSerializer(lambda span: f"{int(span.total_seconds())}s", return_type=str),
    WithJsonSchema({"type": "string", "examples": ["5m", "6h", "1d"], "description": "A duration."}),
]
"""The field of a configuration that holds one."""
