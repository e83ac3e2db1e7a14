"""Builds `Text`: collapses white space as a browser does and keeps marks over the ranges they cover."""

from __future__ import annotations

import re

from monitor.extract.document import Mark, MarkKind, Text

_SPACE = re.compile(r"[\s\u00a0\u3000]+")
# Zero-width characters that pages use as anchors and break hints; they carry no text.
_INVISIBLE = re.compile("[\u200b\u200c\u200d\u2060\ufeff\u00ad\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f]")

_LONGEST_FOOTNOTE = 2


def collapse(text: str) -> str:
    """The text on one line: runs of white space become one space, invisible characters vanish."""
    if text.isascii() and text.isprintable():
        return " ".join(text.split())
    return _SPACE.sub(" ", _INVISIBLE.sub("", text)).strip()


class TextBuilder:
    """Collects text and marks. White space is written only when something follows it, so no text ends in a space."""

    def __init__(self) -> None:
        self._parts: list[str] = []
        self._length = 0
        self._gap = ""
        self._open: list[_OpenMark] = []
        self._marks: list[Mark] = []

    def __bool__(self) -> bool:
        return self._length > 0

    def write(self, text: str) -> None:
        """Appends text, white space collapsed."""
        if not (text.isascii() and text.isprintable()):
            text = _INVISIBLE.sub("", text)
        body = " ".join(text.split())
        if text[:1].isspace() and not self._gap:
            self._gap = " "
        if not body:
            return
        if self._gap and self._length:
            self._emit(self._gap)
        self._gap = ""
        for mark in self._open:
            if mark.start is None:
                mark.start = self._length
        self._emit(body)
        if text[-1:].isspace():
            self._gap = " "

    def line(self) -> None:
        """A line break that means something."""
        self._gap = "\n"

    def open(self, kind: MarkKind, target: str = "") -> None:
        """Starts a mark; it begins with the next visible character."""
        self._open.append(_OpenMark(kind, target))

    def close(self) -> None:
        """Ends the innermost mark; a mark over nothing is dropped."""
        mark = self._open.pop()
        if mark.kind is MarkKind.SUPERSCRIPT:
            self._bracket_footnote(mark.start)
        if mark.start is not None and mark.start < self._length:
            self._marks.append(Mark(mark.kind, mark.start, self._length, mark.target))

    def _bracket_footnote(self, start: int | None) -> None:
        """A raised number right after a word is a footnote: `$4.00` with a raised 1 must not read `$4.001`."""
        if len(self._parts) < 2 or start is None or self._length - len(self._parts[-1]) != start:
            return
        number, before = self._parts[-1], self._parts[-2]
        if number.isdecimal() and len(number) <= _LONGEST_FOOTNOTE and before[-1:].isalnum():
            self._parts[-1] = f"({number})"
            self._length += 2

    def take(self) -> Text:
        """The text so far. The builder starts afresh; marks that are still open continue in the next text."""
        marks = list(self._marks)
        for mark in self._open:
            if mark.start is not None and mark.start < self._length:
                marks.append(Mark(mark.kind, mark.start, self._length, mark.target))
            mark.start = None
        if len(marks) > 1:
            marks.sort(key=_place)
        text = Text("".join(self._parts), tuple(marks))
        self._parts, self._length, self._gap, self._marks = [], 0, "", []
        return text

    def _emit(self, text: str) -> None:
        self._parts.append(text)
        self._length += len(text)


def _place(mark: Mark) -> tuple[int, int]:
    return mark.start, -mark.end


class _OpenMark:
    __slots__ = ("kind", "start", "target")

    def __init__(self, kind: MarkKind, target: str) -> None:
        self.kind = kind
        self.target = target
        self.start: int | None = None
