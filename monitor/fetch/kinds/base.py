"""What a source kind is: the model of its options, and how it gets an answer."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any, Generic, Protocol, TypeVar

from pydantic import Field

from monitor.config.base import WebAddress
from monitor.config.models import SourceConfig
from monitor.fetch.client import Fetcher
from monitor.fetch.headers import NO_HEADERS, Credentials, OwnHeaders, PlainHeaders, read_headers
from monitor.fetch.model import Fetched, FetchFailed, FetchOutcome, Request
from snapshots.clock import Clock, SystemClock


class HttpSource(SourceConfig):
    """What every source has that is reached by HTTP."""

    headers: PlainHeaders = Field(default={}, description="Further headers; sent to the source's own origin only.")
    credentials: Credentials | None = Field(default=None, description="A secret header, from outside of this file.")


class AddressedSource(HttpSource):
    """A source with an address of its own."""

    url: WebAddress = Field(description="The address of the document.")

    @property
    def address(self) -> str:
        """The address as it is written."""
        return self.url


def _nothing_spent(_source_id: str, _since: datetime) -> int:
    return 0


@dataclass(frozen=True, slots=True)
class Tools:
    """What a kind may use. `folder` is that of the configuration; `spent` counts a source's requests since a time."""

    fetcher: Fetcher
    clock: Clock = field(default_factory=SystemClock)
    folder: Path = Path()
    allow_folders: tuple[Path, ...] = ()
    max_bytes: int = 4_000_000
    spent: Callable[[str, datetime], int] = _nothing_spent


C = TypeVar("C", bound=SourceConfig)
C_contra = TypeVar("C_contra", bound=SourceConfig, contravariant=True)


class Get(Protocol[C_contra]):
    """Gets one document and brings it into the form that is kept; never raises for what the other side does."""

    def __call__(self, tools: Tools, config: C_contra, request: Request, /) -> FetchOutcome:
        """Fetch. `request.headers` already holds the source's own headers."""
        ...


@dataclass(frozen=True, slots=True)
class SourceKind(Generic[C]):
    """One kind: its name in the configuration, the model of its options and its fetch function.

    `crawls` says whether it looks at documents as robots do: an API that is called with a key of one's own is none of
    robots.txt's affairs (RFC 9309 section 1).
    """

    name: str
    model: type[C]
    get: Get[C]
    crawls: bool = True


def headers_of(config: SourceConfig, environ: Mapping[str, str], folder: Path) -> OwnHeaders:
    """The headers of one source, its secret read; a relative file starts at `folder`.

    Raises:
        SecretError: the secret cannot be read.
    """
    if not isinstance(config, HttpSource):
        return NO_HEADERS
    return read_headers(config.headers, config.credentials, environ, folder)


def opened(
    kind: SourceKind[Any], config: SourceConfig, tools: Tools, own: OwnHeaders = NO_HEADERS
) -> Callable[[Request], FetchOutcome]:
    """The fetch function of one source with its own headers. What comes back never shows its secret."""

    def fetch(request: Request) -> FetchOutcome:
        answer = kind.get(tools, config, replace(request, headers=own.headers) if own.headers else request)
        return _masked(answer, own) if own.secrets else answer

    return fetch


def _masked(answer: FetchOutcome, own: OwnHeaders) -> FetchOutcome:
    """The answer without the secret, wherever the other side repeated it."""
    match answer:
        case FetchFailed():
            url = own.masked(answer.final_url) if answer.final_url else answer.final_url
            return replace(answer, detail=own.masked(answer.detail), final_url=url)
        case Fetched():
            headers = {name: own.masked(value) for name, value in answer.headers.items()}
            body, url = own.masked_bytes(answer.body), own.masked(answer.final_url)
            content_type = own.masked(answer.content_type)
            answer = replace(answer, body=body, final_url=url, content_type=content_type, headers=headers)
        case _:
            answer = replace(answer, final_url=own.masked(answer.final_url))
    # A validator that repeats the secret is of no use: sent back masked it is another one.
    known = [value for value in (answer.etag, answer.last_modified) if value and own.masked(value) != value]
    return replace(answer, etag=None, last_modified=None) if known else answer


def accepting(request: Request, media: str) -> Request:
    """The request that asks for a media type, unless the source's own headers ask for another."""
    if any(name.lower() == "accept" for name in request.headers):
        return request
    return replace(request, headers={**request.headers, "Accept": media})
