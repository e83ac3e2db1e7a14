"""What a fetch gives: frozen values, the same for every source kind."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import TypeAlias

_NONE: Mapping[str, str] = MappingProxyType({})


class FailureKind(StrEnum):
    """Why there is no answer to believe. The words are those of `snapshots.outcome.Outcome`."""

    BLOCKED = "blocked"
    RATE_LIMITED = "rate-limited"
    GONE = "gone"
    EMPTY = "empty"
    WRONG_TYPE = "wrong-type"
    TOO_LARGE = "too-large"
    REFUSED = "refused"
    TIMEOUT = "timeout"
    DNS = "dns"
    TLS = "tls"
    CONNECTION = "connection"
    TOO_MANY_REDIRECTS = "too-many-redirects"
    CLIENT_ERROR = "client-error"
    SERVER_ERROR = "server-error"
    INVALID_RESPONSE = "invalid-response"


def _nothing_refused(_url: str) -> FetchFailed | None:
    return None


@dataclass(frozen=True, slots=True)
class Request:
    """What to get. `etag` and `last_modified` are the validators of the last good answer, byte for byte."""

    source_id: str
    url: str
    etag: str | None = None
    last_modified: str | None = None
    last_url: str = ""
    """Where the last good version came from; empty when there is none."""
    last_type: str = ""
    """Its media type."""
    headers: Mapping[str, str] = field(default_factory=lambda: _NONE, repr=False)
    """Headers of the source's own, secrets among them. They are sent to the origin of `url` and nowhere else."""
    method: str = "GET"
    content: bytes | None = None
    answers: frozenset[int] = frozenset()
    """Statuses that are an answer to keep, besides 200; a redirect among them is not followed."""
    refusal: Callable[[str], FetchFailed | None] = field(default=_nothing_refused, repr=False, compare=False)
    """Why an address is not to be fetched, `None` when it may be. Asked before each request that is made for this one:
    to `url`, to where redirects lead, and to what a kind gets besides."""


@dataclass(frozen=True, slots=True)
class Fetched:
    """A complete answer. `body` is decoded from its content coding; `headers` are the few worth keeping.

    `moved_to` is where permanent redirects led (301, 308) before any other kind of redirect.
    """

    body: bytes
    status: int
    final_url: str
    content_type: str
    etag: str | None = None
    last_modified: str | None = None
    max_age: timedelta | None = None
    duration_ms: int = 0
    moved_to: str | None = None
    headers: Mapping[str, str] = field(default_factory=lambda: _NONE)


@dataclass(frozen=True, slots=True)
class NotModified:
    """304: the version we have is the present one (RFC 9110 section 15.4.5). `moved_to` as in `Fetched`."""

    status: int
    final_url: str
    etag: str | None = None
    last_modified: str | None = None
    max_age: timedelta | None = None
    duration_ms: int = 0
    moved_to: str | None = None


@dataclass(frozen=True, slots=True)
class FetchFailed:
    """No answer to believe. `detail` is a sentence for people, without secrets."""

    kind: FailureKind
    detail: str
    status: int | None = None
    final_url: str | None = None
    retry_after: timedelta | None = None
    duration_ms: int = 0


FetchOutcome: TypeAlias = Fetched | NotModified | FetchFailed
