"""What an answer's status and headers mean. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from urllib.parse import urlsplit

from monitor.fetch.model import FailureKind, FetchFailed, FetchOutcome

REDIRECTS = frozenset({301, 302, 303, 307, 308})
PERMANENT = frozenset({301, 308})

_READABLE = (
    "text/",
    "application/json",
    "application/ld+json",
    "application/xml",
    "application/xhtml+xml",
    "application/rss+xml",
    "application/atom+xml",
    "application/yaml",
    "application/x-yaml",
    "application/toml",
    "application/openapi",
    "application/vnd.oai.openapi",
)


def failure_of_status(status: int) -> FailureKind | None:
    """Why a final status is no answer to believe, `None` for 200 and 304 (RFC 9110 section 15)."""
    match status:
        case 200 | 304:
            return None
        case 204 | 205:
            return FailureKind.EMPTY
        case 401 | 403 | 407 | 451:
            return FailureKind.BLOCKED
        case 404 | 410:
            return FailureKind.GONE
        case 408 | 504:
            return FailureKind.TIMEOUT
        case 429:
            return FailureKind.RATE_LIMITED
        case _ if 400 <= status < 500:
            return FailureKind.CLIENT_ERROR
        case _ if 500 <= status < 600:
            return FailureKind.SERVER_ERROR
    return FailureKind.INVALID_RESPONSE


def sentence_of_status(status: int) -> str:
    """The status in words, such as "The server answered 503 Service Unavailable"."""
    try:
        phrase = f" {HTTPStatus(status).phrase}"
    except ValueError:
        phrase = ""
    return f"The server answered {status}{phrase}."


def is_challenge(headers: Mapping[str, str], body: bytes) -> bool:
    """Whether a robot check stands in front of the page."""
    if headers.get("cf-mitigated", "").lower() == "challenge" or "x-vercel-challenge-token" in headers:
        return True
    start = body[:4096].lower()
    return b"<title>just a moment...</title>" in start or b"/cdn-cgi/challenge-platform/" in start


def with_move(answer: FetchOutcome, moved_to: str) -> FetchOutcome:
    """An answer with the address that permanent redirects led to; a failure stays what it is."""
    return answer if isinstance(answer, FetchFailed) else replace(answer, moved_to=moved_to)


def is_other_document(url: str, moved_to: str) -> bool:
    """Whether a permanent redirect leads to another document; another scheme or a slash at the end is none."""
    return _document(url) != _document(moved_to)


def _document(url: str) -> tuple[str, str, str]:
    parts = urlsplit(url)
    port = f":{parts.port}" if parts.port not in (None, 80, 443) else ""
    return f"{parts.hostname or ''}{port}", parts.path.rstrip("/"), parts.query


def is_readable(content_type: str) -> bool:
    """Whether we read documents of this media type; a missing type is judged by the bytes later."""
    media = content_type.partition(";")[0].strip().lower()
    return not media or media.startswith(_READABLE) or media.endswith(("+json", "+xml", "+yaml"))


def retry_after(value: str | None, now: datetime) -> timedelta | None:
    """`Retry-After` in either form, seconds or a date (RFC 9110 section 10.2.3); `None` when absent or unreadable."""
    if value is None:
        return None
    text = value.strip()
    if text.isascii() and text.isdigit():
        return timedelta(seconds=min(int(text[:9]), 10**8))
    try:
        at = parsedate_to_datetime(text)
    except ValueError:
        return None
    at = at.replace(tzinfo=UTC) if at.tzinfo is None else at
    return max(at - now, timedelta(0))


def max_age(headers: Mapping[str, str]) -> timedelta | None:
    """How long the server calls its answer fresh (RFC 9111 section 5.2.2.1), less its age; `None` when not said."""
    directives = [part.strip().lower() for part in headers.get("cache-control", "").split(",")]
    if "no-cache" in directives or "no-store" in directives:
        return None
    for directive in directives:
        name, _, value = directive.partition("=")
        value = value.strip('"')
        if name == "max-age" and value.isascii() and value.isdigit():
            age = headers.get("age", "").strip()
            spent = int(age[:9]) if age.isascii() and age.isdigit() else 0
            return timedelta(seconds=max(min(int(value[:9]), 10**8) - spent, 0))
    return None
