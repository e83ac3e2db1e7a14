"""Rows that share a name: what tells them apart (a version, a region, a resolution) qualifies their facts."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from itertools import accumulate

from monitor.extract.facts.fields import clean_label, price_attribute, price_band, slug
from monitor.extract.grid.tables import Entry, Table
from monitor.extract.values.money import find_money
from snapshots.facts import Fact

TELLING = re.compile(
    r"version|snapshot|region|location|platform|cloud|plan\b|subscription|account|provider|tier|mode\b|resolution|quality|size|deployment|sku|variant"
    r"|effort|duration|context|prompt|length|modalit|\btype\b"
    r"|提示|版本|地域|区域|分辨率|时长|上下文|长度|档|模态|类型",
    re.IGNORECASE,
)
# How long a prompt is, or how much is used: `32K<tokens≤128K`, `> 200K`, `0-32K`, `[0, 32K)`.
_BOUNDS = re.compile(
    r"[<>≤≥]=?\s*\w|\d\s*[KM]?\s*[-–~]\s*\d+\s*[KM]\b|[\[(（]\s*\d+\s*[KM]?\s*[,，]\s*(?:\d+\s*[KM]?|\+?∞)\s*[\])）]",
    re.IGNORECASE,
)
_LONGEST = 40


def told_apart(table: Table) -> Table:
    """The table with the entries of rows that share a name qualified by the cell that differs between them."""
    rows: defaultdict[str, set[int]] = defaultdict(set)
    for entry in table.entries:
        for name in entry.names:
            rows[name].add(entry.row)
    repeated = {name: numbers for name, numbers in rows.items() if len(numbers) > 1}
    if table.names_on != "rows" or not repeated:
        return table
    marks: dict[tuple[int, str], str] = {}
    for name, numbers in repeated.items():
        columns = _telling_columns(table, numbers)
        texts = next(filter(partial(_tells_all, numbers), (*columns, *accumulate(columns, _together))), {})
        marks.update({(row, name): text for row, text in texts.items()})
    entries = tuple(
        replace(entry, qualifier=next((mark for name in entry.names if (mark := marks.get((entry.row, name)))), ""))
        for entry in table.entries
    )
    return replace(table, entries=entries)


def _tells_all(rows: set[int], texts: Mapping[int, str]) -> bool:
    """Whether each of some rows has a text of its own."""
    return len(set(texts.values())) == len(rows)


def _together(first: Mapping[int, str], second: Mapping[int, str]) -> Mapping[int, str]:
    """What two columns say of each row: `1024x1024` and `high`."""
    return {row: ".".join(filter(None, (first.get(row), second.get(row)))) for row in {**first, **second}}


def _telling_columns(table: Table, rows: set[int]) -> list[Mapping[int, str]]:
    """For each column that may tell rows apart the text of each row, as qualifiers."""
    columns: defaultdict[int, dict[int, str]] = defaultdict(dict)
    for entry in table.entries:
        text = entry.cell.text.plain.strip()
        label = clean_label(entry.labels[-1]) if entry.labels else ""
        tells = _BOUNDS.search(text) or (TELLING.search(label) and not _says_what_is_paid(text))
        if entry.row in rows and text and len(text) <= _LONGEST and tells and not find_money(text):
            columns[entry.column][entry.row] = slug(text)
    return [columns[column] for column in sorted(columns)]


def _says_what_is_paid(text: str) -> bool:
    """Whether a cell is the side or the band of the prices beside it, which they carry themselves."""
    return price_attribute(text) != "price" or price_band(text) != ""


def qualified(fact: Fact, entry: Entry) -> Fact:
    """A fact of a table's cell under the qualifier of its row, if the row has one."""
    if not entry.qualifier:
        return fact
    return replace(fact, qualifier=".".join(part for part in (fact.qualifier, entry.qualifier) if part))
