"""`web-page`: any document by its address, kept as it came."""

from __future__ import annotations

from typing import Literal

from monitor.fetch.kinds.base import AddressedSource, SourceKind, Tools
from monitor.fetch.model import FetchOutcome, Request


class WebPage(AddressedSource):
    """Any document: HTML, Markdown, text or data."""

    kind: Literal["web-page"] = "web-page"


def get(tools: Tools, _config: WebPage, request: Request) -> FetchOutcome:
    """Get the page."""
    return tools.fetcher.fetch(request)


SOURCE_KIND = SourceKind("web-page", WebPage, get)
