"""Tables as the extractors see them: each cell with the one thing, or the few things, it is about.

Three forms become the same entries: tables that name their subjects, property tables of a section whose heading names
the subject, and lines of the form `Context window: 128K` in such a section.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import lru_cache

from monitor.extract.document import Block, BlockKind, Cell, Document, Grid, MarkKind, Text
from monitor.extract.facts.fields import field_of, is_price, price_band
from monitor.extract.facts.rows import told_apart
from monitor.extract.facts.sections import dated_heading
from monitor.extract.grid.carried import carried_down
from monitor.extract.grid.namecell import ids_in_list
from monitor.extract.grid.tables import Entry, Table, notes_of, read_grid
from monitor.extract.values.names import clean_name, is_model_id, is_name, without_generic
from monitor.extract.values.polarity import polarity

_MOSTLY = 0.6
_NAMES_HEADER = re.compile(
    r"^\W*(?:model|alias|api|pricing|service|subscription|built-in)?\s*(?:model|alias|name|id|plan|tier|edition|tool)"
    r"(?:\s*(?:alias|name|id))?e?s?\W*$",
    re.IGNORECASE,
)
STATUS_MARK = re.compile(
    r"\s*[(\[](?P<status>deprecated|retired|legacy|preview|beta|new|experimental)[)\]]", re.IGNORECASE
)
# Classes of models and amounts are no models: `Less than 4B parameters`, `4B - 16B`.
_SIZES = re.compile(
    r"^(?:less|more|fewer|greater|up|at least|at most|over|under|above|below|between|from)\b(?: than| to)?\s*[$\d]"
    r"|^[<>≤≥~]|\bparameters?$|^\d[\d.]*\s?[KMBT]\s*(?:-|–|—|to)\s*\d",
    re.IGNORECASE,
)
_LINE = re.compile(r"^\W*(?P<label>[A-Za-z][\w /()-]{2,40}?|[\u4e00-\u9fff]{2,12})\s*[:：]\s*(?P<value>\S.{0,80})$")


def read_tables(document: Document, named: Callable[[str], bool]) -> tuple[tuple[Block, Table], ...]:
    """Every table of a document and every block of property lines, in order; `named` recognises known names."""
    result: list[tuple[Block, Table]] = []
    for block in document.blocks:
        if block.grid is not None:
            table = _about(_grid(block.grid, named), notes_of(document, block), named)
            subject = _heading_name(block) or _outer_name(block)
            result.append((block, told_apart(_in_section(table, subject, block.grid))))
        elif block.kind in (BlockKind.ITEM, BlockKind.PARAGRAPH) and (entries := _lines(block, _heading_name(block))):
            result.append((block, Table(entries, "none", 0, 0)))
    return tuple(result)


@lru_cache(maxsize=4_096)
def plain_name(raw: str) -> str:
    """A subject without its marks: footnotes, code ticks, a status in brackets, `model card` after its name."""
    return without_generic(clean_name(STATUS_MARK.sub("", raw)))


def _grid(grid: Grid, named: Callable[[str], bool]) -> Table:
    grid = carried_down(grid, lambda cell: named(plain_name(cell.text.plain)))
    table = read_grid(grid, is_name=named)
    if table.names_on == "none" and (subjects := _first_column(grid)):
        return read_grid(grid, is_name=lambda text: clean_name(text) in subjects)
    return table


def _about(table: Table, notes: Mapping[str, str], named: Callable[[str], bool]) -> Table:
    entries = []
    for entry in table.entries:
        names = _subjects(entry.names)
        texts = tuple(notes[mark] for mark in entry.notes if mark in notes)
        labels = entry.labels if names else (*entry.names, *entry.labels)
        entries.append(Entry(entry.row, entry.column, labels, names, entry.cell, texts))
    if table.names_on == "columns" and any(named(name) for entry in entries for name in entry.names):
        entries = [entry for entry in entries if all(named(name) for name in entry.names)]
    return _measured(replace(table, entries=tuple(entries)))


def _measured(table: Table) -> Table:
    """The table with a column of measures (`Requests per minute`, `Requests per day`) as labels of its rows."""
    if table.names_on != "rows":
        return table
    columns: defaultdict[int, list[Entry]] = defaultdict(list)
    for entry in table.entries:
        columns[entry.column].append(entry)
    for column, cells in columns.items():
        if any(map(_has_digit, cells)):
            continue
        measures = sum(_is_measure(entry.cell.text.plain) for entry in cells)
        if measures > 1 and measures >= _MOSTLY * len(cells):
            rows = {entry.row: entry.cell.text.plain for entry in cells}
            others = (entry for entry in table.entries if entry.column != column)
            return replace(
                table,
                entries=tuple(
                    replace(entry, labels=(*entry.labels, rows[entry.row])) if entry.row in rows else entry
                    for entry in others
                ),
            )
    return table


def _is_measure(text: str) -> bool:
    """Whether a cell names what is counted."""
    found = field_of((text,))
    return found is not None and found.area == "limit"


def _has_digit(entry: Entry) -> bool:
    return any(map(str.isdigit, entry.cell.text.plain))


def _in_section(table: Table, subject: str, grid: Grid) -> Table:
    """A property table without names of its own is about the model its section is named after."""
    if not subject or any(is_name(name) for entry in table.entries for name in entry.names):
        return table
    entries = _first_property(grid, subject) + tuple(
        Entry(entry.row, entry.column, (*_row_labels(entry), *labels), (subject,), cell, entry.notes)
        for entry in table.entries
        if not (_only_points(entry.cell) and entry is not table.by_row[entry.row][0])
        for labels, cell in _parts(entry.cell)
    )
    stated = [entry for entry in entries if field_of(entry.labels) or is_price(entry.labels)]
    return table if len(stated) < 2 else replace(table, entries=entries)


def _only_points(cell: Cell) -> bool:
    """Whether a cell is a link and nothing else: beside the value of a property, no value of it."""
    whole = (0, len(cell.text.plain))
    return any(mark.kind is MarkKind.LINK and (mark.start, mark.end) == whole for mark in cell.text.marks)


def _first_property(grid: Grid, subject: str) -> tuple[Entry, ...]:
    """The property in the first row of a table whose header says nothing and is gone."""
    label, cell = grid.rows[0] if grid.width == 2 else (Cell(), Cell())
    known = field_of((label.text.plain,)) or is_price((label.text.plain,))
    return (Entry(0, 1, (label.text.plain,), (subject,), cell),) if known and not (label.header or cell.header) else ()


def _parts(cell: Cell) -> list[tuple[tuple[str, ...], Cell]]:
    """What a cell says under labels of its own (`**Input limit** 1,000 **Output limit** 500`), else the cell itself."""
    text = cell.text
    strong = [mark for mark in text.marks if mark.kind is MarkKind.STRONG]
    if not strong or text.plain[: strong[0].start].strip():
        return [((), cell)]
    ends = [*(mark.start for mark in strong[1:]), len(text.plain)]
    return [
        ((text.plain[mark.start : mark.end],), Cell(Text(text.plain[mark.end : end].strip(" :\n")), cell.origin))
        for mark, end in zip(strong, ends, strict=True)
    ]


def _row_labels(entry: Entry) -> tuple[str, ...]:
    """The labels of a property: the row's own words, not the `Description` over the column."""
    return entry.names or entry.labels[:1]


