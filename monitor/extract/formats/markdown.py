"""Markdown and MDX become documents: the source is tidied, rendered to mark-up and read as any page is."""

from __future__ import annotations

import re
import threading

from cmarkgfm.cmark import Options, markdown_to_html_with_extensions
from lxml import etree
from lxml.etree import _Element

from monitor.extract.document import Document, DocumentError
from monitor.extract.formats.components import as_elements, components_apart, has_components
from monitor.extract.formats.divs import divs_as_elements
from monitor.extract.formats.frontmatter import split_head
from monitor.extract.formats.mdxmodules import has_modules, resolved
from monitor.extract.formats.scripts import script_data
from monitor.extract.formats.sourcelines import numbered, tables_apart
from monitor.extract.limits import MAX_ELEMENTS, MAX_MARKDOWN_CHARACTERS, MAX_MARKDOWN_LINES, MAX_MARKDOWN_SIGNS
from monitor.extract.markup.dom import walk_blocks
from monitor.extract.markup.mainpart import chrome, find_main
from monitor.extract.markup.outline import Outline
from monitor.extract.repair.tidy import tidy

_OPTIONS = (
    Options.CMARK_OPT_UNSAFE
    | Options.CMARK_OPT_SOURCEPOS
    | Options.CMARK_OPT_FOOTNOTES
    | Options.CMARK_OPT_STRIKETHROUGH_DOUBLE_TILDE
)
_DEEPEST_QUOTES = 200
_NESTED_QUOTES = re.compile(rf"(?:>[ \t]*){{{_DEEPEST_QUOTES}}}")
# cmark-gfm keeps in global variables which signs its extensions look for: of two texts rendered at the same time one
# may lose its strikethroughs, and two that are the first of a process end it.
_ONE_AT_A_TIME = threading.Lock()
_POSITION = re.compile(r"(\d{1,9}):(\d{1,9})-")


def parse_markdown(text: str, *, repairs: tuple[str, ...] = ()) -> Document:
    """The document of a Markdown or MDX file."""
    _check_size(text)
    outline = Outline()
    outline.repairs.extend(repairs)
    head, body = split_head(text)
    for reason in head.ignored:
        outline.leave_out(reason)
    if head.tree:
        outline.data(dict(head.tree), "front matter", "yaml", line=1)
    tidied = tidy(body)
    outline.repairs.extend(tidied.repairs)
    # Lines of the source are known only while nothing was rewritten.
    root = rendered(tidied.text, None if tidied.repairs else head.lines + 1)
    if root is not None:
        # What no mark-up was written for is all content.
        if "<" in tidied.text or ":::" in tidied.text:
            walk_blocks(find_main(root), outline, skip=chrome)
        else:
            walk_blocks(root, outline)
        # Scripts belong to the page, not to its last section.
        outline.close_all()
        for found in script_data(root):
            outline.data(found.tree, found.name, "json")
    return outline.document(title=head.title, canonical_url=head.canonical_url, metadata=head.metadata)


def _check_size(text: str) -> None:
    for count, most, what in (
        (len(text), MAX_MARKDOWN_CHARACTERS, "characters"),
        (text.count("\n"), MAX_MARKDOWN_LINES, "lines"),
        (sum(map(text.count, "[<*_`~|")), MAX_MARKDOWN_SIGNS, "signs of mark-up"),
    ):
        if count > most:
            raise DocumentError(f"The Markdown has {count:,} {what}; headwater reads at most {most:,}.")
    if text.count(">") >= _DEEPEST_QUOTES and _NESTED_QUOTES.search(text):
        raise DocumentError(
            f"The Markdown has quotations nested {_DEEPEST_QUOTES} levels deep; headwater reads no deeper."
        )


def rendered(source: str, first_line: int | None) -> _Element | None:
    """The element tree of Markdown. Blocks carry `data-line`, counted from `first_line`, unless that is `None`.

    Rows of tables keep only the cells that were written: whether a cell is empty or missing tells where spans were.
    """
    if has_modules(source):
        source = resolved(source)
    lines = numbered(source)
    if has_components(source):
        lines = list(components_apart(numbered(as_elements(source))))
    if ":::" in source:
        lines = list(divs_as_elements(lines))
    if "|" in source and "<" in source:
        lines = list(tables_apart(lines))
    with _ONE_AT_A_TIME:
        written = markdown_to_html_with_extensions(
            "\n".join(line.text for line in lines), options=_OPTIONS, extensions=["table", "strikethrough"]
        )
    root = _tree(written)
    if root is None:
        return None
    # A list, because cells are removed on the way; an XPath over attributes takes time that grows with the square.
    for element in list(root.iter(etree.Element)):
        position = _POSITION.match(element.get("data-sourcepos", ""))
        if position is None:
            continue
        if position[2] == "0" and element.tag in ("td", "th") and element.getparent() is not None:
            element.getparent().remove(element)
        elif first_line is not None and 0 < int(position[1]) <= len(lines):
            element.set("data-line", str(lines[int(position[1]) - 1].number + first_line))
    return root


def _tree(text: str) -> _Element | None:
    """The element tree of what the renderer wrote, with `html` at its root; `None` when there is nothing in it."""
    if text.count("<") - text.count("</") > MAX_ELEMENTS:
        raise DocumentError(f"The mark-up has more than {MAX_ELEMENTS:,} elements; headwater reads no more.")
    parser = etree.HTMLParser(encoding="utf-8", huge_tree=True, remove_comments=True, remove_pis=True)
    try:
        root = etree.fromstring(text.encode("utf-8", "replace"), parser=parser)
    except etree.XMLSyntaxError:
        root = None
    # The parser stops at its depth limit without an exception; a page cut short must not look like a change.
    if any("depth" in entry.message.lower() for entry in parser.error_log):
        raise DocumentError("The mark-up is nested more than 2,000 elements deep; headwater reads no deeper.")
    return root
