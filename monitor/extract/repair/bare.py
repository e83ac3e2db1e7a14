"""Headings and code in text that was copied from a rendered page, where nothing marks them."""

from __future__ import annotations

import re
from collections.abc import Sequence

from monitor.extract.values.shapes import Shape, shape

_HEADING = re.compile(r"#{1,6} ")
_BLOCK = re.compile(r"\s*(?:[|>#]|[-*+] |\d+[.)] |<|```)")
_CODE_START = re.compile(r"(?:curl |import \w|from [\w.]+ import |const \w+ =|// |pip3? install|npm install|\$ )")
_CODE_LINE = re.compile(
    r"[{}()\[\];=\\]\s*,?\s*\\?$|^\s*[\"'-]|^\s+\S|^[})\]]|^(?:import|from|const|return|async|await|print) ?\b"
)
_ENDS_SENTENCE = re.compile(r"[.,:;!?。，：；！？]$")
_SMALL_WORDS = frozenset({"with", "from", "into", "your", "over", "than", "that", "this"})
_LONGEST, _PROSE = 60, 60
_CODE_LINES = 3


def mark_headings(lines: Sequence[str]) -> tuple[list[str], int]:
    """The lines with bare headings marked, code fenced and every other line a paragraph of its own; and how many
    headings were found. Text that marks its headings is returned as it is.
    """
    marked = sum(1 for line in lines if _HEADING.match(line))
    if marked > 1:
        return list(lines), 0
    result: list[str] = []
    found = 0
    position = 0
    while position < len(lines):
        line = lines[position]
        code_end = _code_end(lines, position)
        if code_end:
            result.extend(["", "```", *lines[position:code_end], "```", ""])
            position = code_end
            continue
        if _is_heading(lines, position):
            level = "#" if not marked and not found else "##"
            result.extend(["", f"{level} {line.strip()}", ""])
            found += 1
        elif line.strip() and not _BLOCK.match(line):
            result.extend([line, ""])
        else:
            result.append(line)
        position += 1
    return result, found


def _is_heading(lines: Sequence[str], position: int) -> bool:
    """A short line in title case, without the end of a sentence, right above prose or a table."""
    text = lines[position].strip()
    if not 2 < len(text) <= _LONGEST or _BLOCK.match(text) or _ENDS_SENTENCE.search(text):
        return False
    if shape(text) is not Shape.TEXT or "\t" in text or not (text[0].isupper() or ord(text[0]) > 0x2E80):
        return False
    words = [word for word in re.findall(r"[^\W\d_]+", text) if len(word) > 3 and word not in _SMALL_WORDS]
    if not all(word[0].isupper() or not word.isascii() for word in words):
        return False
    for line in lines[position + 1 : position + 6]:
        if line.strip() and shape(line) is not Shape.LABEL:
            return len(line.strip()) >= _PROSE or line.startswith("|")
    return False


def _code_end(lines: Sequence[str], start: int) -> int:
    """Where the code that starts at a line ends; 0 if none starts there."""
    if not _CODE_START.match(lines[start]):
        return 0
    end = start + 1
    for position in range(start + 1, len(lines)):
        if _CODE_LINE.search(lines[position]) or _CODE_START.match(lines[position]):
            end = position + 1
        elif lines[position].strip() and position - end >= 1:
            break
    return end if end - start >= _CODE_LINES else 0
