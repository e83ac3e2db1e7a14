"""Footnotes of tables: marks on cells and labels, and the notes that explain them below."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from monitor.extract.document import Block, BlockKind, Document, MarkKind, Text

_SYMBOLS = "*†‡§"
# A mark at the end of a text: `(1)`, `[^a]`, superscript digits, a dagger.
_TRAILING = re.compile(
    r"\s*(?:[(（](?P<number>\d{1,2})[)）]|\[\^(?P<name>[\w-]{1,20})\]|(?P<raised>[¹²³⁴⁵⁶⁷⁸⁹]+)|(?P<symbol>[*†‡§]{1,3}))\s*$"
)
_INSIDE = re.compile(r"[(（](\d{1,2})[)）]")
NUMBERED = re.compile(r"\(\d{1,2}\)|（\d{1,2}）")
"""A numbered mark wherever it stands in a value."""

_RAISED = str.maketrans("¹²³⁴⁵⁶⁷⁸⁹", "123456789")
_LEADING = re.compile(
    r"\s*(?:[(（](?P<number>\d{1,2})[)）]|\[(?P<bracket>\d{1,2})\]|(?P<raised>[¹²³⁴⁵⁶⁷⁸⁹])|(?P<symbol>[*†‡§]{1,3})(?=\s?\w)"
    r"|(?P<dashed>\d{1,2})\s+[-–—])\s*"
)
_NOTE_BLOCKS = frozenset({BlockKind.PARAGRAPH, BlockKind.ITEM, BlockKind.TABLE})
_FAR = 30


@lru_cache(maxsize=4_096)
def split_notes(text: Text) -> tuple[str, tuple[str, ...]]:
    """The text without its footnote marks, on one line, and the marks in order.

    Superscripts are marks when they are short; `(1)` is one at the end of a line or before a bracket, not within words.
    """
    plain, marks = _without_superscripts(text)
    lines: list[str] = []
    for line in plain.split("\n"):
        bare, found = _split_line(line)
        marks.extend(found)
        if bare:
            lines.append(bare)
    return " ".join(lines), tuple(dict.fromkeys(marks))


def _split_line(line: str) -> tuple[str, list[str]]:
    trailing: list[str] = []
    while match := _TRAILING.search(line):
        if not line[: match.start()].strip():
            break
        raised = (match["raised"] or "").translate(_RAISED)
        trailing.insert(0, match["number"] or match["name"] or raised or match["symbol"])
        line = line[: match.start()]
    inside = [m for m in _INSIDE.finditer(line) if m.end() == len(line) or line[m.end()] in " )）"]
    for match in reversed(inside):
        line = line[: match.start()] + line[match.end() :]
    return line.strip(), [*(match.group(1) for match in inside), *trailing]


def notes_of(document: Document, table_block: Block) -> dict[str, str]:
    """The notes below a table: each mark with its text.

    Notes are paragraphs or list items that start with a mark, up to the next heading; several may be run into one.
    Another table may stand between them, as one that belongs to a note does.
    """
    notes: dict[str, str] = {}
    position = next(
        (i for i, block in enumerate(document.blocks) if block is table_block or block.key == table_block.key), None
    )
    if position is None:
        return notes
    for block in document.blocks[position + 1 : position + 1 + _FAR]:
        if block.kind not in _NOTE_BLOCKS:
            break
        if block.kind is BlockKind.TABLE:
            continue
        for mark, text in _notes_in(block.text):
            notes.setdefault(mark, text)
    return notes


def _notes_in(text: Text) -> Iterator[tuple[str, str]]:
    """The notes of one block. `(2)` begins a second note where it continues the count at the start of a sentence."""
    plain = text.plain
    first = _LEADING.match(plain)
    if not first:
        return
    starts = [(first.start(), first.end(), _mark(first))]
    if first["number"]:
        expected = int(first["number"]) + 1
        for match in _INSIDE.finditer(plain, first.end()):
            before = plain[: match.start()].rstrip(" ")
            if int(match.group(1)) == expected and (
                not before or before[-1] in ".。!！?？\n；;)）" or before.endswith("”")
            ):
                starts.append((match.start(), match.end(), match.group(1)))
                expected += 1
    for (_, begin, mark), end in zip(starts, [start for start, _, _ in starts[1:]] + [len(plain)], strict=True):
        body = plain[begin:end].strip()
        if body:
            yield mark, body


def _mark(match: re.Match[str]) -> str:
    raised = (match["raised"] or "").translate(_RAISED)
    return match["number"] or match["bracket"] or raised or match["symbol"] or match["dashed"]


def _without_superscripts(text: Text) -> tuple[str, list[str]]:
    marks: list[str] = []
    plain = text.plain
    for mark in sorted((m for m in text.marks if m.kind is MarkKind.SUPERSCRIPT), key=lambda m: -m.start):
        raised = plain[mark.start : mark.end].strip("()（）[]^ ")
        if len(raised) <= 3 and (raised.isdecimal() or raised.strip(_SYMBOLS) == "" or len(raised) == 1):
            marks.insert(0, raised)
            plain = plain[: mark.start] + plain[mark.end :]
    return plain, marks
