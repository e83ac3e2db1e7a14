"""A stored page as lines of text, with the words that prove something marked."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from snapshots.diff.blocks import folded
from snapshots.diff.sheets import Line, Sheet

PAGE = 400
_LEAST_QUOTED = 12


@dataclass(frozen=True, slots=True)
class StoredLine:
    """One line; `hit` says that it is among the words looked for, `first` that it is the first of them."""

    line: Line
    hit: bool
    first: bool


@dataclass(frozen=True, slots=True)
class StoredPage:
    """At most `PAGE` lines. `before` and `after` are the lines at which the neighbouring pages start, 0 for none."""

    title: str
    lines: tuple[StoredLine, ...]
    total: int
    hits: int
    before: int
    after: int


def stored_page(sheet: Sheet, *, words: Sequence[str], quotes: Sequence[str], start: int = 0) -> StoredPage:
    """The page of lines that holds the first hit, or begins at line `start`."""
    hits = _hits(sheet.lines, words, quotes)
    first = min(hits, default=0)
    begin = max(1, start) if start else max(1, (first - 1) // PAGE * PAGE + 1) if first else 1
    shown = [line for line in sheet.lines if begin <= line.number < begin + PAGE]
    total = sheet.lines[-1].number if sheet.lines else 0
    return StoredPage(
        title=sheet.title,
        lines=tuple(StoredLine(line, line.number in hits, line.number == first) for line in shown),
        total=total,
        hits=len(hits),
        before=max(1, begin - PAGE) if begin > 1 else 0,
        after=begin + PAGE if total >= begin + PAGE else 0,
    )


def _hits(lines: Sequence[Line], words: Sequence[str], quotes: Sequence[str]) -> set[int]:
    """The lines a quotation comes from: those that hold it, or of a table's row its cells."""
    found: set[int] = set()
    wanted = [quote for quote in map(folded, quotes) if quote]
    parts = [[part for part in map(str.strip, quote.split(" | ")) if part] for quote in wanted]
    for line in lines:
        text = _plain(" | ".join(cell for cell in line.cells if cell) if line.is_row else line.text)
        if not text:
            continue
        for quote, cells in zip(wanted, parts, strict=True):
            plain = _plain(quote)
            inside = len(text) >= _LEAST_QUOTED and text in plain
            if plain in text or inside or (line.is_row and _is_row_of(line, cells, words)):
                found.add(line.number)
    return found


def _is_row_of(line: Line, cells: Sequence[str], words: Sequence[str]) -> bool:
    """Whether most cells of a quoted row stand in this one, the decisive word among them where one is known."""
    own = {_plain(folded(cell)) for cell in line.cells if cell}
    shared = own & set(map(_plain, cells))
    decisive = {_plain(folded(word)) for word in words}
    enough = len(shared) >= max(2, len(own) // 2)
    return enough and (not decisive or bool(decisive & own) or any(word in cell for word in decisive for cell in own))


def _plain(text: str) -> str:
    return re.sub(r"[`*]", "", text.casefold())
