"""`rendered-page`: a page that needs JavaScript, as a browser shows it (extra `browser`, Chromium of the system).

What is kept is the page after its scripts ran, as HTML. There is no conditional request: a browser asks for
everything again. So it costs far more than any other kind; use it where `web-page` ends in `shell`.
"""

from __future__ import annotations

from typing import Literal

from monitor.fetch.classify import failure_of_status, is_challenge, retry_after, sentence_of_status
from monitor.fetch.kinds.base import AddressedSource, SourceKind, Tools
from monitor.fetch.model import FailureKind, Fetched, FetchFailed, FetchOutcome, Request
from monitor.fetch.rendering.renderer import RenderError, RenderLimits, render


class RenderedPage(AddressedSource):
    """A page that needs JavaScript."""

    kind: Literal["rendered-page"]


def get(tools: Tools, _config: RenderedPage, request: Request) -> FetchOutcome:
    """Render the page."""
    fetcher = tools.fetcher
    if request.headers:
        detail = "A rendered page takes no headers and credentials: a browser would send them to every host it asks."
        return FetchFailed(FailureKind.REFUSED, detail)
    if (refusal := request.refusal(request.url)) is not None:
        return refusal
    limits = RenderLimits(fetcher.limits.timeout.total_seconds(), fetcher.limits.max_bytes)
    try:
        page = render(fetcher.backend, request.url, user_agent=fetcher.user_agent, limits=limits)
    except RenderError as error:
        return FetchFailed(error.kind, error.detail, final_url=error.url)
    # The browser follows redirects by itself; what it was led to against the rules is not kept.
    if page.url != request.url and (refusal := request.refusal(page.url)) is not None:
        return refusal
    after = retry_after(page.headers.get("retry-after"), tools.clock.now())
    failure, detail = failure_of_status(page.status), sentence_of_status(page.status)
    if failure is None and is_challenge(page.headers, page.html):
        failure, detail = FailureKind.BLOCKED, "A robot check stands in front of the page."
    if failure is not None:
        return FetchFailed(failure, detail, status=page.status, final_url=page.url, retry_after=after)
    return Fetched(page.html, page.status, page.url, "text/html; charset=utf-8")


SOURCE_KIND = SourceKind("rendered-page", RenderedPage, get)
