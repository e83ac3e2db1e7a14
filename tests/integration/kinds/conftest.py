"""A loopback upstream, and source kinds that fetch from it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import pytest

from monitor.extract.reading import Reading, read
from monitor.fetch.client import Fetcher
from monitor.fetch.kinds import KINDS
from monitor.fetch.kinds.base import Tools, headers_of, opened
from monitor.fetch.model import FailureKind, Fetched, FetchFailed, FetchOutcome, Request
from snapshots.clock import FixedClock
from tests.support.upstream import Upstream, serving

NOON = datetime(2026, 3, 4, 12, tzinfo=UTC)
Get = Callable[..., FetchOutcome]


@pytest.fixture
def upstream() -> Iterator[Upstream]:
    with serving(Upstream()) as serves:
        yield serves


@pytest.fixture
def tools(tmp_path: Path) -> Iterator[Tools]:
    with Fetcher(allow_networks=[ip_network("127.0.0.0/8")]) as fetcher:
        yield Tools(fetcher, FixedClock(NOON), tmp_path)


@pytest.fixture
def fetch(tools: Tools) -> Get:
    """Fetch a source of a kind as the pipeline does: `last` is the answer that was kept before."""

    def call(
        kind: str, *, last: FetchOutcome | None = None, environ: Mapping[str, str] | None = None, **options: Any
    ) -> FetchOutcome:
        config = KINDS[kind].model.model_validate({"id": "acme", "kind": kind, **options})
        request = Request("acme", config.address)
        if isinstance(last, Fetched):
            request = Request("acme", config.address, last.etag, last.last_modified, last.final_url, last.content_type)
        return opened(KINDS[kind], config, tools, headers_of(config, environ or {}, tools.folder))(request)

    return call


def good(answer: FetchOutcome) -> Fetched:
    assert isinstance(answer, Fetched), answer
    return answer


def failed(answer: FetchOutcome) -> FailureKind:
    assert isinstance(answer, FetchFailed), answer
    assert answer.detail.endswith((".", ")", "?"))
    return answer.kind


def reading(answer: FetchOutcome) -> Reading:
    got = good(answer)
    return read(got.body, got.content_type, url=got.final_url, today=NOON.date())


def facts(answer: FetchOutcome) -> dict[tuple[str, str], str | None]:
    """The facts of an answer by subject and predicate."""
    return {(fact.subject, fact.predicate): fact.value for fact in reading(answer).facts}
