"""Names written once for several rows: over a group of rows, or in the first of them with blank cells below."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from monitor.extract.document import Cell, Grid

_MOSTLY = 0.6
_LEAST_ROWS = 3

Named = Callable[[Cell], bool]


def carried_down(grid: Grid, is_named: Named) -> Grid:
    """The grid with every row beside its name. `is_named` says whether a cell names a subject.

    Rows keep their numbers; names that stood over a group come into a column of their own, before the others.
    """
    if len(grid.rows) < _LEAST_ROWS or grid.width < 2:
        return grid
    return _filled(grid, is_named) or _from_groups(grid, is_named) or _shifted_back(grid, is_named) or grid


def _filled(grid: Grid, is_named: Named) -> Grid | None:
    """Blank cells of a first column of names, filled from above where their rows go on."""
    first = [row[0] for row in grid.rows[1:]]
    blank = [row for row in grid.rows[1:] if not row[0].text.plain and sum(bool(c.text.plain) for c in row) > 1]
    written = {cell.origin: cell for cell in first if cell.text.plain}
    named = sum(is_named(cell) for cell in written.values())
    if not blank or not first[0].text.plain or named < _MOSTLY * len(written):
        return None
    rows = [grid.rows[0]]
    for row in grid.rows[1:]:
        goes_on = not row[0].text.plain and any(cell.text.plain for cell in row[1:])
        rows.append((rows[-1][0], *row[1:]) if goes_on else row)
    return replace(grid, rows=tuple(rows))


def _from_groups(grid: Grid, is_named: Named) -> Grid | None:
    """A column of names from rows that hold a name and nothing else, where the rows below name no subject."""
    groups = {r: row[0] for r, row in enumerate(grid.rows) if _is_alone(row)}
    others = {row[0].origin: row[0] for r, row in enumerate(grid.rows) if r and r not in groups and row[0].text.plain}
    if not groups or min(groups) > 1 or not all(map(is_named, groups.values())) or any(map(is_named, others.values())):
        return None
    rows: list[tuple[Cell, ...]] = []
    current = Cell(header=True, origin=(0, -1))
    for r, row in enumerate(grid.rows):
        if r in groups:
            current = replace(row[0], origin=(r, -1), header=False)
            rows.append(tuple(Cell(origin=(r, c)) for c in range(-1, grid.width)))
        else:
            rows.append((current, *row))
    return replace(grid, rows=tuple(rows))


def _shifted_back(grid: Grid, is_named: Named) -> Grid | None:
    """Rows that lost the cell of their group (`Vendor | Model ID | ...`, then `Acme` alone, then `acme-4 | 10 | `): all
    of them lack their last cell, and their first is the name that the second column holds.
    """
    groups = {r: row[0] for r, row in enumerate(grid.rows) if r and _is_alone(row)}
    others = [(r, row) for r, row in enumerate(grid.rows) if r and r not in groups]
    if not groups or not others or min(groups) != 1 or any(row[-1].text.plain for _, row in others):
        return None
    if any(is_named(cell) for cell in groups.values()) or sum(is_named(row[0]) for _, row in others) * 2 <= len(others):
        return None
    rows = [grid.rows[0]]
    current = groups[1]
    for r, row in enumerate(grid.rows[1:], 1):
        current = groups.get(r, current)
        moved = (Cell(origin=(r, c)) for c in range(grid.width)) if r in groups else (current, *row[:-1])
        rows.append(tuple(moved))
    return replace(grid, rows=tuple(rows))


def _is_alone(row: tuple[Cell, ...]) -> bool:
    """Whether a row holds one text and nothing else."""
    return bool(row[0].text.plain) and all(cell.origin == row[0].origin or not cell.text.plain for cell in row)
