"""RSS and Atom become documents: an entry is a heading with its date, and what it says.

RSS 2.0 (https://www.rssboard.org/rss-specification), Atom (RFC 4287).
"""

from __future__ import annotations

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from lxml import etree
from lxml.etree import _Element

from monitor.extract.document import Document, DocumentError, Mark, MarkKind, Text
from monitor.extract.markup.dom import walk_blocks
from monitor.extract.markup.mainpart import chrome
from monitor.extract.markup.outline import Outline
from monitor.extract.markup.richtext import collapse
from monitor.extract.markup.soup import page_tree

_BODIES = ("encoded", "content", "description", "summary")
_DATES = ("published", "pubDate", "date", "updated")


def parse_feed(text: str, *, repairs: tuple[str, ...] = ()) -> Document:
    """The document of a feed. Raises `DocumentError` for XML that is malformed or no feed. Entities and DTDs are not
    followed.
    """
    root = _root(text)
    outline = Outline()
    outline.repairs.extend(repairs)
    channel = _child(root, "channel")
    home = root if channel is None else channel
    for entry in root.iter():
        if _name(entry) in ("item", "entry"):
            _write(entry, outline)
    return outline.document(title=_value(home, "title"), canonical_url=_link(home), language=_value(home, "language"))


def _root(text: str) -> _Element:
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, remove_comments=True
    )
    try:
        root = etree.fromstring(text.encode(), parser=parser)
    except etree.XMLSyntaxError as error:
        line = error.lineno or 1
        raise DocumentError(f"This is not valid XML: {error.msg} at line {line}.") from None
    if root is None or _name(root) not in ("rss", "feed", "RDF"):
        found = "nothing" if root is None else f"<{_name(root)}>"
        raise DocumentError(f"This XML is no RSS or Atom feed: it starts with {found}.")
    return root


def _write(entry: _Element, outline: Outline) -> None:
    title = _value(entry, "title")
    day = _day(next((value for name in _DATES if (value := _value(entry, name))), ""))
    heading = ": ".join(part for part in (day, title) if part)
    link = _link(entry)
    marks = (Mark(MarkKind.LINK, 0, len(heading), link),) if link and heading else ()
    outline.heading(1, Text(heading, marks), line=entry.sourceline)
    body = next((child for name in _BODIES if (child := _child(entry, name)) is not None), None)
    if body is None:
        return
    markup = "".join(body.itertext()) if not len(body) else etree.tostring(body, encoding="unicode")
    tree = page_tree(markup)
    if tree is not None:
        mark = outline.open_section(Text())
        walk_blocks(tree, outline, skip=chrome)
        outline.close_section(mark)


def _day(written: str) -> str:
    """The day of a feed's date as ISO 8601 in UTC, or the text itself where it is none."""
    for read in (parsedate_to_datetime, datetime.fromisoformat):
        try:
            moment = read(written)
        except (TypeError, ValueError, IndexError):
            continue
        return (moment.astimezone(UTC) if moment.tzinfo else moment).date().isoformat()
    return written


def _name(element: _Element) -> str:
    return etree.QName(element).localname if isinstance(element.tag, str) else ""


def _child(element: _Element, name: str) -> _Element | None:
    return next((child for child in element if _name(child) == name), None)


def _value(element: _Element, name: str) -> str:
    child = _child(element, name)
    return collapse("".join(child.itertext())) if child is not None else ""


def _link(element: _Element) -> str:
    for child in element:
        if _name(child) == "link" and child.get("rel", "alternate") == "alternate":
            return collapse(child.get("href") or child.text or "")
    return ""
