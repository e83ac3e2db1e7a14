"""The fetcher: one request at a time to its end, with caps on everything the other side decides."""

from __future__ import annotations

import ssl
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from importlib.metadata import version
from pathlib import Path
from types import TracebackType
from typing import Self

import httpx2

from monitor.fetch.classify import (
    REDIRECTS,
    failure_of_status,
    is_challenge,
    is_readable,
    max_age,
    retry_after,
    sentence_of_status,
    with_move,
)
from monitor.fetch.coding import ACCEPTED, UnpackError, unpack
from monitor.fetch.failures import UNPRINTABLE, NoAnswerError, failure_of, shown
from monitor.fetch.guard import Deadline, DeadlineError, GuardedBackend, Network
from monitor.fetch.model import FailureKind, Fetched, FetchFailed, FetchOutcome, NotModified, Request
from monitor.fetch.proxy import Proxy, check_target
from monitor.fetch.redirects import Trail, trail_from
from monitor.fetch.resolve import Resolver, system_resolver
from monitor.fetch.robots import MOST_BYTES, RobotsAnswer
from monitor.fetch.transport import GuardedTransport
from snapshots.clock import Clock, SystemClock

_CONNECTIONS = 64
# What is read of a robots.txt ends at `MOST_BYTES`; a piece of it may be larger than that.
_MOST_ROBOTS = 8 * MOST_BYTES
# A body of an error page up to this size costs less than a new connection.
_WORTH_READING = 65_536
# No honest validator or media type is longer.
_LONG = 1_000
_KEPT_HEADERS = (
    "date",
    "etag",
    "last-modified",
    "content-type",
    "cache-control",
    "content-language",
    "deprecation",
    "sunset",
    "location",
)


@dataclass(frozen=True, slots=True)
class Limits:
    """What one answer may cost: time from the first byte sent, and bytes of the body after decompression."""

    timeout: timedelta = timedelta(seconds=30)
    max_bytes: int = 4_000_000


