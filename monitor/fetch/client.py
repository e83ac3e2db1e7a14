"""The fetcher: one request at a time to its end, with caps on everything the other side decides."""

from __future__ import annotations

import ssl
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from importlib.metadata import version
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import urljoin, urlsplit

import httpx2

from monitor.fetch.classify import (
    REDIRECTS,
    failure_of_status,
    is_challenge,
    is_readable,
    max_age,
    retry_after,
    sentence_of_status,
)
from monitor.fetch.guard import (
    Deadline,
    DeadlineError,
    GuardedBackend,
    Network,
    RefusedAddressError,
    Resolver,
    UnresolvedError,
    system_resolver,
)
from monitor.fetch.model import FailureKind, Fetched, FetchFailed, FetchOutcome, NotModified, Request
from monitor.fetch.transport import GuardedTransport
from snapshots.clock import Clock, SystemClock

MOST_REDIRECTS = 5
_CONNECTIONS = 64
# A body of an error page up to this size costs less than a new connection.
_WORTH_READING = 65_536
_KEPT_HEADERS = (
    "date",
    "etag",
    "last-modified",
    "content-type",
    "cache-control",
    "content-language",
    "deprecation",
    "sunset",
)


@dataclass(frozen=True, slots=True)
class Limits:
    """What one answer may cost: time from the first byte sent, and bytes of the body after decompression."""

    timeout: timedelta = timedelta(seconds=30)
    max_bytes: int = 10_000_000


class _NoAnswerError(Exception):
    def __init__(self, kind: FailureKind, detail: str, after: timedelta | None = None) -> None:
        super().__init__(detail)
        self.kind, self.detail, self.after = kind, detail, after


