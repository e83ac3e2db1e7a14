"""`web-page`: any document by its address, kept as it came."""

from __future__ import annotations

from monitor.fetch.client import Fetcher
from monitor.fetch.model import FetchOutcome, Request

KIND = "web-page"


def fetch(fetcher: Fetcher, request: Request) -> FetchOutcome:
    """Get the page."""
    return fetcher.fetch(request)
