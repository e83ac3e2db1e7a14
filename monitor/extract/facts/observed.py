"""What headwater saw of an API itself: the entry `headwater` of a document that a source kind wrote."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from monitor.extract.document import Block, BlockKind, Tree
from monitor.extract.facts.page import Page
from snapshots.facts import Fact, Precision

ENTRY = "headwater"
_LATEST = 253_402_300_799  # 9999-12-31, the last second a time stamp of ours can hold.


def read_observed(page: Page) -> Iterator[Fact]:
    """`endpoint.status`, `endpoint.location`, `lifecycle.*` of an operation, and what answered for a model."""
    for block in page.document.blocks:
        tree = block.tree if block.kind is BlockKind.DATA else None
        seen = tree.get(ENTRY) if isinstance(tree, Mapping) else None
        if isinstance(seen, Mapping) and isinstance(operation := seen.get("operation"), str):
            yield from _endpoint(page, block, operation, seen)
            yield from _ends(page, block, operation, seen)
            yield from _model(page, block, seen)


def _endpoint(page: Page, block: Block, operation: str, seen: Mapping[str, Tree]) -> Iterator[Fact]:
    for name in ("status", "location"):
        value = seen.get(name)
        if isinstance(value, str | int) and value != "":
            yield page.fact(operation, f"endpoint.{name}", str(value), block, f"{operation}: {name} {value}")


def _ends(page: Page, block: Block, operation: str, seen: Mapping[str, Tree]) -> Iterator[Fact]:
    """`Deprecation` is a date as seconds, `@1688169599` (RFC 9745 section 2.1); `Sunset` a date of HTTP (RFC 8594)."""
    for name, attribute, read in (
        ("deprecation", "deprecation_date", _structured_date),
        ("sunset", "retirement_date", _http_date),
    ):
        value = seen.get(name)
        quote = f"{operation}: {name.capitalize()}: {value}"
        if not isinstance(value, str):
            continue
        at = read(value.strip())
        if at is not None:
            said = at.isoformat().replace("+00:00", "Z")
            yield page.fact(operation, f"lifecycle.{attribute}", said, block, quote, precision=Precision.INSTANT)
        elif name == "deprecation":
            # Drafts before RFC 9745 said `true`.
            yield page.fact(operation, "lifecycle.status", "deprecated", block, quote)


def _model(page: Page, block: Block, seen: Mapping[str, Tree]) -> Iterator[Fact]:
    asked, answered, backend = (seen.get(name) for name in ("asked", "model", "system_fingerprint"))
    if not isinstance(asked, str):
        return
    if isinstance(answered, str):
        yield page.fact(asked, "alias.target", answered, block, f"asked for {asked}, {answered} answered")
    if isinstance(backend, str):
        yield page.fact(asked, "model.system_fingerprint", backend, block, f"{asked}: system_fingerprint {backend}")


def _structured_date(value: str) -> datetime | None:
    digits = value.removeprefix("@")
    if value[:1] != "@" or not digits.isascii() or not digits.isdigit() or int(digits[:12]) > _LATEST:
        return _http_date(value)
    return datetime.fromtimestamp(int(digits[:12]), UTC)


def _http_date(value: str) -> datetime | None:
    try:
        at = parsedate_to_datetime(value)
    except ValueError:
        return None
    return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
