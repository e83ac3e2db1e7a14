"""Prices that sentences state: `acme-4 costs $3 per million input tokens`, `由 2 元下调至 1 元`."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from monitor.extract.document import Block, BlockKind
from monitor.extract.facts.fields import is_price, price_attribute, price_band, stated_sides
from monitor.extract.facts.page import Page
from monitor.extract.facts.tables import plain_name
from monitor.extract.grid.tables import Entry
from monitor.extract.prose.hints import Hints
from monitor.extract.prose.sentences import Sentence
from monitor.extract.values.dates import Moment
from monitor.extract.values.money import MONEY_SIGNS, TOKENS_MILLION, Money, find_money, plain, unit_in_label, unit_of
from snapshots.facts import Fact

_PROSE_UNITS = (TOKENS_MILLION, "image", "minute", "second", "page", "request")
_NEAR = 40
_LONGEST_LINE = 120
_WORDS = re.compile(r"[A-Z][A-Za-z0-9]{2,20}(?: [A-Z0-9][A-Za-z0-9.-]{0,20}){0,3}\+?")
# Headings over prices that say what they are for, not whose they are.
_NO_SUBJECT = re.compile(
    r"\b(?:pric\w*|costs?|fees?|rates?|models?|tokens?|api|text|audio|images?|video|vision|standard|batch|flex|priority"
    r"|tiers?|plans?|free|paid|cach\w*|prompts?|inputs?|outputs?|tuning|training|embeddings?|inference|serverless"
    r"|examples?|overview|specs?|specifications?|details?|usage|features?|limits?|notes?|search|tools?|context)\b",
    re.IGNORECASE,
)
# What stands between two prices of one unit: a sign, a side, nothing else.
_BESIDE = re.compile(
    r"\s*(?:(?:cached\s+)?(?:input|output|prompt|completion|in|out)\b)?(?:\s*tokens?)?\s*[,/&|+]?\s*(?:and\s*)?\\?",
    re.IGNORECASE,
)
_may_price = Hints(*map(str.lower, MONEY_SIGNS))
_REPRICED = re.compile(
    r"\b(?:reduc|lower|cut|decreas|drop|increas|rais)\w*\b.{0,60}\bpric|\bpriced at\b"
    r"|\bpric\w*\b.{0,60}\b(?:reduc|lower|cut|decreas|drop|increas|rais)|价.{0,30}调|[调降涨].{0,10}价",
    re.IGNORECASE,
)
_STARTING = re.compile(
    r"(?:\b(?:starting|effective|beginning|as\s+of|from)(?:\s+(?:on|from))?|自|从)\s*(?P<when>⟦D\d+⟧)", re.IGNORECASE
)


def _over_lines(page: Page, block: Block) -> set[str]:
    """Whose prices the lines of a list are: the plain words of their heading, else the model the page is about."""
    heading = plain_name(block.heading[-1]) if block.heading else ""
    if len(block.text.plain) > _LONGEST_LINE or price_attribute(block.text.plain) == "price":
        return set()
    if _WORDS.fullmatch(heading) and not _NO_SUBJECT.search(heading):
        return {heading}
    return {page.topic} - {""}


def _of_one_unit(text: str, stated: Sequence[Money]) -> tuple[Money, ...]:
    """The amounts of a sentence with the unit that the last states for all: `$3 / $15 per million tokens`."""
    found = list(stated)
    if found and not found[-1].unit:
        unit, factor = unit_in_label(text[found[-1].end :][:_NEAR])
        found[-1] = replace(found[-1], unit=unit, amount=found[-1].amount * factor)
    for index in range(len(found) - 2, -1, -1):
        money, after = found[index], found[index + 1]
        between = text[money.end : after.start]
        if not money.unit and money.currency == after.currency and _BESIDE.fullmatch(between):
            rest = text[after.end :][:_NEAR]
            unit, factor = unit_of(rest)
            unit, factor = (unit, factor) if unit else unit_in_label(rest)
            found[index] = replace(money, unit=unit, amount=money.amount * factor)
    return tuple(found)


def _is_money(entry: Entry) -> bool:
    return is_price(entry.labels) and bool(find_money(entry.cell.text.plain))


def _is_former(text: str, stated: Sequence[Money], money: Money) -> bool:
    """Whether an amount is what was asked before: the first of `from $2 to $1 per million tokens`."""
    after = next((other for other in stated if other.start > money.start), None)
    return (
        after is not None
        and re.search(r"(?:\bfrom|由|从)\s*\\?$", text[: money.start], re.IGNORECASE) is not None
        and re.search(r"(?:\bto|[调降升涨]\w?[为至到])\s*$", text[money.end : after.start], re.IGNORECASE) is not None
    )


def _starts(sentence: Sentence) -> Moment | None:
    """From when the price of a sentence holds: `starting June 1, 2030`, `自 2030年6月1日 起`."""
    match = _STARTING.search(sentence.masked)
    return sentence.all(match["when"])[0].moment if match else None


def _labels(text: str, stated: Sequence[Money]) -> dict[Money, str]:
    """The words that say what each amount of a sentence is for: those after it, or, where the first amount has them
    before it and the last has none behind (`Input $1, output $2`), those before it.
    """
    starts = [0, *(money.end for money in stated)]
    ends = [*(money.start for money in stated[1:]), len(text)]
    before = [text[max(start, money.start - _NEAR) : money.start] for start, money in zip(starts, stated, strict=False)]
    after = [text[money.end : min(end, money.end + _NEAR)] for money, end in zip(stated, ends, strict=True)]
    leads = price_attribute(before[0]) != "price" and price_attribute(after[-1]) == "price"
    return dict(zip(stated, before if leads else after, strict=True))


def read_prose_prices(page: Page) -> Iterator[Fact]:
    """Prices that a sentence states by the million tokens, for the one model it, its heading or its lead names.

    In a dated entry only a sentence that speaks of a price as such counts, not one that compares or advertises.
    """
    lines = {block.key for block, table in page.tables if block.grid is None and any(map(_is_money, table.entries))}
    for block in page.prose(_may_price):
        if block.kind is BlockKind.HEADING or block.key in lines or not find_money(block.text.plain):
            continue
        dated = page.section_time(block) is not None
        for sentence in page.sentences(block):
            stated = find_money(sentence.text)
            stated = _of_one_unit(sentence.text, stated)
            amounts = [money for money in stated if not _is_former(sentence.text, stated, money)]
            if not amounts or any(money.unit not in _PROSE_UNITS for money in amounts):
                continue
            if dated and not _REPRICED.search(sentence.text):
                continue
            names = (
                {m.text for m in sentence.of_kind("N") if m.strong}
                or {m.text for m in page.heading_mentions(block)}
                or {m.text for m in page.lead_mentions(block) if m.strong}
                or {m.text for other in page.sentences(block) for m in other.of_kind("N") if m.strong}
                or ({page.line_above(block)} - {""})
                or _over_lines(page, block)
            )
            if len(names) != 1:
                continue
            labels = _labels(sentence.text, stated)
            sides = stated_sides(sentence.text) if len(stated) == len(amounts) else ()
            if len(sides) == len(stated):
                labels = dict(zip(stated, sides, strict=True))
            former = next((m for m in stated if m not in amounts), None) if len(stated) == 2 else None
            was = {"was": plain(former.amount)} if former is not None and former.unit in ("", amounts[0].unit) else {}
            starts = _starts(sentence)
            for money in amounts:
                attribute = price_attribute(labels[money])
                attribute = price_attribute(sentence.text[: money.start]) if attribute == "price" else attribute
                value = plain(money.amount)
                fact = page.fact(
                    next(iter(names)), f"price.{attribute}", value, block, sentence.text,
                    qualifier=price_band(sentence.text), key=f"{value} {money.currency} {money.unit}",
                    detail={"currency": money.currency, "unit": money.unit, **was}, confidence=0.8,
                )  # fmt: skip
                yield replace(fact, valid_from=starts.at, precision=starts.precision) if starts else fact
