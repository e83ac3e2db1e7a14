"""Tables that a text extractor wrote one cell a line: the shapes of the lines tell labels from values."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from monitor.extract.repair.pasted import LONGEST_TABLE, Found
from monitor.extract.values.shapes import VALUES, Shape, plain, shape

_NOTE = re.compile(r"[(（]\d{1,2}[)）]\s*\S")
_TAIL = re.compile(r"[(（]\d{1,2}[)）]$|[)）]$")
_LONGEST_CELL = 140
_LEAST_CELLS = 6
_KEYED = frozenset({Shape.URL, Shape.NAME})


def may_be_stacked(lines: Sequence[str], start: int) -> bool:
    """Whether a line may be the first cell of a table, one in capitals; cheap."""
    text = lines[start]
    return text[:1].isupper() and len(text) < _LONGEST_CELL and shape(text) is Shape.LABEL


def find_stacked(lines: Sequence[str], start: int) -> Found | None:
    """The table whose first cell is at a line: a label in capitals, then names (a column each) or a second label."""
    for spaced in (False, True):
        end = _end(lines, start, spaced=spaced)
        cells = list(_cells(lines[start:end]))
        if len(cells) < _LEAST_CELLS:
            continue
        rows = _under_names(cells) or _pairs(cells)
        if rows:
            return Found(start, end, rows)
    return None


def _end(lines: Sequence[str], start: int, *, spaced: bool) -> int:
    """The line after the last cell: at a blank line, or, where blank lines separate all cells, at what is no cell."""
    end = position = start
    while position < min(len(lines), start + LONGEST_TABLE):
        text = lines[position].strip()
        if not text:
            if not spaced:
                break
        elif _NOTE.match(text) or text.startswith(("#", "|", "```", "---")) or len(text) > _LONGEST_CELL:
            break
        else:
            end = position + 1
        position += 1
    return end


def _cells(lines: Sequence[str]) -> Iterator[str]:
    """Cells: a line, and what goes on with it. Pieces of one line keep the space at which they were cut; a lone
    footnote mark or closing bracket belongs to what precedes it; two spaces at the end are a line break.
    """
    cell = before = ""
    for line in lines:
        if not line.strip():
            continue
        if cell and before.endswith("  "):
            cell += "\n" + line.strip()
        elif cell and (before.endswith(" ") or line.startswith(" ")):
            cell = f"{cell} {line.strip()}"
        elif cell and _TAIL.fullmatch(line.strip()):
            cell += line.strip()
        else:
            if cell:
                yield cell
            cell = line.strip()
        before = line
    if cell:
        yield cell


def _under_names(cells: Sequence[str]) -> list[list[str]] | None:
    names = 0
    while names + 1 < len(cells) and shape(cells[names + 1]) is Shape.NAME:
        names += 1
    if not names:
        return None
    rows: list[list[str]] = [list(cells[: names + 1])]
    labels: list[str] = []
    values: list[str] = []
    for index in range(names + 1, len(cells)):
        cell = cells[index]
        if not _is_value(cells, index):
            if values:
                rows.extend(_rows(labels, values))
                labels, values = [], []
            labels.append(cell)
        elif len(values) < names:
            values.append(cell)
        else:
            values[-1] += "\n" + cell
    rows.extend(_rows(labels, values))
    told = sum(1 for row in rows[1:] if shape(row[-1]) in VALUES)
    return rows if told >= 3 else None


def _is_value(cells: Sequence[str], index: int) -> bool:
    looks = shape(cells[index])
    if looks in VALUES or looks is Shape.NAME:
        return True
    neighbours = (*cells[max(0, index - 1) : index], *cells[index + 1 : index + 2])
    return looks is Shape.TEXT and cells[index] in neighbours


def _rows(labels: Sequence[str], values: Sequence[str]) -> Iterator[list[str]]:
    """The row of the values. Of the labels before them the last is theirs, with one in capitals over it; earlier ones
    are rows whose value is text.
    """
    own = list(labels[-1:])
    rest = list(labels[:-1])
    if own and rest and shape(rest[-1]) is Shape.LABEL:
        own.insert(0, rest.pop())
    row: list[str] = []
    for text in rest:
        if shape(text) is Shape.LABEL or not row:
            if row:
                yield row
            row = [text]
        elif len(row) == 1:
            row.append(text)
        else:
            row[-1] += "\n" + text
    if row:
        yield row
    if own or values:
        yield [*own, *values]


def _pairs(cells: Sequence[str]) -> list[list[str]] | None:
    """Two columns, headed by two labels."""
    if shape(cells[1]) is not Shape.LABEL:
        return None
    rows = [list(cells[i : i + 2]) for i in range(0, len(cells) - len(cells) % 2, 2)]
    told = [row for row in rows[1:] if shape(row[1]) in _KEYED or (row[1].startswith("`") and plain(row[1]))]
    return rows if len(rows) > 2 and len(told) * 2 > len(rows) - 1 else None
