"""Reads a JavaScript literal: JSON with single quotes, bare keys, trailing commas, comments and template strings.

Anything that would have to be evaluated (a call, an operator, `${}`) is no literal and raises `LiteralError`.
"""

from __future__ import annotations

import re

from monitor.extract.document import Tree
from monitor.extract.limits import MAX_TREE_DEPTH

_SKIP = re.compile(r"(?:\s+|//[^\n]*|/\*.*?\*/)*", re.DOTALL)
_NUMBER = re.compile(r"[-+]?(?:0[xX][0-9a-fA-F]+|(?:\d[\d_]*)?\.?\d+(?:[eE][-+]?\d+)?|\d+\.)")
_NAME = re.compile(r"[A-Za-z_$][\w$]*")
_STRINGS = {
    '"': re.compile(r'"((?:[^"\\\n]|\\.)*)"', re.DOTALL),
    "'": re.compile(r"'((?:[^'\\\n]|\\.)*)'", re.DOTALL),
    "`": re.compile(r"`((?:[^`\\$]|\\.|\$(?!\{))*)`", re.DOTALL),
}
_ESCAPE = re.compile(r"\\(?:u\{([0-9a-fA-F]{1,6})\}|u([0-9a-fA-F]{4})|x([0-9a-fA-F]{2})|(\n|.))", re.DOTALL)
_ESCAPED = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f", "v": "\v", "0": "", "\n": ""}
_WORDS: dict[str, Tree] = {"true": True, "false": False, "null": None, "undefined": None}


class LiteralError(ValueError):
    """What stands at the position is not a plain literal."""


def read_literal(source: str, position: int = 0) -> tuple[Tree, int]:
    """The literal that starts at `position`, and the position after it."""
    return _Reader(source).value(position, 0)


class _Reader:
    def __init__(self, source: str) -> None:
        self._source = source

    def value(self, position: int, depth: int) -> tuple[Tree, int]:
        if depth > MAX_TREE_DEPTH:
            raise LiteralError("nested too deep")
        position = self._skip(position)
        first = self._source[position : position + 1]
        if first == "{":
            return self._object(position + 1, depth)
        if first == "[":
            return self._array(position + 1, depth)
        if first in _STRINGS:
            return self._string(position)
        number = _NUMBER.match(self._source, position)
        if number:
            return _number(number.group()), number.end()
        name = _NAME.match(self._source, position)
        if name and name.group() in _WORDS:
            return _WORDS[name.group()], name.end()
        raise LiteralError(f"no literal at offset {position}")

    def _object(self, position: int, depth: int) -> tuple[Tree, int]:
        result: dict[str, Tree] = {}
        while True:
            position = self._skip(position)
            if self._source.startswith("}", position):
                return result, position + 1
            key, position = self._key(position)
            position = self._expect(":", position)
            result[key], position = self.value(position, depth + 1)
            position = self._separator(position, "}")

    def _array(self, position: int, depth: int) -> tuple[Tree, int]:
        result: list[Tree] = []
        while True:
            position = self._skip(position)
            if self._source.startswith("]", position):
                return result, position + 1
            value, position = self.value(position, depth + 1)
            result.append(value)
            position = self._separator(position, "]")

    def _key(self, position: int) -> tuple[str, int]:
        if self._source[position : position + 1] in _STRINGS:
            return self._string(position)
        found = _NAME.match(self._source, position) or _NUMBER.match(self._source, position)
        if not found:
            raise LiteralError(f"no key at offset {position}")
        return found.group(), found.end()

    def _string(self, position: int) -> tuple[str, int]:
        found = _STRINGS[self._source[position]].match(self._source, position)
        if not found:
            raise LiteralError(f"unfinished string at offset {position}")
        return _ESCAPE.sub(_unescape, found.group(1)), found.end()

    def _separator(self, position: int, end: str) -> int:
        position = self._skip(position)
        if self._source.startswith(end, position):
            return position
        return self._expect(",", position)

    def _expect(self, mark: str, position: int) -> int:
        position = self._skip(position)
        if not self._source.startswith(mark, position):
            raise LiteralError(f"expected {mark!r} at offset {position}")
        return position + 1

    def _skip(self, position: int) -> int:
        found = _SKIP.match(self._source, position)
        return found.end() if found else position


def _number(text: str) -> int | float:
    text = text.replace("_", "")
    if text.lower().startswith(("0x", "+0x", "-0x")):
        return int(text, 16)
    return int(text) if re.fullmatch(r"[-+]?\d{1,400}", text) else float(text)


def _unescape(match: re.Match[str]) -> str:
    code = match.group(1) or match.group(2) or match.group(3)
    if code:
        return chr(int(code, 16)) if int(code, 16) <= 0x10FFFF else "\ufffd"
    return _ESCAPED.get(match.group(4), match.group(4))