class Fetcher:
    """Fetches documents. Safe to share between threads; close it when done."""

    def __init__(
        self,
        *,
        contact: str = "",
        limits: Limits | None = None,
        allow_networks: Sequence[Network] = (),
        ca_file: Path | None = None,
        proxy: Proxy | None = None,
        clock: Clock | None = None,
        resolver: Resolver = system_resolver,
        deadline: Deadline | None = None,
    ) -> None:
        """`contact` is named in the User-Agent; `allow_networks` are private networks that may be reached.

        All requests go through `proxy` where one is given; its own address is checked like any other.
        """
        self.limits = limits or Limits()
        self.user_agent = user_agent(contact)
        self._clock = clock or SystemClock()
        self._deadline = deadline or Deadline()
        self._proxied = tuple(allow_networks) if proxy is not None else None
        self.backend = GuardedBackend(allowed=allow_networks, deadline=self._deadline, resolver=resolver)
        tls = ssl.create_default_context(cafile=str(ca_file) if ca_file else None)
        self._client = httpx2.Client(
            transport=GuardedTransport(self.backend, tls=tls, connections=_CONNECTIONS, proxy=proxy),
            headers={
                "User-Agent": self.user_agent,
                "Accept": "text/html, text/markdown, */*;q=0.5",
                "Accept-Encoding": ACCEPTED,
            },
            timeout=httpx2.Timeout(self.limits.timeout.total_seconds()),
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
        self._deadline.start(self.limits.timeout.total_seconds())
        try:
            return self._get(request)
        except NoAnswerError as failure:
            return FetchFailed(failure.kind, failure.detail, retry_after=failure.after, duration_ms=self._spent())

    def robots(self, url: str) -> RobotsAnswer:
        """Get a robots.txt: whatever its type, up to the size that must be read."""
        self._deadline.start(self.limits.timeout.total_seconds())

        def ask(trail: Trail) -> AbstractContextManager[httpx2.Response]:
            return self._client.stream("GET", trail.url, headers={"Accept": "text/plain, */*;q=0.5"})

        try:
            with self._followed(url, ask) as (response, _):
                status = response.status_code
                return RobotsAnswer(status, self._beginning(response) if status == 200 else b"")
        except NoAnswerError as failure:
            return RobotsAnswer(None, detail=failure.detail, kind=failure.kind)

    @contextmanager
    def _followed(
        self,
        url: str,
        ask: Callable[[Trail], AbstractContextManager[httpx2.Response]],
        kept: frozenset[int] = frozenset(),
    ) -> Iterator[tuple[httpx2.Response, Trail]]:
        """The answer at the end of all redirects but the `kept` ones, open to be read, and the way that led to it.

        Raises:
            NoAnswerError: there is none, or what broke while it was read.
        """
        trail = trail_from(url)
        try:
            while True:
                self._check(trail.url)
                with ask(trail) as response:
                    if response.status_code not in REDIRECTS - kept:
                        yield response, trail
                        return
                    trail = trail.followed(response.status_code, response.headers.get("location"))
                    self._drain(response)
        except NoAnswerError:
            raise
        except Exception as error:
            if (failure := failure_of(error, trail.url)) is None:
                raise
            raise failure from error

    def _check(self, url: str) -> None:
        """Behind a proxy the backend sees the proxy's address only."""
        if self._proxied is not None:
            check_target(url, self._proxied)

    def _beginning(self, response: httpx2.Response) -> bytes:
        chunks, size = [], 0
        for chunk in self._plain(response, _MOST_ROBOTS):
            chunks.append(chunk)
            size += len(chunk)
            if size > MOST_BYTES:
                break
        return b"".join(chunks)

    def _spent(self) -> int:
        return int(self._deadline.elapsed() * 1000)

    def _get(self, request: Request) -> FetchOutcome:
        # The validators go back byte for byte as they came (RFC 9110 section 13.1).
        known = (("If-None-Match", request.etag), ("If-Modified-Since", request.last_modified))
        validators = [(name.encode(), value.encode("latin-1", "replace")) for name, value in known if value]
        own = [(name.encode(), value.encode()) for name, value in request.headers.items()]

        def ask(trail: Trail) -> AbstractContextManager[httpx2.Response]:
            self._ask_leave(trail.url, request)
            # What was left behind once is not sent again, though a later redirect may lead back: the address of that
            # hop was chosen by the stranger.
            sent = [*own, *validators] if trail.at_home else validators
            return self._client.stream(request.method, trail.url, headers=sent, content=request.content)

        with self._followed(request.url, ask, kept=request.answers) as (response, trail):
            answer = self._answer(response, trail.url, request, conditional=bool(validators))
        return answer if trail.moved_to is None else with_move(answer, trail.moved_to)

    def _ask_leave(self, url: str, request: Request) -> None:
        """Reading a robots.txt for it takes nothing from the time of the document."""
        with self._deadline.paused():
            refused = request.refusal(url)
        if refused is not None:
            raise NoAnswerError(refused.kind, refused.detail, refused.retry_after)

    def _answer(self, response: httpx2.Response, url: str, request: Request, *, conditional: bool) -> FetchOutcome:
        status, headers = response.status_code, response.headers
        wanted = status in request.answers
        failure = None if wanted else failure_of_status(status)
        if status == 304 and not conditional:
            failure = FailureKind.INVALID_RESPONSE
        after = retry_after(headers.get("retry-after"), self._clock.now())
        if status != 200 and not wanted:
            self._drain(response)
        if failure is not None:
            detail = sentence_of_status(status)
            return FetchFailed(
                failure, detail, status=status, final_url=url, retry_after=after, duration_ms=self._spent()
            )
        kept = {name: headers[name] for name in _KEPT_HEADERS if len(headers.get(name, "x" * _LONG)) < _LONG}
        validators = {"etag": _validator(response, b"etag"), "last_modified": _validator(response, b"last-modified")}
        if status == 304:
            return NotModified(
                status=status, final_url=url, max_age=max_age(headers), duration_ms=self._spent(), **validators
            )
        body = b"".join(self._plain(response, self.limits.max_bytes))
        content_type = shown(headers.get("content-type", ""))
        if is_challenge(headers, body):
            raise NoAnswerError(FailureKind.BLOCKED, "A robot check stands in front of the page.", after)
        if not body.strip() and not wanted:
            raise NoAnswerError(FailureKind.EMPTY, "The answer is empty.")
        if not is_readable(content_type) and not wanted:
            raise NoAnswerError(FailureKind.WRONG_TYPE, f"The answer is {content_type}, which is no document we read.")
        return Fetched(
            body=body,
            status=status,
            final_url=url,
            content_type=content_type,
            max_age=max_age(headers),
            duration_ms=self._spent(),
            headers=kept,
            **validators,
        )

    def _plain(self, response: httpx2.Response, most: int) -> Iterator[bytes]:
        """The unpacked body in pieces, whole or not at all."""
        packed = self._measured(response.iter_raw(), most)
        try:
            yield from self._measured(unpack(packed, response.headers.get("content-encoding", "")), most)
        except UnpackError as error:
            raise NoAnswerError(FailureKind.INVALID_RESPONSE, f"The answer {error}") from error

    def _measured(self, pieces: Iterable[bytes], most: int) -> Iterator[bytes]:
        """The pieces while they are within the limits, which hold for the packed form and for the plain one."""
        size = 0
        for piece in pieces:
            size += len(piece)
            if size > most:
                raise NoAnswerError(
                    FailureKind.TOO_LARGE, f"The answer is larger than {most:,} bytes (fetch.max_bytes)."
                )
            self._deadline.remaining()
            yield piece

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


def _validator(response: httpx2.Response, name: bytes) -> str | None:
    """A validator as it came, one character a byte; `None` for one that could not be sent back."""
    value = next((value for key, value in response.headers.raw if key.lower() == name), b"").decode("latin-1")
    return value if value and len(value) < _LONG and UNPRINTABLE.search(value) is None else None
