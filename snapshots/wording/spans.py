"""Text in runs that each channel shows in its own way: a name is a code span in Slack and mono type in mail."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import StrEnum

from snapshots.wording.escape import plain, shorten, shorten_middle

_LEAST = 14


class Role(StrEnum):
    """What a run of text is."""

    PLAIN = "plain"
    CODE = "code"
    OLD = "old"
    NEW = "new"
    STRONG = "strong"
    NOTE = "note"
    MARK = "mark"


@dataclass(frozen=True, slots=True)
class Span:
    """A run of text with one role, free of control, bidi and zero-width characters.

    A note has no space around it: each channel sets it off in its own way.
    """

    text: str
    role: Role = Role.PLAIN


Line = tuple[Span, ...]


def line(*parts: str | Span) -> Line:
    """A line of runs; strings are plain runs."""
    return tuple(part if isinstance(part, Span) else Span(part) for part in parts if part)


def code(text: str, role: Role = Role.CODE) -> Span:
    """A name or value from outside, made visible and whole on one line."""
    return Span(plain(text).replace("`", ""), role)


def text_of(spans: Line) -> str:
    """The line as plain text: notes stand in brackets."""
    return "".join(f" ({span.text})" if span.role is Role.NOTE else span.text for span in spans)


def fit(spans: Line, limit: int) -> Line:
    """At most `limit` characters: the longest names are cut in the middle first, the end of the line last."""
    runs = list(spans)
    while len(text_of(tuple(runs))) > limit:
        over = len(text_of(tuple(runs))) - limit
        names = [(len(run.text), place) for place, run in enumerate(runs) if run.role is not Role.PLAIN]
        length, place = max(names, default=(0, 0))
        if length <= _LEAST:
            return line(shorten(text_of(tuple(runs)), limit))
        runs[place] = replace(runs[place], text=shorten_middle(runs[place].text, max(_LEAST, length - over)))
    return tuple(runs)


def joined(lines: list[Line], separator: str) -> Line:
    """The lines as one, with `separator` between them."""
    result: list[Span] = []
    for each in lines:
        if result:
            result.append(Span(separator))
        result.extend(each)
    return tuple(result)


def capitalised(spans: Line) -> Line:
    """The line with a capital first letter, unless it begins with a name."""
    if spans and spans[0].role is Role.PLAIN:
        first = spans[0].text
        return (replace(spans[0], text=first[:1].upper() + first[1:]), *spans[1:])
    return spans


_SENTENCE_END = re.compile(r"(?<=[.!?。])\s+|(?<=。)")


def sentences(text: str) -> list[str]:
    """Split at sentence ends; a full stop inside a name or number ends nothing."""
    return [part for part in _SENTENCE_END.split(text) if part]


def quotation(text: str, limit: int = 400) -> str:
    """A provider's words made `plain`, at most `limit` characters, cut with `[...]` at a sentence end if it can."""
    whole = plain(text)
    if len(whole) <= limit:
        return whole
    kept = ""
    for sentence in sentences(whole):
        if len(kept) + len(sentence) + 6 > limit:
            break
        kept = f"{kept} {sentence}".strip()
    return f"{kept} [...]" if kept else shorten(whole, limit - 5).removesuffix("...").rstrip() + " [...]"


def quoted(text: str, telling: str = "") -> Line:
    """A quotation in runs: backticked words as names; sentences with the word `telling` marked, unless all have it."""
    parts = sentences(text)
    marked = [bool(telling) and telling.casefold() in part.casefold() for part in parts]
    if all(marked):
        marked = [False] * len(parts)
    return joined([tuple(_runs(part, one)) for part, one in zip(parts, marked, strict=True)], " ")


def _runs(sentence: str, marked: bool) -> Iterator[Span]:
    if marked:
        yield Span(sentence.replace("`", ""), Role.MARK)
        return
    pieces = sentence.split("`")
    balanced = len(pieces) % 2 == 1
    for place, piece in enumerate(pieces):
        if piece:
            yield Span(piece, Role.CODE if balanced and place % 2 else Role.PLAIN)
