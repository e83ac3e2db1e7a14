"""Lines of a Markdown source that remember where they stood while the source is rewritten."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

_TAGS = re.compile(r"\s*(?:<[^<>]*>\s*)+")
_FENCE = re.compile(r"[ \t]*(?:>[ \t]*)*(`{3,}|~{3,})")


class SourceLine(NamedTuple):
    """A line and its 0-based number in the source it came from."""

    text: str
    number: int

    def alone(self, text: str) -> tuple[SourceLine, SourceLine, SourceLine]:
        """A text in place of this line, with a blank line before and after it: mark-up that ends a paragraph."""
        return SourceLine("", self.number), SourceLine(text, self.number), SourceLine("", self.number)


def numbered(source: str) -> list[SourceLine]:
    """The lines of a source, in order."""
    return [SourceLine(text, number) for number, text in enumerate(source.split("\n"))]


def tables_apart(lines: Iterable[SourceLine]) -> Iterator[SourceLine]:
    """The lines with a blank one between a line of tags and the pipe table right under it, else raw mark-up."""
    before = ""
    for line, is_code in outside_code(lines):
        if not is_code and _TAGS.fullmatch(before) and line.text.lstrip().startswith("|"):
            yield SourceLine("", line.number)
        before = line.text
        yield line


def outside_code(lines: Iterable[SourceLine]) -> Iterator[tuple[SourceLine, bool]]:
    """Each line and whether it belongs to fenced code, the fences included."""
    fence = ""
    for line in lines:
        mark = _FENCE.match(line.text)
        if mark and (not fence or (mark[1].startswith(fence) and not line.text[mark.end() :].strip("`~ \t"))):
            fence = "" if fence else mark[1]
            yield line, True
        else:
            yield line, bool(fence)
