"""What pandoc adds to Markdown: attributes in braces, bracketed spans, and tables drawn with rulers.

Fenced divs (`:::`) are read by the Markdown parser itself, see `divs.py`.
https://pandoc.org/MANUAL.html#tables
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

from monitor.extract.repair.pasted import LONGEST_TABLE
from monitor.extract.repair.pipes import pipe_table

_ATTRIBUTES = r"\{\s*(?:[.#][^\s{}]+|[\w:-]+=\"[^\"]*\")(?:\s+(?:[.#][^\s{}]+|[\w:-]+=\"[^\"]*\"))*\s*\}"
_BRACES = re.compile(rf"(?<=[\])`])\s?{_ATTRIBUTES}|(?<=\s){_ATTRIBUTES}\s*?$", re.MULTILINE)
_SPAN = re.compile(rf"(?<!\])\[((?:[^\[\]\n]|\n(?!\n))*)\]{_ATTRIBUTES}")
_SIGN = re.compile(rf"[\])]{_ATTRIBUTES}")
_RULER = re.compile(r" *-{3,}(?: +-{2,})+ *")
_LINE = re.compile(r" *-{3,} *")
_GRID_RULE = re.compile(r" *\+(?:[-=:]{3,}\+)+ *")


def is_pandoc(text: str) -> bool:
    """Whether a text carries pandoc's attributes, or tables that only pandoc draws."""
    if "{" in text and _SIGN.search(text):
        return True
    return "--" in text and any(_GRID_RULE.fullmatch(line) or _RULER.fullmatch(line) for line in text.split("\n"))


def without_pandoc(text: str) -> str:
    """The text as plain Markdown: attributes dropped, spans opened, drawn tables as pipe tables."""
    text = _BRACES.sub("", _SPAN.sub(r"\1", text)) if "{" in text else text
    lines = text.split("\n")
    result: list[str] = []
    position = 0
    while position < len(lines):
        found = _grid_table(lines, position) or _ruled_table(lines, position)
        if found:
            rows, position = found
            result.extend(pipe_table(rows))
        else:
            result.append(lines[position])
            position += 1
    return "\n".join(result)


def _ruled_table(lines: Sequence[str], start: int) -> tuple[list[list[str]], int] | None:
    """A multi-line or simple table: a ruler shows the columns, blank lines separate rows if there are any."""
    ruler = start
    if _LINE.fullmatch(lines[start]):
        while (
            ruler + 1 < min(len(lines), start + LONGEST_TABLE)
            and lines[ruler + 1].strip()
            and not _RULER.fullmatch(lines[ruler])
        ):
            ruler += 1
    if not _RULER.fullmatch(lines[ruler]):
        return None
    columns = [match.span() for match in re.finditer(r"-+", lines[ruler])]
    end = _closing(lines, ruler + 1)
    if end is None:
        return None
    head = lines[start + 1 : ruler]
    body = lines[ruler + 1 : end]
    groups = _split_blank(body) if any(not line.strip() for line in body) else [[line] for line in body]
    rows = [_cells(group, columns) for group in ([head] if head else []) + groups]
    return (rows, end + 1) if rows else None


def _closing(lines: Sequence[str], start: int) -> int | None:
    for index in range(start, min(start + LONGEST_TABLE, len(lines))):
        if _LINE.fullmatch(lines[index]) or _RULER.fullmatch(lines[index]):
            return index
    return None


def _split_blank(lines: Sequence[str]) -> list[list[str]]:
    groups: list[list[str]] = [[]]
    for line in lines:
        if line.strip():
            groups[-1].append(line)
        elif groups[-1]:
            groups.append([])
    return [group for group in groups if group]


def _cells(lines: Sequence[str], columns: Sequence[tuple[int, int]]) -> list[str]:
    """The cells of a row: slices by display width, since pandoc counts wide characters twice."""
    cells = []
    for index, (start, _) in enumerate(columns):
        end = columns[index + 1][0] if index + 1 < len(columns) else 10_000
        pieces = [_slice(line, start, end).strip() for line in lines]
        cells.append(_joined(pieces))
    return cells


def _joined(pieces: Sequence[str]) -> str:
    """The lines of a cell: a backslash at the end is a line break, other ends are wrapping."""
    text = ""
    for piece in filter(None, pieces):
        gap = "" if not text or text.endswith("\n") else " "
        text += gap + (piece.removesuffix("\\") + "\n" if piece.endswith("\\") else piece)
    return text.strip()


def _slice(line: str, start: int, end: int) -> str:
    if line.isascii():
        return line[start:end]
    kept, position = [], 0
    for character in line:
        if start <= position < end:
            kept.append(character)
        position += 2 if unicodedata.east_asian_width(character) in "WF" else 1
    return "".join(kept)


def _grid_table(lines: Sequence[str], start: int) -> tuple[list[list[str]], int] | None:
    """A table in a drawn grid, `+---+---+`."""
    follows = lines[start + 1] if start + 1 < len(lines) else ""
    if not follows.lstrip().startswith("|") or not _GRID_RULE.fullmatch(lines[start]):
        return None
    rows: list[list[str]] = []
    pending: list[str] = []
    position = start + 1
    while position < min(len(lines), start + LONGEST_TABLE):
        line = lines[position]
        if _GRID_RULE.fullmatch(line):
            if pending:
                columns = zip(*(row.strip().strip("|").split("|") for row in pending), strict=False)
                rows.append([_joined([piece.strip() for piece in column]) for column in columns])
            pending = []
        elif line.lstrip().startswith("|"):
            pending.append(line)
        else:
            break
        position += 1
    return (rows, position) if rows else None
