"""Writes what an element tree says into an `Outline`, block by block."""

from __future__ import annotations

import re
from collections.abc import Callable

from lxml.etree import _Element

from monitor.extract.document import Text
from monitor.extract.markup.grids import grid_of
from monitor.extract.markup.outline import Outline
from monitor.extract.markup.richtext import collapse
from monitor.extract.markup.walker import COMPONENT, INLINE, SKIPPED, Walker, text_of

_HEADINGS = {f"h{n}": n for n in range(1, 7)}
_ENOUGH = 120
_TITLED = frozenset({COMPONENT, "section", "details"})

Skip = Callable[[_Element], "str | None"]


def never(_: _Element) -> str | None:
    """Skips nothing."""
    return None


def walk_blocks(root: _Element, outline: Outline, *, skip: Skip = never) -> None:
    """Write the blocks below `root`. Where `skip` gives a reason, the element is left out and the reason noted.

    Lines of the source come from `data-line`, which the Markdown renderer writes.
    """
    _BlockWalker(outline, skip).run(root)


def beginning_of(element: _Element) -> str:
    """The first words below an element, to tell what it is."""
    words, length = [], 0
    for text in element.itertext():
        words.append(text)
        length += len(text.strip())
        if length > _ENOUGH:
            break
    return " ".join(words)


class _BlockWalker(Walker):
    def __init__(self, outline: Outline, skip: Skip) -> None:
        super().__init__()
        self._outline = outline
        self._skip = skip
        self._lists = 0
        self._item_open = False
        self._sections: dict[_Element, tuple[int, int]] = {}
        self._line: int | None = None

    def enter(self, element: _Element) -> bool:
        tag = str(element.tag)
        if tag == "br":
            self.inline.line()
            return False
        if tag == "img":
            self.image(element, with_alt=False)
            return False
        if tag in SKIPPED or tag == "button":
            return False
        if tag in INLINE:
            return self.enter_inline(element)
        reason = self._skip(element)
        if reason is not None:
            self._outline.leave_out(reason, beginning_of(element))
            return False
        self._flush()
        self._line = _line(element) or self._line
        return self._enter_block(element, tag)

    def _enter_block(self, element: _Element, tag: str) -> bool:
        if tag in _HEADINGS:
            self._outline.heading(_HEADINGS[tag], text_of(element), line=self._line)
            return False
        if tag == "table":
            return self._enter_table(element)
        if tag == "pre":
            self._outline.code(_code_text(element), _code_language(element), line=self._line)
            return False
        if tag == "dl":
            self._definitions(element)
            return False
        if tag in ("ul", "ol"):
            self._lists += 1
        elif tag == "li":
            self._item_open = True
        elif tag in _TITLED:
            self._enter_titled(element, tag)
        return tag != "summary"

    def leave(self, element: _Element) -> None:
        tag = str(element.tag)
        if tag in INLINE:
            self.leave_inline(element)
            return
        self._flush()
        if tag in ("ul", "ol"):
            self._lists -= 1
        elif tag == "li":
            self._item_open = False
        elif element in self._sections:
            self._outline.close_section(self._sections.pop(element))

    def _flush(self) -> None:
        text = self.inline.take()
        # Emphasis around a table leaves its marks behind.
        if not text.plain.strip("*_|- \n"):
            return
        if self._item_open:
            self._outline.item(text, max(1, self._lists), line=self._line)
            self._item_open = False
        else:
            self._outline.paragraph(text, line=self._line)

    def _enter_table(self, element: _Element) -> bool:
        """A table that holds tables is layout: its cells are read as plain containers."""
        if next(element.iterdescendants("table"), None) is not None:
            return True
        self._outline.table(grid_of(element), line=self._line)
        return False

    def _enter_titled(self, element: _Element, tag: str) -> None:
        """Accordions, tabs, cards: their title is a heading over what they hold, and over nothing else."""
        if tag == "details":
            summary = element.find("summary")
            title = text_of(summary) if summary is not None else Text()
        else:
            title = Text(collapse(element.get("title", "")))
        if title.plain:
            self._sections[element] = self._outline.open_section(title, line=self._line)

    def _definitions(self, element: _Element) -> None:
        """A term and its descriptions read as one item, `term: description`."""
        term = ""
        for child in element.iterdescendants("dt", "dd"):
            text = text_of(child)
            if child.tag == "dt":
                term = text.plain
            elif text.plain:
                prefix = f"{term}: " if term else ""
                self._outline.item(text.prefixed(prefix), max(1, self._lists), line=self._line)


def _line(element: _Element) -> int | None:
    given = element.get("data-line")
    return int(given) if given and given.isdecimal() else None


def _code_text(element: _Element) -> str:
    parts: list[str] = []
    for node in element.iter():
        if node.tag == "br":
            parts.append("\n")
        elif isinstance(node.tag, str) and node.text:
            parts.append(node.text)
        if node is not element and node.tail:
            parts.append(node.tail)
    return "".join(parts).strip("\n")


def _code_language(element: _Element) -> str:
    for node in (element, *element.iterchildren("code")):
        found = re.search(r"\blang(?:uage)?-([\w+#.-]+)", node.get("class", ""))
        if found:
            return found.group(1).lower()
    return ""
