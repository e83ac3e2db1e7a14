"""Stored bytes as the review pages show them: the parsers' document, line by line."""

from __future__ import annotations

from collections.abc import Iterator

from monitor.extract.document import Block, BlockKind, DocumentError, Grid
from monitor.extract.parse import parse
from snapshots.diff.sheets import Line, Sheet
from snapshots.web.contracts import UnreadableError


def read_sheet(body: bytes, content_type: str, url: str) -> Sheet:
    """The document in the bytes of a version.

    Raises:
        UnreadableError: they cannot be read as a document.
    """
    try:
        document = parse(body, content_type, url=url)
    except DocumentError as error:
        raise UnreadableError(str(error)) from error
    lines: list[Line] = []
    for block in document.blocks:
        lines.extend(_lines(block, len(lines) + 1))
    return Sheet(document.title, tuple(lines))


def _lines(block: Block, number: int) -> Iterator[Line]:
    if block.grid is not None:
        yield from _rows(block, block.grid, number)
        return
    whole = str(block.text)
    texts = whole.split("\n") if block.kind in (BlockKind.CODE, BlockKind.DATA) else [whole]
    for text in texts:
        if text.strip():
            yield Line(number, block.kind, block.key, block.heading, text, level=block.level)
            number += 1


def _rows(block: Block, grid: Grid, number: int) -> Iterator[Line]:
    """The rows of a table; a cell that spans is shown where it begins, and what stands over a column with each row."""
    heads = {place for place, row in enumerate(grid.rows) if row and all(cell.header for cell in row)} or {0}
    columns = ["" for _ in range(grid.width)]
    for place, row in enumerate(grid.rows):
        own = [cell.origin == (place, column) for column, cell in enumerate(row)]
        cells = tuple(str(cell.text) if mine else "" for cell, mine in zip(row, own, strict=True))
        if place in heads:
            columns = [_over(kept, str(cell.text)) for kept, cell in zip(columns, row, strict=True)]
        text = " | ".join(cell for cell in cells if cell)
        if text:
            headers = tuple(cell.header for cell in row)
            yield Line(number, block.kind, block.key, block.heading, text, 0, cells, headers, tuple(columns))
            number += 1


def _over(kept: str, text: str) -> str:
    """What stands over a column, the rows of a head from above."""
    return f"{kept} / {text}" if kept and text and text not in kept.split(" / ") else kept or text
