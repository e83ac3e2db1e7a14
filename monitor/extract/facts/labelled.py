"""A model's page that writes each label above its value, one paragraph each: `Input`, then `$4.00`."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from monitor.extract.document import Block, BlockKind
from monitor.extract.facts.fields import clean_label, field_of, price_attribute, price_band
from monitor.extract.facts.page import Page
from monitor.extract.values.money import find_money, plain, unit_in_label
from monitor.extract.values.names import clean_name, is_name
from monitor.extract.values.tokens import count_key, find_counts
from snapshots.facts import Fact

_AMOUNT = re.compile(r"\\?\S{1,3}\s?\d[\d.,]*")
_LONGEST_LABEL = 40
_COUNT = re.compile(r"\d[\d,.]*\s?[KM]?(?: tokens)?", re.IGNORECASE)
_COUNTED = frozenset({"context_window", "max_output"})
_UNIT_ABOVE = 8


def read_labelled(page: Page) -> Iterator[Fact]:
    """`price.<attribute>` of the model a page is about, from an amount alone under a label alone; the unit stands in a
    short line above them.
    """
    blocks = page.document.blocks
    yield from _limits(page)
    places = [
        index
        for index in range(1, len(blocks))
        if blocks[index].kind is BlockKind.PARAGRAPH and _AMOUNT.fullmatch(blocks[index].text.plain.strip())
    ]
    topic = page.topic if places else ""
    for index in places if topic else ():
        block = blocks[index]
        label = clean_label(blocks[index - 1].text.plain)
        unit = _unit_above(blocks[max(0, index - _UNIT_ABOVE) : index])
        amounts = find_money(block.text.plain)
        attribute = price_attribute(label)
        if len(label) > _LONGEST_LABEL or len(amounts) != 1 or attribute == "price" or not unit:
            continue
        if is_name(clean_name(label)):
            continue  # `Acme 4 mini`, then `$0.15`: a comparison with another model.
        value = plain(amounts[0].amount)
        yield page.fact(
            topic, f"price.{attribute}", value, block, f"{label} {block.text.plain}",
            qualifier=price_band(label), key=f"{value} {amounts[0].currency} {unit}",
            detail={"currency": amounts[0].currency, "unit": unit}, confidence=0.9,
        )  # fmt: skip


def _limits(page: Page) -> Iterator[Fact]:
    """`limit.<attribute>` from a count alone under a label alone: `Context window`, then `400,000`."""
    blocks = page.document.blocks
    for index in range(1, len(blocks)):
        text = blocks[index].text.plain
        if blocks[index].kind is not BlockKind.PARAGRAPH or not text[:1].isdigit() or not _COUNT.fullmatch(text):
            continue
        label = clean_label(blocks[index - 1].text.plain)
        found = field_of((label,)) if len(label) <= _LONGEST_LABEL and blocks[index - 1].grid is None else None
        if found is not None and found.attribute in _COUNTED and (topic := page.topic):
            value = find_counts(text)[0].written
            yield page.fact(
                topic, f"limit.{found.attribute}", value, blocks[index], f"{label} {text}",
                key=count_key(value), confidence=0.95,
            )  # fmt: skip


def _unit_above(blocks: Sequence[Block]) -> str:
    """The unit that the nearest short line states; a heading ends the search."""
    for block in reversed(blocks):
        text = block.text.plain
        if len(text) <= _LONGEST_LABEL and (unit := unit_in_label(text)[0]):
            return unit
        if block.kind is BlockKind.HEADING:
            break
    return ""
