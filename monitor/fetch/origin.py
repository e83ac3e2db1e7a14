"""Origins (RFC 6454): who may see the headers that belong to one source."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from urllib.parse import urlsplit

_PORTS = {"http": 80, "https": 443}
_NONE: Mapping[str, str] = MappingProxyType({})


def origin_of(url: str) -> tuple[str, str, int | None]:
    """Scheme, host and port of an address, the default port written out (RFC 6454 section 4)."""
    parts = urlsplit(url)
    return parts.scheme, (parts.hostname or "").lower(), parts.port or _PORTS.get(parts.scheme)


def own_headers(headers: Mapping[str, str], url: str, target: str) -> Mapping[str, str]:
    """What of a source's own headers goes along to `target`: all within the origin of `url`, nothing to another."""
    return headers if origin_of(url) == origin_of(target) else _NONE
