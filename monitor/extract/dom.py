"""Walks an element tree and writes what it says into an `Outline`.

The walk keeps its own stack: pages nest deeper than Python's.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from lxml.etree import _Element

from monitor.extract.align import align
from monitor.extract.badges import badge_text
from monitor.extract.document import MarkKind, Text
from monitor.extract.outline import Outline
from monitor.extract.richtext import TextBuilder, collapse
from monitor.extract.spans import RawCell, check_cells, resolve

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
_INLINE = frozenset(
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
_SKIPPED = frozenset(
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
        "form-field",
        "annotation",
        "link",
        "meta",
        "title",
    ]
)
_HEADINGS = {f"h{n}": n for n in range(1, 7)}
_TITLED = frozenset({COMPONENT, "section", "details"})
_SPAN_LIMIT = 1_000
_DIGITS = re.compile(r"\s*(\d{1,6})")
_COPY = re.compile(r"\s*(?:copy|复制)\b", re.IGNORECASE)
_BULLET = re.compile(r"[•·▪‣◦]\s*")

Skip = Callable[[_Element], "str | None"]


def never(_: _Element) -> str | None:
    """Skips nothing."""
    return None


def walk_blocks(root: _Element, outline: Outline, *, skip: Skip = never, source_lines: bool = False) -> None:
    """Write the blocks below `root`. Where `skip` gives a reason, the element is left out and the reason noted.

    `source_lines` says that the tree was parsed from the source itself, so that its line numbers mean something;
    otherwise lines come from `data-line`.
    """
    _BlockWalker(outline, skip, source_lines=source_lines).run(root)


def text_of(element: _Element) -> Text:
    """The text of a cell, heading or caption; blocks within it are lines."""
    if not len(element):
        return Text(collapse(element.text or ""))
    return _TextWalker().read(element)


class _Walker:
    """Depth-first walk: `enter` says whether to go into an element, `leave` ends it, `text` gets what lies between."""

    def __init__(self) -> None:
        self.inline = TextBuilder()

    def run(self, root: _Element) -> None:
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
        raise NotImplementedError

    def leave(self, element: _Element) -> None:
        raise NotImplementedError

    def text(self, text: str | None) -> None:
        if text:
            self.inline.write(text)

    def enter_inline(self, element: _Element) -> bool:
        kind = _MARKS.get(str(element.tag))
        if kind:
            self.inline.open(kind)
        elif element.tag == "a":
            if _is_permalink(element):
                return False
            self.inline.open(MarkKind.LINK, collapse(element.get("href", "")))
        return True

    def leave_inline(self, element: _Element) -> None:
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


class _TextWalker(_Walker):
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
        elif tag in _SKIPPED:
            return False
        elif tag in _INLINE:
            return self.enter_inline(element)
        else:
            self.inline.line()
        return tag not in ("br", "img", "svg")

    def leave(self, element: _Element) -> None:
        if element is self._root:
            return
        if element.tag in _INLINE:
            self.leave_inline(element)
        elif element.tag == "button":
            self.inline.write(" ")
        else:
            self.inline.line()


class _BlockWalker(_Walker):
    def __init__(self, outline: Outline, skip: Skip, *, source_lines: bool) -> None:
        super().__init__()
        self._source_lines = source_lines
        self._outline = outline
        self._skip = skip
        self._lists = 0
        self._item_open = False
        self._sections: dict[_Element, int] = {}
        self._line: int | None = None

    def enter(self, element: _Element) -> bool:
        tag = str(element.tag)
        if tag == "br":
            self.inline.line()
            return False
        if tag == "img":
            self.image(element, with_alt=False)
            return False
        if tag in _SKIPPED or tag == "button":
            return False
        if tag in _INLINE:
            return self.enter_inline(element)
        reason = self._skip(element)
        if reason is not None:
            self._outline.ignored.append(reason)
            return False
        self._flush()
        self._line = element.sourceline if self._source_lines else _line(element) or self._line
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
        if tag in _INLINE:
            self.leave_inline(element)
            return
        self._flush()
        if tag in ("ul", "ol"):
            self._lists -= 1
        elif tag == "li":
            self._item_open = False
        elif element in self._sections:
            self._outline.close_to(self._sections.pop(element))

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
        caption = element.find("caption")
        check_cells(sum(1 for _ in element.iterdescendants("td", "th")))
        rows = [[_raw_cell(cell) for cell in row.iterchildren("td", "th")] for row in element.iterdescendants("tr")]
        self._outline.table(
            resolve(align(rows), text_of(caption).plain if caption is not None else ""), line=self._line
        )
        return False

    def _enter_titled(self, element: _Element, tag: str) -> None:
        """Accordions, tabs, cards: their title is a heading over what they hold, and over nothing else."""
        if tag == "details":
            summary = element.find("summary")
            title = text_of(summary) if summary is not None else Text()
        else:
            title = Text(collapse(element.get("title", "")))
        if title.plain:
            self._sections[element] = self._outline.depth
            self._outline.heading(self._outline.level + 1, title, line=self._line)

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


def _raw_cell(element: _Element) -> RawCell:
    parent = element.getparent()
    section = parent.getparent() if parent is not None else None
    in_head = section is not None and section.tag == "thead"
    return RawCell(
        text_of(element),
        header=element.tag == "th" or in_head,
        colspan=_span(element, "colspan") or 1,
        rowspan=_span(element, "rowspan"),
    )


def _span(element: _Element, name: str) -> int:
    written = element.get(name)
    if written is None:
        return 1
    digits = _DIGITS.match(written)
    return min(int(digits.group(1)), _SPAN_LIMIT) if digits else 1


def _line(element: _Element) -> int | None:
    given = element.get("data-line")
    return int(given) if given and given.isdecimal() else None


def _is_permalink(element: _Element) -> bool:
    """A link to the heading it stands in: `#`, a paragraph sign or an invisible character."""
    label = " ".join((element.get("class", ""), element.get("aria-label", ""), element.get("title", ""))).lower()
    if re.search(r"hash-?link|header-?link|headeranchor|direct link to|permalink|的直接链接", label):
        return True
    return element.get("href", "").startswith("#") and collapse("".join(element.itertext())) in ("", "#", "¶", "§")


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