class Fetcher:
    """Fetches documents. Safe to share between threads; close it when done."""

    def __init__(
        self,
        *,
        contact: str = "",
        limits: Limits | None = None,
        allow_networks: Sequence[Network] = (),
        ca_file: Path | None = None,
        clock: Clock | None = None,
        resolver: Resolver = system_resolver,
        deadline: Deadline | None = None,
    ) -> None:
        """`contact` is named in the User-Agent; `allow_networks` are private networks that may be reached."""
        self._limits = limits or Limits()
        self._clock = clock or SystemClock()
        self._deadline = deadline or Deadline()
        self.backend = GuardedBackend(allowed=allow_networks, deadline=self._deadline, resolver=resolver)
        tls = ssl.create_default_context(cafile=str(ca_file) if ca_file else None)
        self._client = httpx2.Client(
            transport=GuardedTransport(self.backend, tls=tls, connections=_CONNECTIONS),
            headers={"User-Agent": user_agent(contact), "Accept": "text/html, text/markdown, */*;q=0.5"},
            timeout=httpx2.Timeout(self._limits.timeout.total_seconds()),
            follow_redirects=False,
            trust_env=False,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close all connections."""
        self._client.close()

    def fetch(self, request: Request) -> FetchOutcome:
        """Get one document. Whatever the other side does comes back as a value."""
        started = self._deadline.monotonic()
        self._deadline.start(self._limits.timeout.total_seconds())

        def spent() -> int:
            return int((self._deadline.monotonic() - started) * 1000)

        try:
            return self._follow(request, spent)
        except _NoAnswerError as failure:
            kind, detail, after = failure.kind, failure.detail, failure.after
        except Exception as error:
            known = _failure_of(error, request.url)
            if known is None:
                raise
            kind, detail, after = *known, None
        return FetchFailed(kind, detail, retry_after=after, duration_ms=spent())

    def _follow(self, request: Request, spent: Callable[[], int]) -> FetchOutcome:
        headers = {}
        # The validators go back byte for byte as they came (RFC 9110 section 13.1).
        if request.etag:
            headers["If-None-Match"] = request.etag
        if request.last_modified:
            headers["If-Modified-Since"] = request.last_modified
        url = request.url
        for _ in range(MOST_REDIRECTS + 1):
            with self._client.stream("GET", url, headers=headers) as response:
                if response.status_code not in REDIRECTS:
                    return self._answer(response, url, spent, conditional=bool(headers))
                url = _next_hop(url, response.headers.get("location"))
                self._drain(response)
        raise _NoAnswerError(
            FailureKind.TOO_MANY_REDIRECTS, f"More than {MOST_REDIRECTS} redirects, the last to {url}."
        )

    def _answer(
        self, response: httpx2.Response, url: str, spent: Callable[[], int], *, conditional: bool
    ) -> FetchOutcome:
        status, headers = response.status_code, response.headers
        failure = failure_of_status(status)
        if status == 304 and not conditional:
            failure = FailureKind.INVALID_RESPONSE
        after = retry_after(headers.get("retry-after"), self._clock.now())
        if status != 200:
            self._drain(response)
        if failure is not None:
            detail = sentence_of_status(status)
            return FetchFailed(failure, detail, status=status, final_url=url, retry_after=after, duration_ms=spent())
        kept = {name: headers[name] for name in _KEPT_HEADERS if name in headers}
        validators = {"etag": headers.get("etag"), "last_modified": headers.get("last-modified")}
        if status == 304:
            return NotModified(
                status=status, final_url=url, max_age=max_age(headers), duration_ms=spent(), **validators
            )
        body = self._body(response)
        content_type = headers.get("content-type", "")
        if is_challenge(headers, body):
            raise _NoAnswerError(FailureKind.BLOCKED, "A robot check stands in front of the page.", after)
        if not body.strip():
            raise _NoAnswerError(FailureKind.EMPTY, "The answer is empty.")
        if not is_readable(content_type):
            raise _NoAnswerError(FailureKind.WRONG_TYPE, f"The answer is {content_type}, which is no document we read.")
        return Fetched(
            body=body,
            status=status,
            final_url=url,
            content_type=content_type,
            max_age=max_age(headers),
            duration_ms=spent(),
            headers=kept,
            **validators,
        )

    def _body(self, response: httpx2.Response) -> bytes:
        most = self._limits.max_bytes
        chunks, size = [], 0
        for chunk in response.iter_bytes():
            size += len(chunk)
            if size > most:
                raise _NoAnswerError(
                    FailureKind.TOO_LARGE, f"The answer is larger than {most:,} bytes (fetch.max_bytes)."
                )
            chunks.append(chunk)
            self._deadline.remaining()
        return b"".join(chunks)

    def _drain(self, response: httpx2.Response) -> None:
        """Read a short body that nobody wants: only a connection that was read to its end is used again."""
        left = _WORTH_READING
        # What breaks here breaks a connection only: the answer is known already.
        with suppress(DeadlineError, httpx2.TransportError):
            for chunk in response.iter_raw():
                left -= len(chunk)
                if left < 0:
                    return
                self._deadline.remaining()


def user_agent(contact: str) -> str:
    """Who we are, honestly, and where to complain."""
    agent = f"headwater/{version('headwater')}"
    return f"{agent} (+{contact})" if contact and contact.isascii() and contact.isprintable() else agent


def _next_hop(url: str, location: str | None) -> str:
    if not location:
        raise _NoAnswerError(FailureKind.INVALID_RESPONSE, f"{url} redirects without saying where.")
    target = urljoin(url, location)
    parts = urlsplit(target)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise _NoAnswerError(FailureKind.REFUSED, f"{url} redirects to {target[:200]}, which is not a web address.")
    if urlsplit(url).scheme == "https" and parts.scheme == "http":
        raise _NoAnswerError(FailureKind.REFUSED, f"{url} redirects to {target[:200]} without encryption.")
    return target


def _failure_of(error: Exception, url: str) -> tuple[FailureKind, str] | None:
    host = urlsplit(url).hostname or url
    match error:
        case RefusedAddressError():
            return FailureKind.REFUSED, str(error)
        case UnresolvedError():
            return FailureKind.DNS, str(error)
        case DeadlineError() | httpx2.TimeoutException():
            return FailureKind.TIMEOUT, f"{host} did not answer in time."
        case httpx2.ConnectError() if "CERTIFICATE" in str(error).upper() or "SSL" in str(error).upper():
            return FailureKind.TLS, f"The certificate of {host} is not trusted: {error}."
        case httpx2.ConnectError():
            return FailureKind.CONNECTION, f"{host} cannot be reached: {error}."
        case httpx2.NetworkError():
            return FailureKind.CONNECTION, f"The connection to {host} broke: {str(error) or 'no reason given'}."
        case httpx2.DecodingError():
            return FailureKind.INVALID_RESPONSE, f"{host} sent a body that does not decompress."
        case httpx2.ProtocolError() | httpx2.InvalidURL() | httpx2.UnsupportedProtocol():
            return FailureKind.INVALID_RESPONSE, f"{host} did not speak HTTP properly: {error}."
    return None
