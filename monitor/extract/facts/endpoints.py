"""Endpoints: base URLs in tables and sentences, temporary addresses with their end, operations of an API."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import urlsplit

from monitor.extract.document import Block, BlockKind
from monitor.extract.facts.fields import field_of, slug
from monitor.extract.facts.page import Page, row_quote
from monitor.extract.prose.hints import Hints
from monitor.extract.values.dates import compact_date, day_start
from snapshots.facts import Fact, Precision, name_key

_URL = re.compile(r"https?://[^\s<>\"'`）)\]，。|]+[^\s<>\"'`）)\].,，。;:|]")
_BASE = re.compile(r"base[\s_-]*url|api base|endpoint|(?:url|default) prefix|接口地址", re.IGNORECASE)
_EXPIRES = re.compile(r"expir|until|end|sunset", re.IGNORECASE)
_OPERATION = re.compile(
    r"(?<![\w])(?P<method>GET|POST|PUT|PATCH|DELETE)\s+(?:https?://[\w.:-]+)?(?P<path>/[\w{}/.:-]*[\w}/])"
)
_may_address = Hints("://", "get /", "post /", "put /", "patch /", "delete /")


def read_endpoints(page: Page) -> Iterator[Fact]:
    """`endpoint.base_url` and `endpoint.operation` facts, and ends that stand inside an address."""
    seen: set[str] = set()
    for block, table in page.tables:
        for entry in table.entries:
            if "://" not in entry.cell.text.plain:
                continue
            labels = (*entry.names, *entry.labels)
            found = field_of(labels)
            if found is None or found.attribute != "base_url":
                continue
            flavour = next(
                (
                    m[1]
                    for label in labels
                    if (
                        m := re.search(
                            r"[(（]([^)）]+?)(?:\s*(?:format|compatible|格式|兼容))?[)）]", label, re.IGNORECASE
                        )
                    )
                ),
                "",
            )
            for match in _URL.finditer(entry.cell.text.plain):
                yield from _endpoint(page, match[0], block, row_quote(entry, table), slug(flavour), seen)
    for block in page.prose(_may_address):
        for sentence in page.sentences(block):
            if "://" in sentence.text and _BASE.search(sentence.text):
                for mention in sentence.of_kind("U"):
                    if _is_api(mention.text):
                        yield from _endpoint(page, mention.text, block, sentence.text, "", seen)
            for match in _OPERATION.finditer(sentence.text) if "/" in sentence.text else ():
                yield page.fact(
                    f"{match['method']} {match['path']}", "endpoint.operation", match["path"], block, sentence.text
                )
    for block in page.document.blocks:
        if block.kind is BlockKind.CODE:
            for line in block.text.plain.splitlines():
                address = _URL.search(line) if re.search(r"base_?url\s*[=:]", line, re.IGNORECASE) else None
                if address is not None and _is_api(address[0]):
                    yield from _endpoint(page, address[0], block, line, "", seen, 0.85)


def _is_api(url: str) -> bool:
    host, path = urlsplit(url).netloc, urlsplit(url).path
    return (
        "api" in host.split(".")[0].split("-") or host.startswith("api") or re.search(r"/v\d|/api\b", path) is not None
    )


def _endpoint(
    page: Page, url: str, block: Block, quote: str, flavour: str, seen: set[str], confidence: float = 1.0
) -> Iterator[Fact]:
    address = url.rstrip("/")
    if name_key(address) in seen or re.search(r"\.(?:png|jpe?g|gif|pdf|md|html)$", address):
        return
    seen.add(name_key(address))
    yield page.fact(address, "endpoint.base_url", address, block, quote, qualifier=flavour, confidence=confidence)
    tail = urlsplit(address).path
    day = compact_date(tail)
    if day is not None and _EXPIRES.search(tail):
        yield page.fact(
            address, "lifecycle.retirement_date", day.isoformat(), block, quote,
            key=day_start(day).date().isoformat(), precision=Precision.DAY, confidence=0.9,
        )  # fmt: skip
