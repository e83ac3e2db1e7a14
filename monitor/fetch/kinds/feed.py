"""`feed`: RSS 2.0 or Atom (RFC 4287), kept as it came.

Servers send feeds under many media types, `text/html` among them; what the document says it is decides.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Literal

from monitor.fetch.kinds.base import AddressedSource, SourceKind, Tools, accepting
from monitor.fetch.model import FailureKind, Fetched, FetchFailed, FetchOutcome, Request

_START = 4_096
_FEED = re.compile(rb"<(?:rss|feed|rdf:RDF)[\s>]")
_PAGE = re.compile(rb"\s*(?:<!doctype\s+html|<html[\s>])", re.IGNORECASE)


class Feed(AddressedSource):
    """News and change logs: each entry is a dated section."""

    kind: Literal["feed"]


def get(tools: Tools, _config: Feed, request: Request) -> FetchOutcome:
    """Get the feed."""
    asked = accepting(request, "application/atom+xml, application/rss+xml, application/xml;q=0.9, text/xml;q=0.8")
    answer = tools.fetcher.fetch(asked)
    if not isinstance(answer, Fetched):
        return answer
    start = answer.body[:_START]
    if _PAGE.match(start) or not _FEED.search(start):
        detail = "The answer is no RSS or Atom feed. Is it the page that links to the feed?"
        return FetchFailed(FailureKind.WRONG_TYPE, detail, status=answer.status, final_url=answer.final_url)
    media, _, rest = answer.content_type.partition(";")
    return answer if "xml" in media else replace(answer, content_type=f"application/xml;{rest}".rstrip(";"))


SOURCE_KIND = SourceKind("feed", Feed, get)
