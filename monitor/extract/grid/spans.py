"""Rows of cells with spans become a `Grid` in which every position is filled."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from monitor.extract.document import Cell, DocumentError, Grid, Text
from monitor.extract.limits import MAX_CELLS, MAX_COLUMNS

_EMPTY = Cell()


@dataclass(frozen=True, slots=True)
class RawCell:
    """A cell as a row writes it. `rowspan` 0 means to the end of the table, as in HTML."""

    text: Text
    header: bool = False
    colspan: int = 1
    rowspan: int = 1

    @property
    def spans(self) -> bool:
        """Whether the cell covers more than its own position."""
        return self.colspan != 1 or self.rowspan != 1


def resolve(rows: Sequence[Sequence[RawCell]], caption: str = "") -> Grid:
    """The grid of the rows, after the table model of HTML: cells fill the next free position; short rows are padded.

    Rows without any text are dropped, those that only a cell from above reaches included.
    """
    placed: list[dict[int, Cell]] = [{} for _ in rows]
    count = 0
    for r, row in enumerate(rows):
        column = 0
        for raw in row:
            while column in placed[r]:
                column += 1
            width = max(1, min(raw.colspan, MAX_COLUMNS - column))
            height = len(rows) - r if raw.rowspan == 0 else max(1, min(raw.rowspan, len(rows) - r))
            count += width * height
            if column >= MAX_COLUMNS or count > MAX_CELLS:
                raise _too_many_cells()
            cell = Cell(raw.text, (r, column), raw.header)
            for below in range(r, r + height):
                for right in range(column, column + width):
                    placed[below].setdefault(right, cell)
            column += width
    return _compact(placed, caption)


def is_only_header(grid: Grid) -> bool:
    """Whether a grid is one row of header cells."""
    return len(grid.rows) == 1 and all(cell.header for cell in grid.rows[0])


def under_header(header: Grid, body: Grid) -> Grid:
    """A grid of one header row and one of equal width as the one table they were before they were taken apart."""
    rows = (
        tuple(Cell(cell.text, (cell.origin[0] + 1, cell.origin[1]), header=False) for cell in row) for row in body.rows
    )
    return Grid((header.rows[0], *rows), header.caption or body.caption)


def _compact(placed: Sequence[dict[int, Cell]], caption: str) -> Grid:
    kept = [(r, row) for r, row in enumerate(placed) if any(c.text.plain and c.origin[0] == r for c in row.values())]
    new_row = {old: new for new, (old, _) in enumerate(kept)}
    width = max((max(row) + 1 for _, row in kept), default=0)
    if width * len(kept) > MAX_CELLS:
        raise _too_many_cells()
    first_seen: dict[tuple[int, int], int] = {}
    grid = []
    for new, (_, row) in enumerate(kept):
        cells = []
        for column in range(width):
            cell = row.get(column)
            if cell is None:
                cells.append(replace(_EMPTY, origin=(new, column)))
                continue
            top = new_row.get(cell.origin[0], first_seen.setdefault(cell.origin, new))
            cells.append(cell if top == cell.origin[0] else replace(cell, origin=(top, cell.origin[1])))
        grid.append(tuple(cells))
    return Grid(tuple(grid), caption)


def check_cells(count: int) -> None:
    """Raise `DocumentError` when a table has more cells than headwater reads."""
    if count > MAX_CELLS:
        raise _too_many_cells()


def _too_many_cells() -> DocumentError:
    return DocumentError(
        f"A table has more than {MAX_CELLS:,} cells or {MAX_COLUMNS:,} columns, spans counted; headwater reads no more."
    )
