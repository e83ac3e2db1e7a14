"""Walks an element tree depth first and collects its text with marks.

The walk keeps its own stack: pages nest deeper than Python's.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from lxml.etree import _Element

from monitor.extract.document import MarkKind, Text
from monitor.extract.markup.badges import badge_text
from monitor.extract.markup.icons import sign_in
from monitor.extract.markup.richtext import TextBuilder, collapse

COMPONENT = "x-component"
"""Element that stands for an MDX component; its `title` is text that readers see."""

INLINE_COMPONENT = "x-inline"
"""Element that stands for an MDX component within a line."""

_MARKS = {
    "code": MarkKind.CODE,
    "kbd": MarkKind.CODE,
    "samp": MarkKind.CODE,
    "tt": MarkKind.CODE,
    "del": MarkKind.DELETED,
    "s": MarkKind.DELETED,
    "strike": MarkKind.DELETED,
    "b": MarkKind.STRONG,
    "strong": MarkKind.STRONG,
    "sup": MarkKind.SUPERSCRIPT,
}
INLINE = frozenset(
    [
        "a",
        "abbr",
        "acronym",
        "b",
        "bdi",
        "bdo",
        "big",
        "cite",
        "code",
        "data",
        "del",
        "dfn",
        "em",
        "font",
        "i",
        "ins",
        "kbd",
        "label",
        "mark",
        "math",
        "msup",
        "q",
        "ruby",
        "s",
        "samp",
        "small",
        "span",
        "strike",
        "strong",
        "sub",
        "sup",
        "time",
        "tt",
        "u",
        "var",
        "wbr",
    ]
) | {INLINE_COMPONENT}
"""Elements that go on with the line they stand in."""

SKIPPED = frozenset(
    [
        "script",
        "style",
        "template",
        "noscript",
        "head",
        "iframe",
        "object",
        "embed",
        "canvas",
        "audio",
        "video",
        "select",
        "option",
        "input",
        "textarea",
        "svg",
        "annotation",
        "link",
        "meta",
        "title",
    ]
)
"""Elements without text for readers."""

_PERMALINK = re.compile(r"hash-?link|header-?link|headeranchor|direct link to|permalink|的直接链接")
_NOTHING = len("  ")
_COPY = re.compile(r"\s*(?:copy|复制)\b", re.IGNORECASE)


def text_of(element: _Element) -> Text:
    """The text of a cell, heading or caption; blocks within it are lines."""
    if not len(element):
        return Text(collapse(element.text or ""))
    text = _TextWalker().read(element)
    return text if text.plain or element.tag not in ("td", "th") else Text(sign_in(element))


class Walker:
    """Depth-first walk: `enter` says whether to go into an element, `leave` ends it, `text` gets what lies between."""

    def __init__(self) -> None:
        self.inline = TextBuilder()

    def run(self, root: _Element) -> None:
        """Walk `root` and what is below it."""
        if not self.enter(root):
            return
        self.text(root.text)
        stack: list[tuple[_Element, Iterator[_Element]]] = [(root, iter(root))]
        while stack:
            element, children = stack[-1]
            child = next(children, None)
            if child is None:
                stack.pop()
                self.leave(element)
                if stack:
                    self.text(element.tail)
            elif isinstance(child.tag, str) and self.enter(child):
                self.text(child.text)
                stack.append((child, iter(child)))
            else:
                self.text(child.tail)

    def enter(self, element: _Element) -> bool:
        """Begin an element; false leaves out what is in it."""
        raise NotImplementedError

    def leave(self, element: _Element) -> None:
        """End an element that was entered."""
        raise NotImplementedError

    def text(self, text: str | None) -> None:
        """Take the text between elements."""
        if text:
            self.inline.write(text)

    def enter_inline(self, element: _Element) -> bool:
        """Begin an element within a line; false leaves it out."""
        kind = _MARKS.get(str(element.tag))
        if kind:
            self.inline.open(kind)
        elif element.tag == "a":
            if _is_permalink(element):
                return False
            self.inline.open(MarkKind.LINK, collapse(element.get("href", "")))
        return True

    def leave_inline(self, element: _Element) -> None:
        """End an element within a line."""
        if element.tag == "a" or element.tag in _MARKS:
            self.inline.close()

    def image(self, element: _Element, *, with_alt: bool) -> None:
        """Badges are text wherever they stand; other images only where `with_alt` says that their text is all there
        is, such as a tick in a cell.
        """
        text = badge_text(element.get("src", ""), element.get("alt", ""))
        if text is None:
            text = element.get("alt", "") if with_alt else ""
        if text:
            self.inline.open(MarkKind.IMAGE, element.get("src", ""))
            self.inline.write(text)
            self.inline.close()


class _TextWalker(Walker):
    def read(self, element: _Element) -> Text:
        self._root = element
        self.run(element)
        return self.inline.take()

    def enter(self, element: _Element) -> bool:
        tag = str(element.tag)
        if element is self._root:
            return True
        if tag == "br":
            self.inline.line()
        elif tag == "img":
            self.image(element, with_alt=True)
        elif tag == "svg":
            # An icon separates, and may say what it shows.
            self.inline.write(f" {element.get('aria-label', '')} ")
        elif tag == "button":
            self.inline.write(" ")
            return not _COPY.match("".join(element.itertext()))
        elif tag in SKIPPED:
            return False
        elif tag in INLINE:
            return self.enter_inline(element)
        else:
            self.inline.line()
        return tag not in ("br", "img", "svg")

    def leave(self, element: _Element) -> None:
        if element is self._root:
            return
        if element.tag in INLINE:
            self.leave_inline(element)
        elif element.tag == "button":
            self.inline.write(" ")
        else:
            self.inline.line()


def _is_permalink(element: _Element) -> bool:
    """A link to the heading it stands in: `#`, a paragraph sign or an invisible character."""
    label = " ".join((element.get("class", ""), element.get("aria-label", ""), element.get("title", ""))).lower()
    if len(label) > _NOTHING and _PERMALINK.search(label):
        return True
    return element.get("href", "").startswith("#") and collapse("".join(element.itertext())) in ("", "#", "¶", "§")
