"""What a short text looks like: a price, a tick, a size, a name, a label.

Layout repair goes by looks, never by meaning.
"""

from __future__ import annotations

import re
from enum import Enum, auto

_LINK = re.compile(r"!?\[((?:[^\[\]\\]|\\.)*)\]\([^()\s]*(?:\s+\"[^\"]*\")?\)")
_MARKUP = re.compile(r"[*`]|\\(?=[_\[\]()#*])|<br\s*/?>")
_NOTE = re.compile(r"\s*[(（]\d{1,2}[)）]|\[\^[\w-]+\]")
_BRACKETED = re.compile(r"[(（][^()（）]*[)）]")

MONEY = r"(?:US\$|[$€£¥￥]|RMB\s?|USD\s?|CNY\s?)\s?\d[\d.,]*|\d[\d.,]*\s?(?:元|美元|USD|CNY|EUR|RMB)"
TICK = r"[✓✔✗✘✅❌☑☒×—–-]|(?i:yes|no|n/?a|true|false|supported|not supported|不?支持|是|否)"
SIZE = r"~?\d[\d.,]*\s?(?:[KMBTkmbt]|%|ms|s|tokens?|RPM|TPM|RPS|万)?"
URL = r"<?https?://\S+"
# No character fits two parts of the pattern and no part gives back what it took, so its cost is linear.
NAME = r"[A-Za-z](?:[^\W_]|\.)*+(?:[-@:/_]++(?:[^\W_]|\.)++)++"

_MONEY = re.compile(rf"[~≈<≤]?\s*(?:{MONEY})(?!\w)")
_TICK = re.compile(rf"(?:{TICK})\s*")
_SIZE = re.compile(SIZE)
_URL = re.compile(URL)
_NAME = re.compile(rf"{NAME}(?=\s*$|\s*[(（\n])")
_PAIR = re.compile(r"[A-Z][A-Za-z]{2,}: \S[^.]{0,30}$")


class Shape(Enum):
    """The look of a text."""

    EMPTY = auto()
    MONEY = auto()
    TICK = auto()
    SIZE = auto()
    URL = auto()
    NAME = auto()
    PAIR = auto()
    LABEL = auto()
    TEXT = auto()


VALUES = frozenset({Shape.MONEY, Shape.TICK, Shape.SIZE, Shape.URL, Shape.PAIR})
"""Shapes that are never labels."""


def plain(markdown: str) -> str:
    """Inline Markdown without links, code marks, emphasis and escapes."""
    return _MARKUP.sub(lambda m: "\n" if m.group().startswith("<") else "", _LINK.sub(r"\1", markdown)).strip()


def shape(text: str) -> Shape:
    """The shape of a text, footnote marks and in-line Markdown aside. Capitals make a label (`CONTEXT LENGTH`)."""
    bare = _NOTE.sub("", plain(text)).strip()
    if not bare:
        return Shape.EMPTY
    for pattern, result in ((_MONEY, Shape.MONEY), (_URL, Shape.URL)):
        if pattern.match(bare):
            return result
    if _TICK.fullmatch(bare):
        return Shape.TICK
    if _SIZE.fullmatch(bare):
        return Shape.SIZE
    if _PAIR.match(bare.split("\n", 1)[0]):
        return Shape.PAIR
    if _is_capitals(bare):
        return Shape.LABEL
    return Shape.NAME if _NAME.match(bare) else Shape.TEXT


def alike(one: Shape, other: Shape) -> bool:
    """Whether two values may stand in one group: the same shape, or a tick and the words that qualify it."""
    return one is other or {one, other} <= {Shape.TICK, Shape.TEXT}


def _is_capitals(text: str) -> bool:
    letters = [c for c in _BRACKETED.sub("", text) if c.isalpha()]
    return len(letters) > 1 and all(c.isupper() for c in letters)
