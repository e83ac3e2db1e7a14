"""What a source kind is."""

from __future__ import annotations

from typing import Protocol

from monitor.fetch.client import Fetcher
from monitor.fetch.model import FetchOutcome, Request


class SourceKind(Protocol):
    """Gets one document; never raises for what the other side does."""

    def __call__(self, fetcher: Fetcher, request: Request) -> FetchOutcome:
        """Fetch, and bring the answer into the form that is kept."""
        ...
