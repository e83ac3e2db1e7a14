"""Markdown and MDX become documents: the source is tidied, rendered to mark-up and read as any page is."""

from __future__ import annotations

from collections.abc import Sequence

from lxml import etree
from lxml.etree import _Element
from markdown_it import MarkdownIt
from markdown_it.token import Token
from mdit_py_plugins.footnote import footnote_plugin

from monitor.extract.components import as_elements, components_plugin, has_components
from monitor.extract.divs import divs_plugin
from monitor.extract.document import Document, DocumentError
from monitor.extract.dom import walk_blocks
from monitor.extract.frontmatter import split_head
from monitor.extract.limits import MAX_MARKDOWN_CHARACTERS, MAX_MARKDOWN_LINES, MAX_MARKDOWN_SIGNS, MAX_TAGS
from monitor.extract.mainpart import chrome, find_main
from monitor.extract.outline import Outline
from monitor.extract.scripts import script_data
from monitor.extract.tidy import tidy


def _parser() -> MarkdownIt:
    return (
        MarkdownIt("commonmark", {"html": True})
        .enable(["table", "strikethrough"])
        .use(footnote_plugin)
        .use(divs_plugin)
    )


_MARKDOWN = _parser()
_MDX = _parser().use(components_plugin)


def parse_markdown(text: str, *, repairs: tuple[str, ...] = ()) -> Document:
    """The document of a Markdown or MDX file."""
    _check_size(text)
    outline = Outline()
    outline.repairs.extend(repairs)
    head, body = split_head(text)
    outline.ignored.extend(head.ignored)
    if head.tree:
        outline.data(dict(head.tree), "front matter", "yaml", line=1)
    tidied = tidy(body)
    outline.repairs.extend(tidied.repairs)
    # Lines of the source are known only while nothing was rewritten.
    first_line = None if tidied.repairs else head.lines
    root = _rendered_tree(render(tidied.text, first_line))
    if root is not None:
        walk_blocks(find_main(root), outline, skip=chrome)
        # Scripts belong to the page, not to its last section.
        outline.close_to(0)
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


def render(source: str, first_line: int | None) -> str:
    """Mark-up of Markdown. Blocks carry `data-line`, counted from `first_line`; rows keep only the cells they wrote."""
    parser = _MARKDOWN
    if has_components(source):
        parser, source = _MDX, as_elements(source)
    tokens = parser.parse(source)
    if first_line is not None:
        for token in tokens:
            if token.map and token.nesting >= 0 and token.type != "inline":
                token.attrSet("data-line", str(token.map[0] + first_line + 1))
    return str(parser.renderer.render(_without_padding(tokens, source.split("\n")), parser.options, {}))


def _without_padding(tokens: Sequence[Token], lines: Sequence[str]) -> list[Token]:
    """Drops the empty cells that pad a short row: whether a cell is empty or missing tells where spans were."""
    kept: list[Token] = []
    room: int | None = None
    for token in tokens:
        if token.type == "tr_open" and token.map:
            room = cell_count(lines[token.map[0]])
        elif token.type == "tr_close":
            room = None
        if room is not None and token.type in ("td_open", "th_open"):
            room -= 1
        if room is None or room >= 0:
            kept.append(token)
    return kept


def cell_count(line: str) -> int:
    """How many cells a row of a pipe table has. Escaped pipes belong to their cell."""
    bare = line.strip().replace("\\|", "")
    return bare.removeprefix("|").removesuffix("|").count("|") + 1


def _rendered_tree(text: str) -> _Element | None:
    """The element tree of what the renderer wrote, with `html` at its root; `None` when there is nothing in it."""
    if text.count("<") > MAX_TAGS:
        raise DocumentError(f"The mark-up has more than {MAX_TAGS:,} tags; headwater reads no more.")
    parser = etree.HTMLParser(encoding="utf-8", huge_tree=True, remove_comments=True, remove_pis=True)
    try:
        root = etree.fromstring(text.encode("utf-8", "replace"), parser=parser)
    except etree.XMLSyntaxError:
        root = None
    # The parser stops at its depth limit without an exception; a page cut short must not look like a change.
    if any("depth" in entry.message.lower() for entry in parser.error_log):
        raise DocumentError("The mark-up is nested more than 2,000 elements deep; headwater reads no deeper.")
    return root
