"""Headers and credentials of a source: who receives them, and that nobody sees them."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from pathlib import Path

import pytest

from monitor.fetch.headers import HIDDEN
from monitor.fetch.model import Fetched, FetchFailed
from monitor.fetch.origin import own_headers
from snapshots.secrets import SecretError
from tests.integration.kinds.conftest import Get, good
from tests.support.upstream import Reply, Upstream, serving

KEY = "sk-very-secret-4711"
ENVIRON = {"ACME_KEY": KEY}


@pytest.fixture
def stranger() -> Iterator[Upstream]:
    with serving(Upstream()) as serves:
        yield serves


@pytest.mark.parametrize(
    ("credentials", "header", "value"),
    [
        ({"token_env": "ACME_KEY"}, "authorization", f"Bearer {KEY}"),
        ({"token_env": "ACME_KEY", "header": "x-api-key"}, "x-api-key", KEY),
        (
            {"token_env": "ACME_KEY", "username": "acme"},
            "authorization",
            "Basic " + base64.b64encode(f"acme:{KEY}".encode()).decode(),
        ),
        ({"token_file": "key.txt"}, "authorization", "Bearer from-a-file-0815"),
    ],
)
def test_a_secret_goes_to_its_origin(
    fetch: Get, upstream: Upstream, tmp_path: Path, credentials: dict[str, str], header: str, value: str
) -> None:
    (tmp_path / "key.txt").write_text("from-a-file-0815\n")
    upstream.text("/p", "<p>A page.</p>")
    own = {"headers": {"Accept-Language": "en"}, "credentials": credentials}
    good(fetch("web-page", url=f"{upstream.base}/p", environ=ENVIRON, **own))
    assert upstream.seen[0].headers[header] == value
    assert upstream.seen[0].headers["accept-language"] == "en"


def test_own_headers_stay_within_the_origin(fetch: Get, upstream: Upstream, stranger: Upstream) -> None:
    upstream.replies["/p"] = Reply(b"", 302, headers={"Location": "/q"})
    upstream.replies["/q"] = Reply(b"", 302, headers={"Location": f"{stranger.base}/p"})
    stranger.replies["/p"] = Reply(b"", 302, headers={"Location": f"{upstream.base}/end"})
    upstream.text("/end", "<p>A page.</p>")
    own = {"headers": {"X-Tenant": "acme"}, "credentials": {"token_env": "ACME_KEY"}}
    good(fetch("web-page", url=f"{upstream.base}/p", environ=ENVIRON, **own))
    assert [("authorization" in one.headers, "x-tenant" in one.headers) for one in upstream.seen] == [
        (True, True),
        (True, True),
        (False, False),
    ]
    (foreign,) = stranger.seen
    assert not {"authorization", "x-tenant"} & foreign.headers.keys()
    assert foreign.headers["user-agent"].startswith("headwater/")


@pytest.mark.parametrize(
    ("target", "kept"),
    [
        ("https://api.acme.example/other", True),
        ("https://API.acme.example:443/other", True),
        ("http://api.acme.example/", False),
        ("https://api.acme.example:8443/", False),
        ("https://acme.example/", False),
        ("https://api.acme.example.evil.example/", False),
    ],
)
def test_an_origin_is_scheme_host_and_port(target: str, kept: bool) -> None:
    assert bool(own_headers({"X": "y"}, "https://api.acme.example/v1", target)) is kept


@pytest.mark.parametrize("kind", ["web-page", "markdown-twin", "json", "model-list", "endpoint-probe", "feed"])
def test_an_answer_that_repeats_the_secret_is_masked(fetch: Get, upstream: Upstream, kind: str) -> None:
    body = {
        "feed": f"<rss><channel><title>{KEY}</title></channel></rss>",
        "web-page": f"<p>You sent {KEY}.</p>",
        "markdown-twin": f"# You sent {KEY}",
        "json": f'{{"you": "{KEY}"}}',
        "model-list": f'{{"data": [{{"id": "{KEY}"}}]}}',
        "endpoint-probe": f'{{"model": "{KEY}", "system_fingerprint": "{KEY}"}}',
    }[kind]
    media = {"web-page": "text/html", "markdown-twin": "text/markdown"}.get(kind, "application/json")
    upstream.text("/p", body, "application/xml" if kind == "feed" else media, etag=f'"{KEY}"')
    more = {"model": "acme-chat"} if kind == "endpoint-probe" else {}
    got = good(fetch(kind, url=f"{upstream.base}/p", environ=ENVIRON, credentials={"token_env": "ACME_KEY"}, **more))
    assert KEY not in repr(got)
    assert HIDDEN in got.body.decode()


def test_a_failure_that_repeats_the_secret_is_masked(fetch: Get, upstream: Upstream) -> None:
    upstream.replies["/p"] = Reply(b"", 302, headers={"Location": f"ftp://{KEY}/"})
    got = fetch("web-page", url=f"{upstream.base}/p", environ=ENVIRON, credentials={"token_env": "ACME_KEY"})
    assert isinstance(got, FetchFailed)
    assert KEY not in repr(got)
    assert HIDDEN in got.detail


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ("line\nbreak-secret", "cannot stand in a header"),
        ("schlüssel-secret", "cannot stand in a header"),
        (" padded-secret", "cannot stand in a header"),
        ("short", "fewer than 6 characters"),
        ("", "is not set"),
    ],
)
def test_what_cannot_be_a_secret_is_told_without_it(fetch: Get, upstream: Upstream, value: str, reason: str) -> None:
    with pytest.raises(SecretError, match=reason) as caught:
        fetch("web-page", url=f"{upstream.base}/p", environ={"K": value}, credentials={"token_env": "K"})
    assert not value or value not in str(caught.value)


def test_a_source_without_credentials_sends_none(fetch: Get, upstream: Upstream) -> None:
    upstream.text("/p", "<p>A page.</p>")
    assert isinstance(fetch("web-page", url=f"{upstream.base}/p", environ=ENVIRON), Fetched)
    assert "authorization" not in upstream.seen[0].headers
