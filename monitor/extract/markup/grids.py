"""Table elements become grids."""

from __future__ import annotations

import re

from lxml.etree import _Element

from monitor.extract.document import Grid
from monitor.extract.grid.align import align
from monitor.extract.grid.spans import RawCell, check_cells, resolve
from monitor.extract.markup.walker import text_of

_SPAN_LIMIT = 1_000
_DIGITS = re.compile(r"\s*(\d{1,6})")


def grid_of(table: _Element) -> Grid:
    """The grid of a `table`, its spans resolved and lost ones put back where that is certain."""
    check_cells(sum(1 for _ in table.iterdescendants("td", "th")))
    caption = table.find("caption")
    rows = [[_raw_cell(cell) for cell in row.iterchildren("td", "th")] for row in table.iterdescendants("tr")]
    return resolve(align(rows), text_of(caption).plain if caption is not None else "")


def _raw_cell(element: _Element) -> RawCell:
    parent = element.getparent()
    section = parent.getparent() if parent is not None else None
    in_head = section is not None and section.tag == "thead"
    return RawCell(
        text_of(element),
        header=element.tag == "th" or in_head,
        colspan=_span(element, "colspan") or 1,
        rowspan=_span(element, "rowspan"),
    )


def _span(element: _Element, name: str) -> int:
    written = element.get(name)
    if written is None:
        return 1
    digits = _DIGITS.match(written)
    return min(int(digits.group(1)), _SPAN_LIMIT) if digits else 1
