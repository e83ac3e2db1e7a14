"""A stored page as it is shown and compared line by line: paragraphs, and tables row by row.

A `Sheet` is what a parsed document comes to for people: the parsers live in another room and hand it over.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a page: a block, or one row of a table.

    `block` is the key of the block it belongs to, `heading` the headings above it. A row has `cells` (text and whether
    it is a header, spans resolved) and `columns`, what stands over each; both are empty for other lines. `level` is
    that of a heading or list item. `number` counts the lines of the page from 1.
    """

    number: int
    kind: str
    block: str
    heading: tuple[str, ...]
    text: str
    level: int = 0
    cells: tuple[str, ...] = ()
    headers: tuple[bool, ...] = ()
    columns: tuple[str, ...] = ()

    @property
    def is_row(self) -> bool:
        """Whether this is a row of a table."""
        return bool(self.cells)

    @property
    def labels(self) -> tuple[int, ...]:
        """The places of a row's leading header cells, else of its first cell."""
        leading = []
        for place, header in enumerate(self.headers):
            if not header:
                break
            leading.append(place)
        return tuple(leading) if leading and len(leading) < len(self.cells) else (0,) if self.cells else ()


@dataclass(frozen=True, slots=True)
class Sheet:
    """A page: its title and its lines in order."""

    title: str
    lines: tuple[Line, ...]
