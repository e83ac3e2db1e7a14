"""Puts right what pasting, crawling and conversion did to Markdown, where that is certain."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from monitor.extract.bare import mark_headings
from monitor.extract.pandoc import is_pandoc, without_pandoc
from monitor.extract.pasted import Found, find_pasted
from monitor.extract.pipes import pipe_table
from monitor.extract.runtogether import find_run_together
from monitor.extract.stacked import find_stacked

_FENCE = re.compile(r"\s*(`{3,}|~{3,})")
_INLINE_IMAGE = re.compile(r"!\[[^\]]*\]\(data:[^)]*\)")
_FINDERS: tuple[tuple[str, Callable[[Sequence[str], int], Found | None]], ...] = (
    ("put a table together from lines broken inside cells", find_pasted),
    ("put a table together from one cell a line", find_stacked),
    ("took apart the run-together cells of a table", find_run_together),
)


@dataclass(frozen=True, slots=True)
class Tidied:
    """Markdown after repair, with what was done in words."""

    text: str
    repairs: tuple[str, ...] = ()


def tidy(text: str) -> Tidied:
    """The text with its tables put together and its bare headings marked; unchanged when nothing needed it."""
    repairs: list[str] = []
    if "](data:" in text:
        text = _INLINE_IMAGE.sub("", text)
    if is_pandoc(text):
        text = without_pandoc(text)
        repairs.append("read pandoc's divs, attributes and tables")
    lines, made = _with_tables(text.split("\n"))
    repairs.extend(made)
    # Without table markup the rest was pasted as text too: every line is a paragraph, headings are bare.
    if any(made):
        lines, headings = mark_headings(lines)
        if headings:
            repairs.append("marked headings that had lost their marks")
    return Tidied("\n".join(lines), tuple(dict.fromkeys(repairs)))


def _with_tables(lines: list[str]) -> tuple[list[str], list[str]]:
    result: list[str] = []
    repairs: list[str] = []
    fence = ""
    position = 0
    while position < len(lines):
        mark = _FENCE.match(lines[position])
        if mark and (not fence or mark.group(1).startswith(fence)):
            fence = "" if fence else mark.group(1)
        found = None if fence or not lines[position].strip() else _find(lines, position, repairs)
        if found:
            result.extend(pipe_table(found.rows))
            position = found.end
        else:
            result.append(lines[position])
            position += 1
    return result, repairs


def _find(lines: Sequence[str], position: int, repairs: list[str]) -> Found | None:
    for repair, find in _FINDERS:
        found = find(lines, position)
        if found:
            repairs.append(repair)
            return found
    return None
