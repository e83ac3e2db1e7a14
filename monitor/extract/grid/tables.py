"""What a grid means: which cells are names, which are labels, and what stands at their crossing.

Tables come in two orientations: the things they are about (models, parameters, plans) head the rows or the columns.
`read_grid` finds out and gives the same `Entry` for both, so that nothing after it needs to know.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from monitor.extract.document import Cell, Grid, MarkKind
from monitor.extract.grid.namecell import is_list_of_ids, name_of
from monitor.extract.grid.notes import notes_of, split_notes

__all__ = ["Entry", "Table", "cell_lines", "looks_like_name", "notes_of", "read_grid"]

Axis = Literal["rows", "columns", "none"]

_NAME_COLUMN = re.compile(
    r"\b(models?|names?|ids?|identifiers?|aliases|alias|api|endpoints?|engine|system|slug)\b|模型|名称", re.IGNORECASE
)
_OTHER_COLUMN = re.compile(
    r"alternativ|replac|recommend|upgrade|successor|substitut|migrat|instead|base model|version|price"
    r"|(?:point|redirect|rout|resolv)\w*\s+to|served by"
    r"|替代|推荐|版本",
    re.IGNORECASE,
)
_CORNER = re.compile(
    r"\s*(?:(?:\w+ )?(?:models?|systems?|endpoints?)(?: (?:name|id|variant|alias|family|snapshot|version))?(?: / \w+)?"
    r"|(?:api |model )?(?:name|id)|api model name|模型|模型名称)\s*",
    re.IGNORECASE,
)
_UNIT = re.compile(r"[(（][^()（）]{1,40}[)）]")
_MOSTLY = 0.6


@dataclass(frozen=True, slots=True)
class Entry:
    """One cell with all that says what it means.

    `names` are what it is about, `labels` what it says about them, outermost first. A spanning cell gives one entry
    for each name it covers. `notes` are the footnote marks on the cell, its labels and its names; they are stripped
    from labels and names, never from the cell. `qualifier` tells rows of one name apart.
    """

    row: int
    column: int
    labels: tuple[str, ...]
    names: tuple[str, ...]
    cell: Cell
    notes: tuple[str, ...] = ()
    qualifier: str = ""


@dataclass(frozen=True)
class Table:
    """A grid read. `names_on` tells which axis holds the names; `none` leaves `names` empty and gives each cell its row
    and column labels. `subject_label` is what stands over the names of rows.
    """

    entries: tuple[Entry, ...]
    names_on: Axis
    header_rows: int
    header_columns: int
    caption: str = ""
    subject_label: str = ""

    @cached_property
    def by_row(self) -> Mapping[int, Sequence[Entry]]:
        """The entries of each row of the grid, in order."""
        rows: dict[int, list[Entry]] = defaultdict(list)
        for entry in self.entries:
            rows[entry.row].append(entry)
        return rows


def looks_like_name(text: str) -> bool:
    """Whether a text has the shape of a model's name or id: few words, a digit or a hyphen among letters."""
    if not 2 < len(text) <= 60 or len(text.split()) > 5 or text.isupper():
        return False
    first = text.split(maxsplit=1)[0]
    return bool(re.match(r"[A-Za-z]", first)) and bool(re.search(r"[A-Za-z][\w.]*[- ._:@/]?\d|[a-z]-[a-z]", text))


def cell_lines(cell: Cell) -> tuple[str, ...]:
    """The lines of a cell that still hold: struck-out text is left out (`cell.text.spans(MarkKind.DELETED)` has it)."""
    kept = cell.text.without(MarkKind.DELETED)
    return tuple(line.strip() for line in kept.split("\n") if line.strip())


def read_grid(grid: Grid, is_name: Callable[[str], bool] | None = None) -> Table:
    """The table in a grid. `is_name` recognises names of the page's subjects; by default their shape decides."""
    if not grid.rows:
        return Table((), "none", 0, 0, grid.caption)
    reader = _Reader(grid, is_name or looks_like_name)
    axis = reader.axis()
    if axis == "columns":
        return reader.names_in_columns()
    return reader.names_in_rows(named=axis == "rows")


