"""Texts for tests, with code marks written as back ticks."""

from __future__ import annotations

import re

from monitor.extract.document import Mark, MarkKind, Text


def marked(source: str) -> Text:
    """The text of a source in which back ticks mark code."""
    plain, marks, position = "", [], 0
    for match in re.finditer(r"`([^`]*)`", source):
        plain += source[position : match.start()]
        marks.append(Mark(MarkKind.CODE, len(plain), len(plain) + len(match[1])))
        plain += match[1]
        position = match.end()
    return Text(plain + source[position:], tuple(marks))