def _lines(block: Block, subject: str) -> tuple[Entry, ...]:
    entries: list[Entry] = []
    if not subject or block.text.spans(MarkKind.IMAGE):  # Badges say `label: message` one after the other.
        return ()
    for number, line in enumerate(block.text.plain.split("\n")):
        match = _LINE.match(line)
        if match and (field_of((match["label"],)) or is_price((match["label"],))):
            cell = Cell(Text(match["value"].strip()), (number, 1))
            entries.append(Entry(number, 1, (match["label"],), (subject,), cell))
    return tuple(entries)


def _outer_name(block: Block) -> str:
    """The model that the outermost heading of a block names: its page's own."""
    return _heading_name(block._replace(heading=block.heading[:1])) if len(block.heading) > 1 else ""


def _heading_name(block: Block) -> str:
    """The model that the innermost heading of a block names, empty when it names none."""
    heading = plain_name(block.heading[-1]) if block.heading else ""
    return heading if is_name(heading) and not dated_heading(heading) else ""


@lru_cache(maxsize=4_096)
def _subjects(names: tuple[str, ...]) -> tuple[str, ...]:
    """What an entry is about: an API id before a display name; several when a cell lists several ids."""
    cleaned = [name for name in map(plain_name, names) if _may_be_subject(name)]
    for name in cleaned:
        if len(ids := ids_in_list(name)) > 1:
            return ids
        parts = tuple(part.strip() for part in name.split(", "))
        if len(parts) > 1 and all(map(is_name, parts)):
            return parts
    return tuple(next(([name] for name in cleaned if is_model_id(name)), cleaned[:1]))


def _may_be_subject(name: str) -> bool:
    """Whether a fact can be about this: a date, a number, a band of time or a bare yes is no subject."""
    if not any(character.isalpha() for character in name) or len(name) > 100:
        return False
    if not any(character.isdigit() for character in name) and (is_price((name,)) or field_of((name,))):
        return is_model_id(name)
    if _SIZES.search(name):
        return False
    is_band = price_band(name) and len(name.split()) < 3 and not is_model_id(name)
    return polarity(name) is None and not is_band and not dated_heading(name)


def _first_column(grid: Grid) -> frozenset[str]:
    """The texts of a first column whose header says that it names models or aliases, whatever their shape."""
    if len(grid.rows) < 2 or grid.width < 2 or not _NAMES_HEADER.search(grid.rows[0][0].text.plain):
        return frozenset()
    return frozenset(clean_name(row[0].text.plain) for row in grid.rows[1:] if len(row[0].text.plain) <= 60)
