"""Small pages of our own writing, in the shapes that providers use."""

from __future__ import annotations

from datetime import date

from monitor.extract.reading import Reading, read
from monitor.extract.vocabulary import NOTHING_KNOWN, Vocabulary
from snapshots.facts import Fact

PRICING = """# Models & Pricing

All prices are in USD per 1M tokens.

| MODEL | | acme-swift | acme-pro |
| --- | --- | --- | --- |
| BASE URL (OpenAI Format) | | https://api.acme.example | https://api.acme.example |
| MODEL VERSION | | Acme-V4-Swift (Thinking Mode) | Acme-V4-Pro-0813 |
| CONTEXT LENGTH | | 128K | 1M |
| MAX OUTPUT | | DEFAULT: 4K<br>MAXIMUM: 8K | MAXIMUM: 384K |
| FEATURES | Json Output (Beta) | ✓ | ✗(1) |
| PRICING | 1M INPUT TOKENS (CACHE HIT) | $0.02 | ~~$0.08~~ $0.04 (50% off) |
| PRICING | 1M OUTPUT TOKENS | $0.28 | $0.87 |
| Concurrency Limit | | 2500 | 500 |
"""


def facts_of(
    text: str, content_type: str = "text/markdown", *, url: str = "", today: date | None = date(2030, 1, 1)
) -> tuple[Fact, ...]:
    """The facts of a page."""
    return reading_of(text, content_type, url=url, today=today).facts


def reading_of(
    text: str,
    content_type: str = "text/markdown",
    *,
    url: str = "",
    today: date | None = date(2030, 1, 1),
    known: Vocabulary = NOTHING_KNOWN,
) -> Reading:
    """The reading of a page; `known` are the names of the version before."""
    return read(text.encode(), content_type, url=url, today=today, known=known)


def said(facts: tuple[Fact, ...], area: str) -> set[tuple[str, str, str, str | None]]:
    """`(subject, attribute, qualifier, value)` of the facts of one area."""
    return {(f.subject, f.attribute, f.qualifier, f.value) for f in facts if f.area == area}
