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
        """The places of a row's labels: the columns under the table's first heading, else the leading header cells."""
        if not self.cells:
            return ()
        if self.columns and self.columns[0]:
            under = tuple(place for place, name in enumerate(self.columns) if name == self.columns[0])
            return under if len(under) < len(self.cells) else (0,)
        leading = next((place for place, header in enumerate(self.headers) if not header), len(self.headers))
        return tuple(range(leading)) if 0 < leading < len(self.cells) else (0,)

    @property
    def label(self) -> tuple[str, ...]:
        """The texts of the labels, without empty ones."""
        return tuple(self.cells[place] for place in self.labels if self.cells[place])


@dataclass(frozen=True, slots=True)
class Sheet:
    """A page: its title and its lines in order."""

    title: str
    lines: tuple[Line, ...]
