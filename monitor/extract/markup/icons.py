"""Icons that are all a cell says: a tick or a cross drawn by an element without text."""

from __future__ import annotations

import re

from lxml import etree
from lxml.etree import _Element

_SIGNS = (
    ("✓", re.compile(r"(?:^|[\s_:-])(?:check(?:-?mark|-?circle)?|tick|yes)(?:$|[\s_-])", re.IGNORECASE)),
    ("✗", re.compile(r"(?:^|[\s_:-])(?:cross(?:-?mark)?|x|x-?mark|x-?circle|times|no)(?:$|[\s_-])", re.IGNORECASE)),
)
_NAMED_IN = ("title", "data-icon", "data-lucide", "data-testid", "class")


def sign_in(cell: _Element) -> str:
    """The tick or the cross that the icons of a cell show by their names; empty if none.

    `<svg class="icon-check">` is one, and so is a component that was never rendered, `<check size="18">`.
    """
    for icon in cell.iterdescendants(etree.Element):
        own = icon.tag in ("svg", "i", "span")
        named = (icon.get(name, "") for name in _NAMED_IN) if own else (str(icon.tag),)
        if found := next((sign for text in named for sign, pattern in _SIGNS if pattern.search(text)), ""):
            return found
    return ""
