"""Writes rows of in-line Markdown as a pipe table."""

from __future__ import annotations

from collections.abc import Sequence


def pipe_table(rows: Sequence[Sequence[str]]) -> list[str]:
    """The lines of a pipe table. Line breaks in cells become `<br>`; rows stay as short as they are, so that lost spans
    can be found later. A first row that is short gets an empty header above it.
    """
    width = max(map(len, rows))
    body = list(rows)
    head: Sequence[str] = body.pop(0) if len(body[0]) == width else [""] * width
    return ["", _line(head), "|" + " --- |" * width, *map(_line, body), ""]


def _line(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cell.strip().replace("|", "\\|").replace("\n", "<br>") for cell in cells) + " |"
