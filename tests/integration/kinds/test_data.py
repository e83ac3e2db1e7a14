"""Data files: JSON, YAML, OpenAPI and feeds, the part that is watched, and what is none of them."""

from __future__ import annotations

import json

import pytest

from monitor.fetch.jsonpath import PathError, nodes
from monitor.fetch.model import FailureKind, FetchFailed, NotModified
from tests.integration.kinds.conftest import Get, facts, failed, good
from tests.support.upstream import Upstream

MODELS: list[dict[str, object]] = [
    {"id": "acme-chat", "context_length": 65536, "pricing": {"prompt": 0.5}, "seen": 1},
    {"id": "acme-mini", "context_length": 8192, "pricing": {"prompt": 0.1}, "seen": 2},
]
UNSEEN = [{key: value for key, value in model.items() if key != "seen"} for model in MODELS]
LIST = {"generated_at": "2026-03-04T12:00:00Z", "data": MODELS}


def test_a_document_is_kept_as_it_came(fetch: Get, upstream: Upstream) -> None:
    upstream.text("/d", json.dumps(LIST), "text/plain; charset=utf-8", etag='"1"')
    got = good(fetch("json", url=f"{upstream.base}/d"))
    assert (json.loads(got.body), got.content_type) == (LIST, "application/json; charset=utf-8")
    assert facts(got)["acme-chat", "limit.context_window"] == "65536"
    assert isinstance(fetch("json", url=f"{upstream.base}/d", last=got), NotModified)


@pytest.mark.parametrize(
    ("select", "ignore", "watched"),
    [
        ("$.data", ["$.data[*].seen"], UNSEEN),
        ("$.data[?@.id == 'acme-mini']", [], MODELS[1]),
        ("$..context_length", [], [65536, 8192]),
        ("$.data[0].context_length", [], {"$.data[0].context_length": 65536}),
        ("$", ["$..seen", "$.generated_at", "$.data[1]"], {"data": UNSEEN[:1]}),
        ("$.data[*].id", ["$.data[0]", "$.data[0].id", "$.data[5]"], {"$.data[*].id": "acme-mini"}),
    ],
)
def test_only_what_is_selected_is_watched(
    fetch: Get, upstream: Upstream, select: str, ignore: list[str], watched: object
) -> None:
    upstream.json("/d", LIST)
    got = good(fetch("json", url=f"{upstream.base}/d", select=select, ignore=ignore))
    assert json.loads(got.body) == watched


def test_noise_and_the_order_of_keys_make_no_new_version(fetch: Get, upstream: Upstream) -> None:
    bodies = set()
    for stamp in ("a", "b"):
        value = {"generated_at": stamp, "data": MODELS}
        upstream.json("/d", value if stamp == "a" else dict(reversed(value.items())))
        bodies.add(good(fetch("json", url=f"{upstream.base}/d", ignore=["$.generated_at"])).body)
    assert len(bodies) == 1


def test_yaml_is_read_and_selected_the_same_way(fetch: Get, upstream: Upstream) -> None:
    upstream.text("/d.yaml", "models:\n  - id: acme-chat\n    context_length: 4096\nother: 2026-01-01\n", "text/plain")
    whole = good(fetch("yaml", url=f"{upstream.base}/d.yaml"))
    assert whole.content_type == "application/yaml"
    part = good(fetch("yaml", url=f"{upstream.base}/d.yaml", select="$.models"))
    assert json.loads(part.body) == [{"id": "acme-chat", "context_length": 4096}]


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        ("<html><title>x</title></html>", FailureKind.WRONG_TYPE),
        ('{"data": [', FailureKind.WRONG_TYPE),
        ("[" * 100_000, FailureKind.WRONG_TYPE),
        ('"text"', FailureKind.WRONG_TYPE),
        ('{"n": ' + "9" * 10_000 + "}", FailureKind.WRONG_TYPE),
        ('{"other": 1}', FailureKind.EMPTY),
    ],
)
def test_what_is_no_such_document_is_refused(fetch: Get, upstream: Upstream, body: str, kind: FailureKind) -> None:
    upstream.text("/d", body, "application/json")
    assert failed(fetch("json", url=f"{upstream.base}/d", select="$.data")) is kind


