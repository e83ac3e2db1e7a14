"""Puts the cells of short rows where they belong, when a conversion lost the spans of a table.

Two kinds of loss: a row lacks the cells that spanned into it from above, or a spanning cell left fewer cells (or empty
ones) in its own row. The width of the row, the shape of its cells and those of its neighbours decide.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from monitor.extract.grid.spans import RawCell
from monitor.extract.values.shapes import VALUES, Shape, alike, shape

Row = Sequence[RawCell]


def align(rows: Sequence[Row]) -> list[list[RawCell]]:
    """The rows with spans put back. A table that states spans, or has none to state, is returned as it is."""
    filled = [list(row) for row in rows if any(cell.text.plain for cell in row)]
    width = max(map(len, filled), default=0)
    if width < 2 or any(cell.spans for row in filled for cell in row):
        return [list(row) for row in rows]
    head = filled[0]
    if width >= 3 and len(head) == width and head[0].text.plain and not head[1].text.plain:
        names = next(i for i in range(1, width + 1) if i == width or head[i].text.plain)
        return _Attributes(width, width - names, explicit=True).align(filled) if names < width else filled
    if all(len(row) == width for row in filled):
        return filled
    if 1 < len(head) < width:
        return _Attributes(width, len(head) - 1, explicit=False).align(filled)
    return _align_records(filled, width)


@dataclass(slots=True)
class _Placed:
    cell: RawCell
    colspan: int = 1
    rowspan: int = 1

    def raw(self) -> RawCell:
        return replace(self.cell, colspan=self.colspan, rowspan=self.rowspan)


class _Attributes:
    """Rows of labels, then values under names. `explicit`: spans to the right left empty cells in their row."""

    def __init__(self, width: int, values: int, *, explicit: bool) -> None:
        self._values = values
        self._labels = width - values
        self._explicit = explicit
        self._above: list[_Placed] = []
        self._group: list[Shape] = []

    def align(self, rows: Sequence[list[RawCell]]) -> list[list[RawCell]]:
        return [[placed.raw() for placed in row] for row in [self._row(row) for row in rows]]

    def _row(self, row: list[RawCell]) -> list[_Placed]:
        if self._explicit:
            return self._explicit_row(row)
        if len(row) == 1:
            self._above, self._group = [], []
            return [_Placed(row[0], self._labels + self._values)]
        count = self._label_count(row)
        labels, values = row[:count], row[count:]
        return self._place(labels, values, self._carried(count, values))

    def _explicit_row(self, row: list[RawCell]) -> list[_Placed]:
        while row and not row[0].text.plain:
            row = row[1:]
        carried = min(self._labels + self._values - len(row), self._labels - 1) if self._above else 0
        count = max(1, self._labels - carried)
        return self._place(_merged(row[:count]), row[count:], carried)

    def _label_count(self, row: list[RawCell]) -> int:
        """How many cells at the start are labels: all but one value for each name, or all but one that spans them."""
        each, spanning = len(row) - self._values, len(row) - 1
        if not 1 <= each <= self._labels:
            return max(1, min(spanning, self._labels))
        if each == spanning or not 1 <= spanning <= self._labels:
            return each
        shapes = [shape(cell.text.plain) for cell in row[each:]]
        even = all(s in VALUES or s is shapes[-1] for s in shapes)
        return each if even or shapes[-1] not in VALUES else spanning

    def _carried(self, count: int, values: list[RawCell]) -> int:
        """How many label columns span into this row from above: the row has fewer labels than the one above, and its
        values go on in the shape of the group's.
        """
        shapes = [shape(cell.text.plain) for cell in values]
        above = list({id(placed): placed for placed in self._above}.values())
        goes_on = bool(self._group) and all(any(alike(s, g) for g in self._group) for s in shapes)
        missing = len(above) - count
        if goes_on and missing > 0:
            return min(sum(placed.colspan for placed in above[:missing]), self._labels - count)
        self._group = shapes if count > 1 else []
        return 0

    def _place(self, labels: list[RawCell], values: list[RawCell], carried: int) -> list[_Placed]:
        for placed in {id(p): p for p in self._above[:carried]}.values():
            placed.rowspan += 1
        own = [_Placed(cell, cell.colspan) for cell in labels]
        if own:
            own[-1].colspan += max(0, self._labels - carried - sum(p.colspan for p in own))
        self._above = self._above[:carried] + [p for p in own for _ in range(p.colspan)]
        return own + self._placed_values(values)

    def _placed_values(self, values: list[RawCell]) -> list[_Placed]:
        filled = [cell for cell in values if cell.text.plain]
        if len(filled) == 1 and values[0] is filled[0] and (self._explicit or len(values) == 1):
            return [_Placed(filled[0], self._values)]
        return [_Placed(cell) for cell in values]


def _merged(cells: Sequence[RawCell]) -> list[RawCell]:
    """Labels with the empty cells after each taken into its span."""
    merged: list[RawCell] = []
    for cell in cells:
        if merged and not cell.text.plain:
            merged[-1] = replace(merged[-1], colspan=merged[-1].colspan + 1)
        else:
            merged.append(cell)
    return merged


def _align_records(rows: Sequence[list[RawCell]], width: int) -> list[list[RawCell]]:
    """Rows under a full header: the missing cells are at the start if the others then match the row above better."""
    result: list[list[_Placed]] = []
    above: list[_Placed] = []
    for row in rows:
        missing = width - len(row)
        if missing and above and _matches(row, above[missing:]) > _matches(row, above):
            for placed in above[:missing]:
                placed.rowspan += 1
            placed_row = [_Placed(cell) for cell in row]
            above = above[:missing] + placed_row
        else:
            placed_row = [_Placed(cell) for cell in row]
            above = placed_row if not missing else above
        result.append(placed_row)
    return [[placed.raw() for placed in row] for row in result]


def _matches(row: Sequence[RawCell], above: Sequence[_Placed]) -> int:
    pairs = zip(row, above, strict=False)
    return sum(1 for cell, other in pairs if shape(cell.text.plain) is shape(other.cell.text.plain) is not Shape.EMPTY)
