"""Prices: money under a model's name, with what it is paid for, its band and whether it is promised or promotional."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal, InvalidOperation

from monitor.extract.document import Block, MarkKind
from monitor.extract.facts.fields import (
    clean_label,
    is_price,
    price_attribute,
    price_band,
    price_thing,
    slug,
    stated_sides,
)
from monitor.extract.facts.page import Page, row_quote
from monitor.extract.facts.rows import qualified
from monitor.extract.grid.tables import Entry, Table
from monitor.extract.values.dates import iso_instant, moment_in
from monitor.extract.values.money import TOKENS_MILLION, Money, find_money, plain, unit_in_label, unit_of
from snapshots.facts import Fact

_PROMOTED = re.compile(r"discount|promo|% ?off|limited[- ]time|优惠|折扣|折\b|original price", re.IGNORECASE)
_UNTIL = re.compile(r"(?:until|till|ends?(?: on)?|through|截止|至|结束)[^.。]*", re.IGNORECASE)


_BRACKETS = re.compile(r"[^\n(（]{0,40}[(（](?P<words>[^)）\n]{2,40})[)）]")
_ABOVE = 4
_BATCH = re.compile(r"\bbatch\b", re.IGNORECASE)
_AT_ONCE = re.compile(r"on[- ]demand|standard|real[- ]?time|synchronous", re.IGNORECASE)
_LONGEST_LEAD = 160
_PRICED = re.compile(r"pric|cost|\$|usd|价格|元", re.IGNORECASE)
_SIDE_ALONE = re.compile(
    r"(?:(?:un)?cached |cache )?(?:input|output|prompt|completion|read|write|hit|miss)s?(?: tokens?)?(?: \(cached\))?"
    r"|(?:缓存命中|缓存)?输入|输出",
    re.IGNORECASE,
)
_FREE = re.compile(r"free(?: of charge)?|免费", re.IGNORECASE)
_FREE_ENDS = frozenset("eE费")


@dataclass(frozen=True, slots=True)
class _Offer:
    attribute: str
    band: str
    amount: Decimal
    currency: str
    unit: str
    promo: bool = False
    sure: bool = True


def read_prices(page: Page) -> Iterator[Fact]:
    """`price.<attribute>` facts, per one million tokens wherever the page prices tokens."""
    context = _unit_of_page(page)
    indices = {block.key: index for index, block in enumerate(page.document.blocks)}
    for block, table in page.tables:
        effective = page.effective_before(indices[block.key])
        scheduled = effective is not None
        bands = _row_bands(table)
        stated = _stated_order(page, indices[block.key])
        whole = _band_of_section(block, table)
        lead = _price_lead(page, indices[block.key])
        free = any(_is_free(entry.cell.text.plain) for entry in table.entries)
        paid = {entry.labels for entry in table.entries if free and find_money(entry.cell.text.plain)}
        priced = [
            (
                entry,
                _in_order(
                    _offers(_with_unit(entry, lead), bands.get(entry.row, ""), whole, context, paid), entry, stated
                ),
            )
            for entry in table.entries
            if entry.names
        ]
        things = _things(priced)
        for entry, offers in priced:
            thing = things.get((entry.row, entry.column), "")
            for offer in offers:
                band = ".".join(
                    part
                    for part in (
                        "scheduled" if scheduled else "",
                        "promo" if offer.promo else "",
                        offer.band or thing,
                    )
                    if part
                )
                detail = {"currency": offer.currency, "unit": offer.unit}
                if offer.promo and (until := _until(entry)):
                    detail["until"] = until
                value = plain(offer.amount)
                for name in entry.names:
                    fact = page.fact(
                        name, f"price.{offer.attribute}", value, block, row_quote(entry, table),
                        qualifier=band, key=f"{value} {offer.currency} {offer.unit}".strip() if offer.amount else "0",
                        detail={name: text for name, text in detail.items() if text},
                        confidence=1.0 if offer.sure else 0.75,
                    )  # fmt: skip
                    fact = qualified(fact, entry)
                    yield replace(fact, valid_from=effective.at, precision=effective.precision) if effective else fact


def _is_free(text: str) -> bool:
    return text[-1:] in _FREE_ENDS and _FREE.fullmatch(text) is not None


def _things(priced: Sequence[tuple[Entry, list[_Offer]]]) -> dict[tuple[int, int], str]:
    """What each price of a row is for, where several columns price the same side of one thing: `Low context` and
    `High`, or what the provider takes and what the reseller takes.
    """
    rivals: dict[tuple[int, str, str], dict[int, str]] = {}
    for entry, offers in priced:
        for offer in offers:
            if not offer.promo and not _PROMOTED.search(" ".join(entry.labels)):
                side = rivals.setdefault((entry.row, offer.attribute, offer.band), {})
                side[entry.column] = price_thing(entry.labels)
    found: dict[tuple[int, int], str] = {}
    for (row, _, _), things in rivals.items():
        if len(things) > 1 and len(set(things.values())) == len(things):
            found.update({(row, column): thing for column, thing in things.items()})
    return found


def _stated_order(page: Page, index: int) -> tuple[str, ...]:
    """The sides of several amounts in one cell, as the text above a table in its section gives their order."""
    blocks = page.document.blocks
    for block in reversed(blocks[max(0, index - _ABOVE) : index]):
        if block.heading != blocks[index].heading or block.grid is not None:
            break
        if sides := stated_sides(block.text.plain):
            return sides
    return ()


def _price_lead(page: Page, index: int) -> str:
    """The line above a table that says what its bare numbers are: `Prices per 1M tokens (USD)`."""
    blocks = page.document.blocks
    for block in reversed(blocks[max(0, index - _ABOVE) : index]):
        text = block.text.plain
        if block.grid is not None or len(text) > _LONGEST_LEAD:
            break
        if _PRICED.search(text) and unit_in_label(text)[0]:
            return text
    return ""


def _with_unit(entry: Entry, lead: str) -> Entry:
    """An entry under a side alone (`Input`) with the words over its table that make a price of its number."""
    if not lead or not entry.labels or not _SIDE_ALONE.fullmatch(clean_label(entry.labels[-1])):
        return entry
    return replace(entry, labels=(lead, *entry.labels))


def _in_order(offers: list[_Offer], entry: Entry, stated: tuple[str, ...]) -> list[_Offer]:
    """The offers of a cell with the sides that its label or the page states for them in order."""
    sides = next((sides for label in reversed(entry.labels) if (sides := stated_sides(label))), stated)
    if len(offers) < 2 or len(sides) != len(offers):
        return offers
    return [replace(offer, attribute=side, sure=True) for offer, side in zip(offers, sides, strict=True)]


def _row_bands(table: Table) -> dict[int, str]:
    """The band or side that a cell of a row names for the prices beside it (`Batch`, `Off-peak`, `Cached input`)."""
    found: dict[int, str] = {}
    if table.names_on == "rows":
        for entry in table.entries:
            text = entry.cell.text.plain
            if len(text) <= 30 and not find_money(text) and (price_band(text) or price_attribute(text) != "price"):
                found[entry.row] = text
    return found


def _offers(entry: Entry, band: str, whole: str, context: str, paid: Collection[tuple[str, ...]] = ()) -> list[_Offer]:
    """What a cell offers; `band` is the row's, `whole` the table's. Under the `paid` labels the table writes money:
    `free` there is a price.
    """
    text = entry.cell.text.plain
    labels = " ".join([band, *(clean_label(label) for label in entry.labels)]).strip()
    amounts = list(find_money(text))
    if not amounts:
        priced = is_price(entry.labels)
        free = _is_free(text) and (priced or entry.labels in paid)
        number = Decimal(0) if free else _number(text) if priced else None
        if number is None:
            return []
        unit, factor = unit_in_label(labels)
        currency = "CNY" if re.search(r"元|¥|￥|CNY|RMB", labels) else "USD" if re.search(r"\$|USD", labels) else ""
        return [_Offer(price_attribute(labels), price_band(labels), number * factor, currency, unit or context)]
    offers = []
    ends = [*(money.start for money in amounts[1:]), len(text)]
    follows = _lead_their_lines(text, amounts) or any(
        _tells(text[money.end : end][:25].split("\n")[0]) for money, end in zip(amounts, ends, strict=True)
    )
    for index, money in enumerate(amounts):
        start = amounts[index - 1].end if index else 0
        end = amounts[index + 1].start if index + 1 < len(amounts) else len(text)
        between = text[start : money.start]
        around = _after(text[money.end : end], last=end == len(text)) if follows or len(amounts) == 1 else between
        around = f"{_opened(between)} {around}" if follows and index else around
        offers.append(
            _offer(
                money,
                around if index or follows else f"{text[: money.start]} {text[money.end : end]}",
                labels,
                whole,
                context,
            )
        )
    return _promoted(_bracketed(offers, amounts, text), amounts, entry, text)


def _opened(between: str) -> str:
    """What stands after a bracket that opens between two amounts and is about the second: `(cached: $0.15)`."""
    _, bracket, words = between.rpartition("(")
    return words if bracket and ")" not in words else ""


def _after(between: str, *, last: bool) -> str:
    """What follows an amount and is about it, without a bracket that opens for the next one."""
    opened = "" if last else _opened(between)
    return between[: len(between) - len(opened)] if opened else between


def _lead_their_lines(text: str, amounts: Sequence[Money]) -> bool:
    """Whether each amount begins a line of its cell: then what follows it there is about it."""
    return len(amounts) > 1 and all(not text[: money.start].rpartition("\n")[2].strip() for money in amounts)


def _bracketed(offers: list[_Offer], amounts: Sequence[Money], text: str) -> list[_Offer]:
    """Amounts for one thing that brackets after them tell apart, `$0.30 (text) $1.00 (audio)`, each in its own band."""
    ends = [*(money.start for money in amounts[1:]), len(text)]
    inside = [_BRACKETS.match(text, money.end, end) for money, end in zip(amounts, ends, strict=True)]
    words = [slug(match["words"]) if match else "" for match in inside]
    rivals = Counter((offer.attribute, offer.band) for offer in offers)
    if not all(words) or len(set(words)) < len(words) or _PROMOTED.search(text):
        return offers
    return [
        replace(offer, band=word) if rivals[offer.attribute, offer.band] > 1 and not offer.band else offer
        for offer, word in zip(offers, words, strict=True)
    ]


def _tells(text: str) -> bool:
    """Whether what follows an amount says what it is paid for or when: `/ output`, `(off-peak)`."""
    return price_attribute(text) != "price" or (text.lstrip().startswith(("(", "（")) and price_band(text) != "")


def _band_of_section(block: Block, table: Table) -> str:
    """`batch` for a table in a section of batch prices alone, with no column or row of them beside others."""
    heading = block.heading[-1] if block.heading else ""
    if not _BATCH.search(heading) or _AT_ONCE.search(heading):
        return ""
    return "" if any(price_band(label) == "batch" for entry in table.entries for label in entry.labels) else "batch"


def _offer(money: Money, around: str, labels: str, whole: str, context: str) -> _Offer:
    unit, factor = money.unit, Decimal(1)
    if not unit:
        unit, factor = unit_of(around.lstrip(" \\"))
    if not unit:
        unit, factor = unit_in_label(labels)
    words = f"{labels} {around}"
    attribute = price_attribute(around) if price_attribute(around) != "price" else price_attribute(labels)
    return _Offer(attribute, price_band(words) or whole, money.amount * factor, money.currency, unit or context)


def _promoted(offers: list[_Offer], amounts: list[Money], entry: Entry, text: str) -> list[_Offer]:
    """Of two prices for the same thing in one cell one is the list price, the other what is paid for now.

    Two prices that no word tells apart are what goes in and what comes out, in this order, as a guess.
    """
    deleted = entry.cell.text.spans(MarkKind.DELETED)
    notes = " ".join(entry.notes)
    by_key: dict[tuple[str, str], list[int]] = {}
    for index, offer in enumerate(offers):
        by_key.setdefault((offer.attribute, offer.band), []).append(index)
    result = list(offers)
    for indices in by_key.values():
        if len(indices) < 2:
            continue
        if len(indices) == 2 and offers[indices[0]].attribute == "price" and not deleted and not _PROMOTED.search(text):
            for index, side in zip(indices, ("input_price", "output_price"), strict=True):
                result[index] = replace(offers[index], attribute=side, sure=False)
            continue
        if not (
            deleted
            or any(amounts[i].discounted for i in indices)
            or _PROMOTED.search(f"{text} {notes} {' '.join(entry.labels)}")
        ):
            continue
        lowest = min(indices, key=lambda i: offers[i].amount)
        result[lowest] = replace(offers[lowest], promo=True)
    return result


def _until(entry: Entry) -> str:
    for note in (entry.cell.text.plain, *entry.notes):
        if _PROMOTED.search(note) and (match := _UNTIL.search(note)) and (moment := moment_in(match[0])):
            return iso_instant(moment.at) if "T" in moment.value else moment.value
    return ""


def _number(text: str) -> Decimal | None:
    match = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*", text)
    try:
        return Decimal(match[1]) if match else None
    except InvalidOperation:
        return None


def _unit_of_page(page: Page) -> str:
    for block in page.document.blocks[:40]:
        text = block.text.plain
        if re.search(r"per (?:1M|million|1,000,000) tokens|百万 ?tokens|/ ?MTok", text, re.IGNORECASE):
            return TOKENS_MILLION
    return ""