def test_a_path_that_costs_too_much_is_stopped(fetch: Get, upstream: Upstream) -> None:
    deep: dict[str, object] = {}
    for _ in range(60):
        deep = {"a": deep, "b": {}}
    upstream.json("/d", deep)
    got = fetch("json", url=f"{upstream.base}/d", select="$..*..*..*..*..*")
    assert failed(got) is FailureKind.TOO_LARGE
    assert isinstance(got, FetchFailed)
    assert "needs more than 300,000 steps or 2 seconds" in got.detail


def test_a_path_is_stopped_by_the_clock() -> None:
    ticks = iter(range(10_000))
    with pytest.raises(PathError, match="2 seconds"):
        list(nodes("$[*]", list(range(5_000)), lambda: float(next(ticks))))


OPENAPI = (
    "openapi: 3.1.0\ninfo: {title: Acme, version: '1'}\nservers: [{url: https://api.acme.example/v1}]\n"
    "paths:\n  /chat:\n    post:\n      operationId: chat\n"
)


@pytest.mark.parametrize(
    ("text", "sent", "kept"),
    [
        (OPENAPI, "text/plain; charset=utf-8", "application/yaml; charset=utf-8"),
        ('{"openapi": "3.1.0", "paths": {"/chat": {"post": {}}}}', "text/plain", "application/json"),
        ('{\n "paths": {"/chat": {"post": {}}},\n "swagger": "2.0"}', "application/json", "application/json"),
    ],
)
def test_an_api_description_gives_operations(fetch: Get, upstream: Upstream, text: str, sent: str, kept: str) -> None:
    upstream.text("/openapi", text, sent)
    got = good(fetch("openapi", url=f"{upstream.base}/openapi"))
    assert (got.body.decode(), got.content_type) == (text, kept)
    assert facts(got)["POST /chat", "endpoint.operation"] == "/chat"


@pytest.mark.parametrize("text", ["<html><body>openapi: paths:</body></html>", '{"paths": {}}', "openapi: 3.1.0\n"])
def test_what_describes_no_api_is_refused(fetch: Get, upstream: Upstream, text: str) -> None:
    upstream.text("/openapi", text)
    assert failed(fetch("openapi", url=f"{upstream.base}/openapi")) is FailureKind.WRONG_TYPE


ATOM = (
    '<?xml version="1.0"?><feed xmlns="http://www.w3.org/2005/Atom"><title>Acme news</title>'
    "<updated>{}</updated><entry><title>acme-chat retires</title><updated>2026-03-01T00:00:00Z</updated>"
    "<content type='html'>&lt;p&gt;The model <code>acme-chat</code> will be retired on 2026-09-01.&lt;/p&gt;</content>"
    "</entry></feed>"
)


@pytest.mark.parametrize("sent", ["application/atom+xml", "text/html", "text/plain; charset=utf-8"])
def test_a_feed_is_read_whatever_it_is_called(fetch: Get, upstream: Upstream, sent: str) -> None:
    upstream.text("/feed", ATOM.format("2026-03-01T00:00:00Z"), sent)
    got = good(fetch("feed", url=f"{upstream.base}/feed"))
    assert "xml" in got.content_type
    assert facts(got)["acme-chat", "lifecycle.retirement_date"] == "2026-09-01"


@pytest.mark.parametrize("text", ["<html><link rel=alternate><p>News</p></html>", "<opml/>", "# News"])
def test_a_page_about_a_feed_is_no_feed(fetch: Get, upstream: Upstream, text: str) -> None:
    upstream.text("/feed", text, "application/xml")
    assert failed(fetch("feed", url=f"{upstream.base}/feed")) is FailureKind.WRONG_TYPE