class _Reader:
    def __init__(self, grid: Grid, is_name: Callable[[str], bool]) -> None:
        self._rows = grid.rows
        self._width = grid.width
        self._caption = grid.caption
        self._is_name = is_name
        self._header_rows = _header_rows(grid)
        self._named: dict[int, tuple[str, tuple[str, ...]]] = {}
        self._shares: dict[int, float] = {}

    def axis(self) -> Axis:
        """Where the names are: along the first rows or down the columns."""
        across = self._share(self._rows[0][1:]) if self._width > 1 else 0.0
        columns = [c for c in range(min(self._width, 4)) if not self._is_other(c)]
        down = max(map(self._share_of, columns), default=0.0)
        corner = self._plain(self._rows[0][0])
        if across >= 0.5 and across >= down:
            return "columns"
        if down >= 0.5 or (across < 0.5 and self._name_columns()):
            return "rows"
        if across > 0 and _CORNER.fullmatch(corner) and not self._rows[0][1].header:
            return "columns"
        return "rows" if _CORNER.fullmatch(corner) and len(self._rows) > 1 else "none"

    def names_in_columns(self) -> Table:
        """Models side by side: the first row names them, the columns before them are labels."""
        first = self._first_name_column()
        headers = max(1, self._header_rows)
        names = {c: self._names(self._rows[r][c] for r in range(headers)) for c in range(first, self._width)}
        entries: list[Entry] = []
        group: tuple[str, ...] = ()
        for r in range(headers, len(self._rows)):
            row = self._rows[r]
            labels, notes = self._stack(row[:first])
            if self._is_group(row):
                group = labels
                continue
            for c in range(first, self._width):
                if not row[c].text.plain:
                    continue
                head, head_notes = names[c]
                entries.append(self._entry(r, c, (*group, *labels), head, row[c], (*notes, *head_notes)))
        return Table(tuple(entries), "columns", headers, first, self._caption)

    def names_in_rows(self, *, named: bool) -> Table:
        """Records: each row is about the name it holds; what is written above a column is the label."""
        headers = self._header_rows
        columns = self._name_columns() or ([0] if named or headers == 0 or self._width > 1 else [])
        primary = columns[0] if columns else 0
        labelling = self._labelling_columns(columns)
        heads = [self._stack(self._rows[r][c] for r in range(headers)) for c in range(self._width)]
        entries: list[Entry] = []
        group: tuple[str, ...] = ()
        for r in range(headers, len(self._rows)):
            row = self._rows[r]
            if self._is_group(row):
                group = self._stack(row[:1])[0]
                continue
            names, notes = self._names(row[c] for c in columns)
            qualifiers, more = self._stack(row[c] for c in labelling)
            for c in range(self._width):
                if c == primary or c in labelling or not row[c].text.plain:
                    continue
                head, head_notes = heads[c]
                labels = (*group, *head, *qualifiers) if named else (*group, *names, *qualifiers, *head)
                marks = (*notes, *more, *head_notes)
                entries.append(self._entry(r, c, labels, names if named else (), row[c], marks))
        axis: Axis = "rows" if named else "none"
        label = " ".join(heads[primary][0])
        return Table(tuple(entries), axis, headers, len(columns), self._caption, label)

    def _entry(
        self, row: int, column: int, labels: tuple[str, ...], names: tuple[str, ...], cell: Cell, notes: tuple[str, ...]
    ) -> Entry:
        own = split_notes(cell.text)[1]
        return Entry(row, column, labels, names, cell, tuple(dict.fromkeys((*notes, *own))))

    def _first_name_column(self) -> int:
        head = self._rows[0]
        for c in range(1, self._width):
            if head[c].origin != head[0].origin and head[c].text.plain:
                return c
        return 1

    def _name_columns(self) -> list[int]:
        """The columns that name a row's subject. A column of other names (a replacement, a version) is a value."""
        found: list[int] = []
        for c in range(self._width):
            head = self._head(c)
            if self._is_other(c):
                continue
            if c == 0 and _CORNER.fullmatch(head):
                found.append(c)
            elif self._share_of(c) >= _MOSTLY:
                beside = bool(found) and c == found[-1] + 1 == 1
                if not found or beside or _NAME_COLUMN.search(head):
                    found.append(c)
        if found:
            return found
        headed = (c for c in range(min(3, self._width)) if _CORNER.fullmatch(self._head(c)))
        return [c for c in headed if not self._is_other(c)][:1]

    def _is_other(self, column: int) -> bool:
        """Whether a column holds other names than the subjects' (replacements, versions); a first `Model version` does
        not.
        """
        head = self._head(column)
        return _OTHER_COLUMN.search(head) is not None and not (column == 0 and _CORNER.fullmatch(head))

    def _head(self, column: int) -> str:
        return " ".join(self._plain(self._rows[r][column]) for r in range(self._header_rows))

    def _labelling_columns(self, names: Sequence[int]) -> list[int]:
        """Columns beside the name that split its row into bands: one header spans both, or has nothing to say."""
        if not names or not self._header_rows:
            return []
        top = self._rows[self._header_rows - 1]
        found = []
        for c in range(names[0] + 1, self._width - 1):
            if top[c].text.plain and top[c].origin != top[names[0]].origin:
                break
            if c not in names:
                found.append(c)
        return found

    def _name_of(self, cell: Cell) -> tuple[str, tuple[str, ...]]:
        found = self._named.get(id(cell))
        if found is None:
            found = self._named[id(cell)] = name_of(cell.text, self._is_name)
        return found

    def _column(self, column: int) -> list[Cell]:
        return [row[column] for row in self._rows[self._header_rows or 1 :]]

    def _share_of(self, column: int) -> float:
        """The share of names in a column."""
        if column not in self._shares:
            self._shares[column] = self._share(self._column(column))
        return self._shares[column]

    def _share(self, cells: Iterable[Cell]) -> float:
        """The share of names among the distinct texts of cells."""
        texts = {cell.origin: self._name_of(cell)[0] for cell in cells if cell.text.plain}
        named = sum(self._is_name(text) or is_list_of_ids(text) for text in texts.values())
        return named / len(texts) if texts else 0.0

    def _is_group(self, row: Sequence[Cell]) -> bool:
        """A row with one text and nothing else heads the rows below it."""
        if self._width < 2 or not row[0].text.plain:
            return False
        return all(cell.origin == row[0].origin or not cell.text.plain for cell in row)

    @staticmethod
    def _plain(cell: Cell) -> str:
        return split_notes(cell.text)[0]

    def _names(self, cells: Iterable[Cell]) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """The names in cells that stand above or beside others, each once, and the marks on them."""
        names: list[str] = []
        marks: list[str] = []
        seen: set[tuple[int, int]] = set()
        for cell in cells:
            if cell.origin not in seen and cell.text.plain:
                seen.add(cell.origin)
                name, notes = self._name_of(cell)
                names.append(name)
                marks.extend(notes)
        return tuple(names), tuple(marks)

    @staticmethod
    def _stack(cells: Iterable[Cell]) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """The texts of cells that stand above or beside another, each once, and the marks on them."""
        texts: list[str] = []
        marks: list[str] = []
        seen: set[tuple[int, int]] = set()
        for cell in cells:
            if cell.origin in seen or not cell.text.plain:
                continue
            seen.add(cell.origin)
            text, notes = split_notes(cell.text)
            texts.append(text)
            marks.extend(notes)
        return tuple(texts), tuple(marks)


def _header_rows(grid: Grid) -> int:
    """The rows at the top that only label: flagged ones, or the first where none is and it differs in kind; and the row
    under them that writes nothing but units in brackets.
    """
    rows = _heading_rows(grid)
    return rows + 1 if 0 < rows < len(grid.rows) - 1 and _is_of_units(grid.rows[rows]) else rows


def _is_of_units(row: Sequence[Cell]) -> bool:
    """`| | (tokens) | (per 1K tokens) |`: what the column's values count, the name's cell left blank."""
    written = [cell.text.plain for cell in row if cell.text.plain]
    return not row[0].text.plain and len(written) > 0 and all(map(_UNIT.fullmatch, written))


def _heading_rows(grid: Grid) -> int:
    flagged = 0
    for row in grid.rows[:-1]:
        if not all(cell.header or not cell.text.plain for cell in row) or not any(cell.text.plain for cell in row):
            break
        flagged += 1
    if flagged:
        return flagged
    return 1 if len(grid.rows) > 1 and all(cell.text.plain for cell in grid.rows[0][1:]) else 0
