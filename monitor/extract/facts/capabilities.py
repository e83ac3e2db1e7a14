"""Capabilities: what a model can do, from ticks, crosses and words in tables, and from plain statements."""

from __future__ import annotations

import re
from collections.abc import Iterator

from monitor.extract.facts.fields import clean_label, field_of, is_capability_group, slug
from monitor.extract.facts.page import Page, row_quote
from monitor.extract.prose.capabilities import ability_claims
from monitor.extract.values.money import find_money
from monitor.extract.values.polarity import is_blank, polarity
from snapshots.facts import Fact

_LISTS = re.compile(r"modalit|^endpoints?$|^languages?$", re.IGNORECASE)


def read_capabilities(page: Page) -> Iterator[Fact]:
    """`capability.<attribute>` facts: `true`, `false` or the words of the page."""
    for block, table in page.tables:
        for entry in table.entries:
            if not entry.names or not entry.labels or field_of(entry.labels) is not None:
                continue
            text = re.sub(r"\(\d{1,2}\)|（\d{1,2}）", "", entry.cell.text.plain).strip()
            says = polarity(text)
            listed = _LISTS.search(clean_label(entry.labels[-1])) is not None and len(text) <= 80
            if (
                says is None
                and not listed
                and (not is_capability_group(entry.labels) or is_blank(text) or len(text) > 60 or find_money(text))
            ):
                continue
            value = "true" if says else "false" if says is False else re.sub(r"\s+", " ", text)
            attribute = slug(entry.labels[-1])
            for name in entry.names:
                if attribute:
                    yield page.fact(name, f"capability.{attribute}", value, block, row_quote(entry, table))
    for block in page.prose():
        for claim in ability_claims(page.sentences(block)):
            attribute = slug(claim.ability.replace("-", " ")).replace("tool_calling", "tool_calls")
            yield page.fact(
                claim.name, f"capability.{attribute}", claim.value, block, claim.sentence.text, confidence=0.85
            )
