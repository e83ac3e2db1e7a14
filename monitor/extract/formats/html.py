"""HTML pages and fragments become documents."""

from __future__ import annotations

from collections.abc import Mapping

from lxml.etree import _Element

from monitor.extract.document import Document, Tree
from monitor.extract.formats.scripts import script_data
from monitor.extract.markup.dom import beginning_of, walk_blocks
from monitor.extract.markup.mainpart import chrome, find_main
from monitor.extract.markup.outline import Outline
from monitor.extract.markup.richtext import collapse
from monitor.extract.markup.soup import page_tree
from monitor.extract.markup.walker import text_of

_META_NAMES = frozenset({"description", "author", "date", "article:published_time", "article:modified_time"})


def parse_html(text: str, *, repairs: tuple[str, ...] = ()) -> Document:
    """The document of a page or a fragment of one (a title and an article, a bare table).

    Raises `DocumentError` for mark-up nested deeper than the parser follows.
    """
    outline = Outline()
    outline.repairs.extend(repairs)
    root = page_tree(text)
    if root is None:
        return outline.document()
    main = find_main(root)
    _note_left_out(root, main, outline)
    walk_blocks(main, outline, skip=chrome)
    # Scripts belong to the page, not to its last section.
    outline.close_all()
    for found in script_data(root):
        outline.data(found.tree, found.name, "json")
    metadata = _metadata(root)
    return outline.document(
        title=_title(root),
        canonical_url=_canonical_url(root, metadata),
        language=collapse(root.get("lang", "")) if root.tag == "html" else "",
        metadata=metadata,
    )


def _note_left_out(root: _Element, main: _Element, outline: Outline) -> None:
    if main is root or main.tag == "body":
        return
    for element in root.iter("nav", "aside", "footer", "header"):
        reason = chrome(element)
        if reason and not _is_below(element, main):
            outline.leave_out(reason, beginning_of(element))
    outline.leave_out(f"everything outside <{main.tag}>")


def _is_below(element: _Element, main: _Element) -> bool:
    return any(ancestor is main for ancestor in element.iterancestors())


def _title(root: _Element) -> str:
    title = root.find(".//title")
    return text_of(title).plain if title is not None else ""


def _metadata(root: _Element) -> dict[str, Tree]:
    values: dict[str, Tree] = {}
    for meta in root.iter("meta"):
        name = (meta.get("name") or meta.get("property") or "").lower()
        if name.startswith("og:") or name in _META_NAMES:
            values.setdefault(name, collapse(meta.get("content", "")))
    return values


def _canonical_url(root: _Element, metadata: Mapping[str, Tree]) -> str:
    for link in root.iter("link"):
        if link.get("rel", "").lower() == "canonical":
            return collapse(link.get("href", ""))
    return str(metadata.get("og:url", ""))
