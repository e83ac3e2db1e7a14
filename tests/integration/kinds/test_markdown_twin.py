"""A page in its Markdown form: where it is found, and that the form stays."""

from __future__ import annotations

import pytest

from monitor.fetch.model import FailureKind, Fetched, FetchFailed, NotModified
from tests.integration.kinds.conftest import Get, failed, good
from tests.support.upstream import Reply, Upstream

PAGE = "<!doctype html><html><head><title>Model pricing | Acme Docs</title>{}</head><body><p>Prices.</p></body></html>"
TWIN = "# Model pricing\n\n| Model | Input |\n| --- | --- |\n| acme-chat | $1 |\n"
LINK = '<link rel="alternate" type="text/markdown" href="/raw/pricing?x=1&amp;y=2">'


@pytest.mark.parametrize(
    ("head", "path", "text"),
    [
        (LINK, "/raw/pricing?x=1&y=2", TWIN),
        ("<LINK HREF=/raw/p.md TYPE=text/markdown REL='nofollow alternate'>", "/raw/p.md", TWIN),
        ("", "/docs/pricing.md", TWIN),
    ],
)
def test_a_twin_is_found_and_kept(fetch: Get, upstream: Upstream, head: str, path: str, text: str) -> None:
    upstream.text("/docs/pricing", PAGE.format(head))
    upstream.text(path, text, "text/plain; charset=utf-8", etag='"t1"')
    first = good(fetch("markdown-twin", url=f"{upstream.base}/docs/pricing"))
    assert (first.body.decode(), first.final_url) == (text, upstream.base + path)
    assert first.content_type == "text/markdown; charset=utf-8"
    upstream.seen.clear()
    assert isinstance(fetch("markdown-twin", url=f"{upstream.base}/docs/pricing", last=first), NotModified)
    assert upstream.paths == [path]


def test_a_twin_is_found_in_the_index_of_the_site(fetch: Get, upstream: Upstream) -> None:
    upstream.text("/docs/pricing/", PAGE.format(""))
    index = "# Acme\n\n- [Other](/docs/other.md)\n- [Pricing](/docs/pricing/index.md): what it costs\n"
    upstream.text("/llms.txt", index, "text/plain")
    upstream.text("/docs/pricing/index.md", TWIN, "text/markdown")
    assert good(fetch("markdown-twin", url=f"{upstream.base}/docs/pricing/")).body.decode() == TWIN


def test_a_site_that_answers_in_markdown_needs_one_request(fetch: Get, upstream: Upstream) -> None:
    upstream.text("/docs/pricing", TWIN, "text/markdown")
    assert good(fetch("markdown-twin", url=f"{upstream.base}/docs/pricing")).body.decode() == TWIN
    assert upstream.seen[0].headers["accept"].startswith("text/markdown")
    assert upstream.paths == ["/docs/pricing"]


@pytest.mark.parametrize(
    "reply",
    [
        Reply(PAGE.format("").encode()),
        Reply(PAGE.format("").encode(), content_type="text/plain"),
        Reply(b"# Welcome to the docs\n", content_type="text/markdown"),
        Reply(b"no", 403),
    ],
    ids=["page", "page-as-text", "start-page", "blocked"],
)
def test_what_is_no_twin_is_not_taken_for_one(fetch: Get, upstream: Upstream, reply: Reply) -> None:
    upstream.text("/docs/pricing", PAGE.format(""))
    upstream.replies["/docs/pricing.md"] = reply
    first = good(fetch("markdown-twin", url=f"{upstream.base}/docs/pricing"))
    assert first.content_type == "text/html"
    upstream.text("/docs/pricing.md", TWIN, "text/markdown")
    again = good(fetch("markdown-twin", url=f"{upstream.base}/docs/pricing", last=first))
    assert again.body == first.body


def test_a_twin_on_another_site_is_not_fetched(fetch: Get, upstream: Upstream) -> None:
    upstream.text("/p", PAGE.format('<link rel="alternate" type="text/markdown" href="http://127.0.0.1:1/p.md">'))
    assert isinstance(fetch("markdown-twin", url=f"{upstream.base}/p"), Fetched)
    assert upstream.paths == ["/p", "/p.md", "/llms.txt"]


def test_whether_there_is_a_twin_is_asked_again_after_a_fault(fetch: Get, upstream: Upstream) -> None:
    upstream.text("/docs/pricing", PAGE.format(""))
    upstream.replies["/docs/pricing.md"] = Reply(b"", 503)
    got = fetch("markdown-twin", url=f"{upstream.base}/docs/pricing")
    assert failed(got) is FailureKind.SERVER_ERROR


def test_a_twin_that_is_gone_or_became_a_page_is_a_failure_and_no_change(fetch: Get, upstream: Upstream) -> None:
    upstream.text("/docs/pricing", PAGE.format(""))
    upstream.text("/docs/pricing.md", TWIN, "text/markdown")
    first = fetch("markdown-twin", url=f"{upstream.base}/docs/pricing")
    upstream.text("/docs/pricing.md", PAGE.format(""))
    became = fetch("markdown-twin", url=f"{upstream.base}/docs/pricing", last=first)
    assert failed(became) is FailureKind.WRONG_TYPE
    assert isinstance(became, FetchFailed)
    assert "read as Markdown and came as a web page" in became.detail
    del upstream.replies["/docs/pricing.md"]
    assert failed(fetch("markdown-twin", url=f"{upstream.base}/docs/pricing", last=first)) is FailureKind.GONE


def test_a_twin_may_be_named(fetch: Get, upstream: Upstream) -> None:
    upstream.text("/elsewhere.txt", TWIN, "text/plain")
    got = good(fetch("markdown-twin", url=f"{upstream.base}/p", twin=f"{upstream.base}/elsewhere.txt"))
    assert (got.body.decode(), got.content_type) == (TWIN, "text/markdown")
