"""Capabilities: what a model can do, from ticks, crosses and words in tables, and from plain statements."""

from __future__ import annotations

import re
from collections.abc import Iterator

from monitor.extract.document import Block, BlockKind
from monitor.extract.facts.fields import clean_label, field_of, is_capability_group, slug
from monitor.extract.facts.page import Page, row_quote
from monitor.extract.facts.rows import qualified
from monitor.extract.grid.notes import NUMBERED
from monitor.extract.prose.aliases import LIST
from monitor.extract.prose.capabilities import ability_claims, may_enable
from monitor.extract.values.money import find_money
from monitor.extract.values.names import is_model_id, names_in
from monitor.extract.values.polarity import is_blank, polarity
from snapshots.facts import Fact

_FOR = re.compile(rf"\b(?:for|of)\s+(?:both\s+)?(?P<who>{LIST})")
_LINES = (BlockKind.ITEM, BlockKind.PARAGRAPH)
_LONGEST_LINE = 70
_ABLE_LINE = re.compile(r"(?P<label>[A-Za-z][\w /-]{2,40})\s*[:：]\s*(?P<value>\S.{0,20})")
_LISTS = re.compile(r"modalit|^endpoints?$|^languages?$", re.IGNORECASE)


def read_capabilities(page: Page) -> Iterator[Fact]:
    """`capability.<attribute>` facts: `true`, `false` or the words of the page."""
    for block, table in page.tables:
        for entry in table.entries:
            if not entry.names or not entry.labels or field_of(entry.labels) is not None:
                continue
            text = NUMBERED.sub("", entry.cell.text.plain).strip()
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
                    fact = page.fact(name, f"capability.{attribute}", value, block, row_quote(entry, table))
                    yield qualified(fact, entry)
    yield from _by_header(page)
    yield from _by_lines(page)
    for block in page.prose(may_enable):
        for claim in ability_claims(page.sentences(block)):
            attribute = slug(claim.ability.replace("-", " ")).replace("tool_calling", "tool_calls")
            yield page.fact(
                claim.name, f"capability.{attribute}", claim.value, block, claim.sentence.text, confidence=0.85
            )


def _by_header(page: Page) -> Iterator[Fact]:
    """Tables of settings: a header that says a model's name and a property, or a lead that says whom the table is for.

    `acme-pro mapped effort` over the row `low` is `mapped_effort.low` of `acme-pro`; `(the same for acme-swift and
    acme-pro)` above a table without names says it of both.
    """
    for index, block in enumerate(page.document.blocks):
        table = next((table for other, table in page.tables if other is block), None)
        if table is None or any(entry.names for entry in table.entries):
            continue
        subjects = _led_by(page, page.document.blocks[index - 1]) if index else ()
        for entry in table.entries:
            text = " ".join(entry.cell.text.plain.split())
            if len(entry.labels) != 2 or not 0 < len(text) <= 40 or find_money(text):
                continue
            row, column = entry.labels
            named = [name for _, _, name in names_in(column, page.vocabulary.keys) if is_model_id(name)]
            what = column
            for name in named:
                what = what.replace(name, "")
            if (len(named) == 1 or (not named and subjects)) and slug(what) and slug(row):
                for name in named or subjects:
                    attribute = f"{slug(what)}.{slug(row)}"
                    yield page.fact(
                        name, f"capability.{attribute}", text, block, row_quote(entry, table), confidence=0.85
                    )


def _by_lines(page: Page) -> Iterator[Fact]:
    """Lines such as `Fine-tuning: Not supported` in a section of features on a page about one model."""
    for block in page.document.blocks:
        text, heading = block.text.plain, block.heading[-1] if block.heading else ""
        if not (":" in text or "：" in text) or len(text) > _LONGEST_LINE or block.kind not in _LINES:
            continue
        if not is_capability_group((heading, "")):
            continue
        line = _ABLE_LINE.fullmatch(text)
        says = polarity(line["value"]) if line is not None else None
        if line is None or says is None:
            continue
        if topic := page.topic:
            value = "true" if says else "false"
            yield page.fact(topic, f"capability.{slug(line['label'])}", value, block, text, confidence=0.9)


def _led_by(page: Page, lead: Block) -> tuple[str, ...]:
    if lead.kind not in (BlockKind.PARAGRAPH, BlockKind.ITEM):
        return ()
    sentences = page.sentences(lead)
    match = _FOR.search(sentences[-1].masked) if sentences else None
    return tuple(m.text for m in sentences[-1].all(match["who"]) if is_model_id(m.text)) if match else ()
