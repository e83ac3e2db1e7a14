"""Pages as BeautifulSoup mends them, as an element tree for those who walk it.

BeautifulSoup on lxml knows what broken pages of the real world mean. The walkers want ancestors, siblings and searches
at the cost of C, so its tree is copied once, without comments and doctypes, without recursion.
"""

from __future__ import annotations

import gc
import re
from collections.abc import Callable
from functools import lru_cache

from bs4 import BeautifulSoup
from bs4.element import NavigableString, PreformattedString, Tag
from lxml import etree
from lxml.etree import _Element

from monitor.extract.document import DocumentError
from monitor.extract.limits import MAX_DEPTH, MAX_ELEMENTS

# XML 1.0 section 2.2: what an element tree cannot hold.
_FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_NAME = re.compile(r"[A-Za-z_][\w.-]*")
_LARGE = 500_000
_ODD = re.compile(r"[^\w.-]")


def page_tree(text: str) -> _Element | None:
    """The element tree of a page or a fragment, always with `html` at its root; `None` when there is nothing in it.

    Raises:
        DocumentError: there are more elements, or deeper ones, than we read.
    """
    if text.count("<") - text.count("</") > MAX_ELEMENTS:
        raise DocumentError(f"The mark-up has more than {MAX_ELEMENTS:,} elements; headwater reads no more.")
    try:
        root, whole = _mended(text)
    finally:
        # The parts of a soup name each other in circles: a large one would stay until the collector comes by.
        if len(text) > _LARGE:
            gc.collect()
    if not whole:
        raise DocumentError(f"The mark-up is nested more than {MAX_DEPTH:,} elements deep; headwater reads no deeper.")
    return root


def _mended(text: str) -> tuple[_Element | None, bool]:
    """The tree, and whether it is all of it; it is not when elements are nested too deep."""
    soup = BeautifulSoup(text, "lxml", multi_valued_attributes=None)
    if soup.html is None:
        return None, True
    # Only what is forbidden in the page, or hidden in it as a number, can come out of it.
    allowed: Callable[[str], str] = _allowed if "&#" in text or _FORBIDDEN.search(text) else str
    root = etree.Element("html", _attributes(soup.html, allowed))
    todo: list[tuple[Tag, _Element, int]] = [(soup.html, root, 1)]
    while todo:
        tag, element, depth = todo.pop()
        if depth > MAX_DEPTH:
            return root, False
        last: _Element | None = None
        for child in tag.children:
            if isinstance(child, Tag):
                last = etree.SubElement(element, _tag_name(child.name), _attributes(child, allowed))
                todo.append((child, last, depth + 1))
            elif isinstance(child, NavigableString) and not isinstance(child, PreformattedString):
                words = allowed(child)
                if last is None:
                    element.text = (element.text or "") + words
                else:
                    last.tail = (last.tail or "") + words
    return root, True


def _allowed(text: str) -> str:
    return _FORBIDDEN.sub("", text)


@lru_cache(maxsize=1_024)
def _tag_name(name: str) -> str:
    return name if _NAME.fullmatch(name) else f"x{_ODD.sub('-', name)}"


@lru_cache(maxsize=1_024)
def _is_attribute(name: str) -> bool:
    return _NAME.fullmatch(name) is not None


def _attributes(tag: Tag, allowed: Callable[[str], str]) -> dict[str, str]:
    return {name: allowed(str(value)) for name, value in tag.attrs.items() if _is_attribute(name)}
