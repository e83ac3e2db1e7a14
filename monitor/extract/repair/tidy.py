"""Puts right what pasting, crawling and conversion did to Markdown, where that is certain."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from monitor.extract.repair.bare import mark_headings
from monitor.extract.repair.pandoc import is_pandoc, without_pandoc
from monitor.extract.repair.pasted import Found, find_pasted, may_be_pasted
from monitor.extract.repair.pipes import pipe_table
from monitor.extract.repair.runtogether import find_run_together, may_be_run_together
from monitor.extract.repair.stacked import find_stacked, may_be_stacked

_FENCE = re.compile(r"\s*(`{3,}|~{3,})")
_INLINE_IMAGE = re.compile(r"!\[[^\]\n]*\]\(data:[^()\[\s]*\)")
_MOST_TRIES = 40


class _Finder(NamedTuple):
    repair: str
    may_start: Callable[[Sequence[str], int], bool]
    find: Callable[[Sequence[str], int], Found | None]


_FINDERS = (
    _Finder("put a table together from lines broken inside cells", may_be_pasted, find_pasted),
    _Finder("put a table together from one cell a line", may_be_stacked, find_stacked),
    _Finder("took apart the run-together cells of a table", may_be_run_together, find_run_together),
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
    # A failed try may read ahead a whole table; their number is bounded for the sake of hostile pages.
    tries = dict.fromkeys(_FINDERS, _MOST_TRIES)
    fence = ""
    position = 0
    while position < len(lines):
        mark = _FENCE.match(lines[position]) if "```" in lines[position] or "~~~" in lines[position] else None
        if mark and (not fence or mark.group(1).startswith(fence)):
            fence = "" if fence else mark.group(1)
        found = None
        if not fence and lines[position].strip():
            for finder in _FINDERS:
                if tries[finder] and finder.may_start(lines, position):
                    found = finder.find(lines, position)
                    if found:
                        repairs.append(finder.repair)
                        break
                    tries[finder] -= 1
        if found:
            result.extend(pipe_table(found.rows))
            position = found.end
        else:
            result.append(lines[position])
            position += 1
    return result, repairs
