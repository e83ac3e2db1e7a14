"""Plain text: paragraphs between blank lines, their wrapping undone."""

from __future__ import annotations

import re

from monitor.extract.document import Document, Text
from monitor.extract.markup.outline import Outline
from monitor.extract.markup.richtext import collapse

_PARAGRAPH = re.compile(r"\n[ \t]*\n")


def parse_plain(text: str, *, repairs: tuple[str, ...] = ()) -> Document:
    """The document of a text such as a license: its first line is the title."""
    outline = Outline()
    outline.repairs.extend(repairs)
    title, line, position = "", 1, 0
    for end in [match.span() for match in _PARAGRAPH.finditer(text)] + [(len(text), len(text))]:
        paragraph = text[position : end[0]]
        lead = len(paragraph) - len(paragraph.lstrip("\n"))
        outline.paragraph(Text(collapse(paragraph)), line=line + lead)
        title = title or collapse(paragraph.strip().split("\n", 1)[0])
        line += text.count("\n", position, end[1])
        position = end[1]
    return outline.document(title=title[:200])
