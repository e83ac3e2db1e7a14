"""`markdown-twin`: a page in the Markdown form its site offers beside it, because that holds the content and no chrome.

Where the form is found is decided once, at the first good answer: content negotiation (`Accept: text/markdown`), then
`<link rel="alternate" type="text/markdown">`, then the address with `.md`, then an entry of `/llms.txt`
(https://llmstxt.org). From then on the form stays: an answer in another form is a failure that says so, never a change.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Literal
from urllib.parse import urljoin, urlsplit, urlunsplit

from pydantic import Field

from monitor.config.base import WebAddress
from monitor.fetch.kinds.base import AddressedSource, SourceKind, Tools, accepting
from monitor.fetch.kinds.data import refused
from monitor.fetch.model import FailureKind, Fetched, FetchFailed, FetchOutcome, Request
from monitor.fetch.origin import origin_of, own_headers

_HEAD = 200_000
_LLMS = 2_000_000
_LINK = re.compile(r"<link\b[^>]{0,2000}>", re.IGNORECASE)
_ATTRIBUTE = re.compile(r"""\b(rel|type|href)\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))""", re.IGNORECASE)
_TITLE = re.compile(r"<title[^>]*>([^<]{1,500})", re.IGNORECASE)
_PAGE = re.compile(rb"\s*(?:<!--.{0,2000}?-->\s*)?<(?:!doctype\s+html|html|head|body)\b", re.IGNORECASE | re.DOTALL)
_MARKDOWN_LINK = re.compile(r"\]\(\s*<?([^)\s>]{1,2000})")
# Such a failure says nothing of whether there is a twin: the question is asked again.
_PASSING = frozenset(
    {
        FailureKind.RATE_LIMITED,
        FailureKind.TIMEOUT,
        FailureKind.SERVER_ERROR,
        FailureKind.CONNECTION,
        FailureKind.DNS,
        FailureKind.TLS,
    }
)


class MarkdownTwin(AddressedSource):
    """A page by the address people read; its Markdown form where one is offered, else the page itself."""

    kind: Literal["markdown-twin"]
    twin: WebAddress | None = Field(default=None, description="The Markdown form, where it cannot be found by itself.")


def get(tools: Tools, config: MarkdownTwin, request: Request) -> FetchOutcome:
    """Get the form that was read before, or find the best one."""
    if config.twin is not None:
        return _kept(_fetched(tools, config, request, config.twin), markdown=True)
    if request.last_type:
        markdown = not _is_html(request.last_type)
        url = request.last_url if markdown and request.last_url else config.url
        return _kept(_fetched(tools, config, request, url), markdown=markdown)
    page = _fetched(tools, config, request, config.url)
    if not isinstance(page, Fetched) or _is_markdown(page):
        return page
    for url in _offered(tools, config, request, page):
        twin = _fetched(tools, config, request, url)
        if isinstance(twin, FetchFailed) and twin.kind in _PASSING:
            return replace(twin, detail=f"Whether the page has a Markdown form cannot be told: {twin.detail}")
        if isinstance(twin, Fetched) and _is_markdown(twin) and _same_page(page, twin):
            return twin
    return page


def _fetched(tools: Tools, config: MarkdownTwin, request: Request, url: str) -> FetchOutcome:
    own = own_headers(request.headers, config.url, url)
    asked = accepting(replace(request, url=url, headers=own), "text/markdown, text/html;q=0.9, text/plain;q=0.8")
    answer = tools.fetcher.fetch(asked)
    if isinstance(answer, Fetched) and answer.content_type.startswith("text/plain") and _is_markdown(answer):
        return replace(answer, content_type=answer.content_type.replace("text/plain", "text/markdown", 1))
    return answer


def _kept(answer: FetchOutcome, *, markdown: bool) -> FetchOutcome:
    """The answer, unless it came in another form than the one that is read."""
    if not isinstance(answer, Fetched) or _is_markdown(answer) == markdown:
        return answer
    was, now = ("Markdown", "a web page") if markdown else ("a web page", "Markdown")
    detail = (
        f"The document is read as {was} and came as {now}. If that stays so, give the source another id, or name the "
        "Markdown form under `twin`."
    )
    return refused(answer, FailureKind.WRONG_TYPE, detail)


def _is_html(content_type: str) -> bool:
    return "html" in content_type.partition(";")[0].lower()


def _is_markdown(answer: Fetched) -> bool:
    media = answer.content_type.partition(";")[0].strip().lower()
    return media in ("text/markdown", "text/x-markdown", "text/plain") and not _PAGE.match(answer.body[:4_096])


def _offered(tools: Tools, config: MarkdownTwin, request: Request, page: Fetched) -> Iterator[str]:
    """Addresses within the site that may hold the page's Markdown form, the likeliest first."""
    here, seen = page.final_url, {page.final_url}
    for url in (*_linked(page), _with_suffix(here)):
        if url not in seen and origin_of(url) == origin_of(here):
            seen.add(url)
            yield url
    index = _fetched(tools, config, request, urljoin(here, "/llms.txt"))
    if not isinstance(index, Fetched) or not _is_markdown(index):
        return
    text = index.body[:_LLMS].decode("utf-8", "replace")
    for match in _MARKDOWN_LINK.finditer(text):
        url = urljoin(index.final_url, match[1])
        if url not in seen and origin_of(url) == origin_of(here) and _stem(url) == _stem(here) and ".md" in url:
            yield url
            return


def _linked(page: Fetched) -> Iterator[str]:
    text = page.body[:_HEAD].decode("utf-8", "replace")
    for tag in _LINK.finditer(text):
        said = {name.lower(): html.unescape("".join(values)) for name, *values in _ATTRIBUTE.findall(tag[0])}
        if "alternate" in said.get("rel", "").lower().split() and said.get("type", "").lower() == "text/markdown":
            yield urljoin(page.final_url, said.get("href", "").strip())
            return


def _with_suffix(url: str) -> str:
    parts = urlsplit(url)
    path = parts.path.removesuffix(".html")
    path = f"{path}index.md" if path in ("", "/") else f"{path.rstrip('/')}.md"
    return urlunsplit((parts.scheme, parts.netloc, path if path.startswith("/") else f"/{path}", "", ""))


def _stem(url: str) -> str:
    path = urlsplit(url).path
    for suffix in (".md", ".mdx", ".html", "/index"):
        path = path.removesuffix(suffix)
    return path.rstrip("/")


def _same_page(page: Fetched, twin: Fetched) -> bool:
    """Whether the twin speaks of what the title of the page names: a site may answer any `.md` with its start page."""
    title = _TITLE.search(page.body[:_HEAD].decode("utf-8", "replace"))
    own = re.split(r"\s[|·–—-]\s", html.unescape(title[1]))[0] if title else ""
    words = set(re.findall(r"\w{2,}", own.casefold()))
    text = twin.body[:_HEAD].decode("utf-8", "replace").casefold()
    return 2 * sum(word in text for word in words) >= len(words)


SOURCE_KIND = SourceKind("markdown-twin", MarkdownTwin, get)
