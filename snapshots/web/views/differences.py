"""What changed, as rows: each attribute with its values before and now, and by how much they differ."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from snapshots.changes.catalogue import kind_of
from snapshots.changes.model import Area, Aspect
from snapshots.journal import Entry
from snapshots.wording import moments, words
from snapshots.wording.cases import Fold, cases, value_lines
from snapshots.wording.escape import plain
from snapshots.wording.spans import Line
from snapshots.wording.values import band_label, value_of

_MOST_FACTS = 40


@dataclass(frozen=True, slots=True)
class Amount:
    """One value with its band."""

    text: str
    band: str


@dataclass(frozen=True, slots=True)
class FactRow:
    """One attribute: its values before and now, each with its band, and by how much they differ."""

    attribute: str
    before: tuple[Amount, ...]
    after: tuple[Amount, ...]
    difference: str


def facts_table(entries: Sequence[Entry]) -> list[FactRow]:
    """What changed, one row an attribute; the bands of a price stand together."""
    found = cases(entries)[0]
    return [_fact_row(fold) for fold in found.folds[:_MOST_FACTS]]


def facts_unit(entries: Sequence[Entry]) -> str:
    """`Price, USD per 1M tokens` where all rows are of one unit; else `Fact`."""
    change = cases(entries)[0].entry.change
    if kind_of(change.kind).area is not Area.PRICE:
        return "Fact"
    detail = {**change.before_detail, **change.after_detail}
    currency, unit = plain(detail.get("currency", "")), plain(detail.get("unit", "")) or "1M tokens"
    return f"Price, {currency} per {unit}" if currency else "Price"


def _fact_row(fold: Fold) -> FactRow:
    change = fold[0].change
    name = "means" if change.attribute == "target" else words.what(change)
    label = f"{name[:1].upper()}{name[1:]}"
    scope = words.scope(change)
    if kind_of(change.kind).area is Area.PRICE:
        before = _amounts(fold, before=True)
        after = _amounts(fold, before=False)
        return FactRow(label, before, after, _factor(fold))
    if moments.parse(change.after) or moments.parse(change.before):
        was, now = moments.said(change.before), moments.said(change.after)
        return FactRow(label, _one(was), _one(now), _days(change.before, change.after))
    before_line, after_line = value_lines(fold)
    label = f"{label}, {scope}" if scope else label
    if not before_line and not after_line and kind_of(change.kind).aspect is Aspect.EXISTENCE:
        gone = change.kind.endswith("-removed")
        return FactRow(label, _one("yes") if gone else (), () if gone else _one("yes"), "")
    return FactRow(label, _noted(before_line), _noted(after_line), "")


def _one(text: str) -> tuple[Amount, ...]:
    return (Amount(text, ""),) if text else ()


def _noted(told: Line) -> tuple[Amount, ...]:
    return (Amount(told[0].text, told[1].text if len(told) > 1 else ""),) if told else ()


def _amounts(fold: Fold, *, before: bool) -> tuple[Amount, ...]:
    found = []
    for entry in fold:
        change = entry.change
        value = change.before if before else change.after
        detail: Mapping[str, str] = change.before_detail if before else change.after_detail
        text = value_of("price", change.attribute, value, detail)
        if text:
            found.append(Amount(text, band_label(change.qualifier)))
    if before and len({amount.text for amount in found}) == 1:
        return (Amount(found[0].text, ""),)
    return tuple(dict.fromkeys(found))


def _factor(fold: Fold) -> str:
    """`2.3 to 4.6 ×`: the new amounts as multiples of the old ones."""
    factors = []
    for entry in fold:
        try:
            before, after = Decimal(entry.change.before or ""), Decimal(entry.change.after or "")
            factors.append(after / before)
        except (InvalidOperation, ZeroDivisionError):
            continue
    if not factors:
        return ""
    least, most = (f"{factor:.1f}" if factor < 10 else f"{factor:.0f}" for factor in (min(factors), max(factors)))
    return f"{least} ×" if least == most else f"{least} to {most} ×"


def _days(before: str | None, after: str | None) -> str:
    was, now = moments.parse(before), moments.parse(after)
    if not was or not now:
        return ""
    days = moments.days_between(was[0], now[0])
    return f"{abs(days):,} days {'later' if days > 0 else 'earlier'}" if days else "same day"
