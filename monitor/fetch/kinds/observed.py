"""What headwater itself saw of an API, told in the document that is kept: addresses, statuses, headers.

Facts are read off documents, by one reading for old and new versions; so what came beside a body stands in the
document as the entry `headwater`. `monitor.extract.facts.observed` reads it.
"""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlsplit

from monitor.extract.document import Tree
from monitor.extract.facts.observed import ENTRY

__all__ = ["ENTRY", "operation", "shown", "signals"]

_LONGEST = 200


def signals(method: str, url: str, headers: Mapping[str, str]) -> dict[str, Tree]:
    """The operation and what its headers say of its end: `Deprecation` (RFC 9745) and `Sunset` (RFC 8594).

    Empty when the headers say nothing of that.
    """
    said: dict[str, Tree] = {name: shown(headers[name]) for name in ("deprecation", "sunset") if headers.get(name)}
    return {"operation": operation(method, url), **said} if said else {}


def operation(method: str, url: str) -> str:
    """`POST https://host/path`, without query."""
    parts = urlsplit(url)
    return f"{method} {parts.scheme}://{parts.netloc}{parts.path}"


def shown(value: str) -> str:
    """A word of the other side, short and on one line."""
    return "".join(character for character in value if character.isprintable())[:_LONGEST]
