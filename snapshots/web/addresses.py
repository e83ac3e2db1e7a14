"""Addresses of our own pages."""

from __future__ import annotations

from urllib.parse import urlencode


def address(path: str, **query: object) -> str:
    """A path with the parts of a query that say something."""
    told = urlencode({name: str(value) for name, value in query.items() if value not in ("", None)})
    return f"{path}?{told}" if told else path
