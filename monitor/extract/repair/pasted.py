"""Tables whose cells were broken over lines: pasted from a browser (tabs), or written by a crawler (pipes).

The separators tell how many cells a line has; the widest line tells how many a row may have; the shape of the pieces
tells whether a line goes on with the last cell or starts a row.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from monitor.extract.values.shapes import Shape, shape

Split = Callable[[str], list[str]]

_DELIMITER = re.compile(r"\s*\|?\s*:?-{3,}:?\s*(?:\|\s*:?-{3,}:?\s*)+\|?\s*")
_LED = re.compile(r"\s*\|(?:\s[^|]*[^|\s])?(?:\s*\|\s*[^|]*[^|\s])?\s*$")
_NOTE = re.compile(r"\s*[(（]\d{1,2}[)）]\s*\S")
_TABBED = re.compile(r"[^|\s][^\t|]*\t")
LONGEST_TABLE = 500
_REPEATED = frozenset({Shape.MONEY, Shape.PAIR, Shape.NAME})


@dataclass(frozen=True, slots=True)
class Found:
    """A table in lines `[start, end)`."""

    start: int
    end: int
    rows: list[list[str]]


def may_be_pasted(lines: Sequence[str], start: int) -> bool:
    """Whether a line may start a table that needs putting together; cheap."""
    line = lines[start].strip()
    return "\t" in line or ("|" in line and not (line.startswith("|") and line.endswith("|") and len(line) > 1))


def find_pasted(lines: Sequence[str], start: int) -> Found | None:
    """The table that starts at a line, if one does that needs putting together."""
    if _TABBED.match(lines[start]):
        return _found(lines, start, _split_tabs, least=2)
    follows = lines[start + 1] if start + 1 < len(lines) else ""
    if _LED.match(lines[start]) and not _DELIMITER.fullmatch(follows):
        found = _found(lines, start, _split_pipes, least=2)
        return found if found and not any(_DELIMITER.fullmatch(line) for line in lines[start : found.end]) else None
    if "|" in lines[start] and not lines[start].lstrip().startswith("|") and _DELIMITER.fullmatch(follows):
        found = _found(lines, start, _split_pipes, least=1)
        broken = found and any("|" not in line for line in lines[start : found.end])
        return found if broken else None
    return None


def _found(lines: Sequence[str], start: int, split: Split, *, least: int) -> Found | None:
    end = start
    last = min(len(lines), start + LONGEST_TABLE)
    while end < last and lines[end].strip(" *") and not lines[end].lstrip().startswith(("#", "```")):
        end += 1
    logical = _glued(lines[start:end])
    separated = [i for i, (text, _) in enumerate(logical) if len(split(text)) > 1]
    if len(separated) < least:
        return None
    width = max(len(split(logical[i][0])) for i in separated)
    rows: list[list[str]] = []
    used = 0
    for index, (text, count) in enumerate(logical):
        if _DELIMITER.fullmatch(text):
            used += count
            continue
        pieces = split(text)
        if not any(pieces):
            used += count
            continue
        if rows and _continues(rows, pieces, width, last=index > separated[-1]):
            rows[-1][-1] += "\n" + pieces[0]
            rows[-1].extend(pieces[1:])
        elif index > separated[-1]:
            break
        else:
            rows.append(pieces)
        used += count
    return Found(start, start + used, rows) if len(rows) > 1 else None


def _glued(lines: Sequence[str]) -> list[tuple[str, int]]:
    """The lines with those that open a bracket joined to the line before: a label is never only a bracket. Each with
    the number of lines it took.
    """
    glued: list[tuple[str, int]] = []
    for line in lines:
        bare = line.strip(" *")
        if glued and bare.startswith(("(", "（")) and not _NOTE.match(bare):
            text, count = glued[-1]
            glued[-1] = (f"{text}\n{bare}", count + 1)
        else:
            glued.append((bare, 1))
    return glued


def _continues(rows: Sequence[Sequence[str]], pieces: Sequence[str], width: int, *, last: bool) -> bool:
    """Whether the first piece goes on with the last cell so far. `last`: no line below has separators."""
    row = rows[-1]
    if len(row) + len(pieces) - 1 > width:
        return False
    before, after = shape(row[-1].rsplit("\n", 1)[-1]), shape(pieces[0])
    if before is after and after in _REPEATED:
        return len(pieces) == 1 or after is not Shape.NAME
    if last:
        return False
    if before is after is Shape.LABEL:
        return len(rows) == 1
    return len(pieces) == 1 and before is after is Shape.TEXT


def _split_tabs(line: str) -> list[str]:
    return [piece.strip() for piece in line.split("\t")]


def _split_pipes(line: str) -> list[str]:
    bare = line.strip()
    bare = bare.removeprefix("|").removesuffix("|")
    return [piece.replace("\\|", "|").strip() for piece in re.split(r"(?<!\\)\|", bare)]
