"""The one document model: HTML, Markdown, plain text and data files become the same blocks.

A `Document` is a flat list of blocks in reading order. Each block knows its heading path and has a key that stays the
same when something else on the page moves; facts and differences refer to blocks by key. Text keeps what matters of
its markup as `Mark`s over character ranges: inline code, links, deletions and emphasis.

Everything here is plain frozen data; the parsers live in `html.py`, `markdown.py` and `data.py`, the meaning of tables
in `tables.py`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import NamedTuple, TypeAlias

Tree: TypeAlias = "Mapping[str, Tree] | list[Tree] | str | int | float | bool | None"


class MarkKind(StrEnum):
    """What a range of text was marked as."""

    CODE = "code"
    LINK = "link"
    DELETED = "deleted"
    STRONG = "strong"
    SUPERSCRIPT = "superscript"
    IMAGE = "image"


class Mark(NamedTuple):
    """A marked range `text[start:end]`; `target` is the address of a link or an image, else empty."""

    kind: MarkKind
    start: int
    end: int
    target: str = ""


class Text(NamedTuple):
    r"""Text with its marks. White space is collapsed, but a line break of the source that means something (`<br>`, a
    line in a cell) is one `\\n`.
    """

    plain: str = ""
    marks: tuple[Mark, ...] = ()

    def __str__(self) -> str:
        return self.plain

    def spans(self, kind: MarkKind) -> tuple[str, ...]:
        """The marked texts of one kind, in order."""
        return tuple(self.plain[m.start : m.end] for m in self.marks if m.kind is kind)

    def prefixed(self, prefix: str) -> Text:
        """The text after a prefix, its marks moved along."""
        shift = len(prefix)
        marks = tuple(Mark(m.kind, m.start + shift, m.end + shift, m.target) for m in self.marks)
        return Text(prefix + self.plain, marks)

    def without(self, kind: MarkKind) -> str:
        """The text with the ranges of one kind left out (`DELETED`: what the page still says)."""
        kept, position = [], 0
        for mark in sorted((m for m in self.marks if m.kind is kind), key=lambda m: m.start):
            kept.append(self.plain[position : max(position, mark.start)])
            position = max(position, mark.end)
        return "".join([*kept, self.plain[position:]])


NO_TEXT = Text()


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell of a grid. A cell that spans stands at every position it covers, with the same `origin`."""

    text: Text = NO_TEXT
    origin: tuple[int, int] = (0, 0)
    header: bool = False


@dataclass(frozen=True, slots=True)
class Grid:
    """A table with its spans resolved: `rows[r][c]`, all rows equally long. `caption` may be empty."""

    rows: tuple[tuple[Cell, ...], ...]
    caption: str = ""

    @property
    def width(self) -> int:
        """Number of columns."""
        return len(self.rows[0]) if self.rows else 0


class BlockKind(StrEnum):
    """What a block is."""

    HEADING = "heading"
    PARAGRAPH = "paragraph"
    ITEM = "item"
    TABLE = "table"
    CODE = "code"
    DATA = "data"


class Block(NamedTuple):
    """One block of a document.

    `heading` is the path of headings above it, outermost first (a heading's own text is not in its path). `key` is
    stable across versions: derived from the heading path, the kind and what identifies the block among its
    siblings, never from its position on the page alone. `level` is the heading level or the depth of a list item
    (1 is the outermost). `grid` is set for tables, `tree` for data, `language` for code. `line` is the 1-based line
    in the source where the parser knows it.
    """

    kind: BlockKind
    key: str
    heading: tuple[str, ...]
    text: Text = NO_TEXT
    level: int = 0
    grid: Grid | None = None
    tree: Tree = None
    language: str = ""
    line: int | None = None


class LeftOut(NamedTuple):
    """A piece of the source that is no content: why, and how it begins."""

    reason: str
    text: str = ""


@dataclass(frozen=True, slots=True)
class Document:
    """A parsed version of a source.

    `metadata` is the front matter of Markdown, or title and `meta` values of HTML; `canonical_url` is what the page
    says its own address is. `repairs` tells in words what was mended on the way in (mojibake, a table put together
    from lines); `ignored` holds what was left out (navigation, footer) and why, for `headwater explain`. `text_digest`
    is the SHA-256 of the normalised text of all blocks: it does not move when mark-up, white space or ignored parts do.
    """

    blocks: tuple[Block, ...]
    title: str = ""
    canonical_url: str = ""
    language: str = ""
    metadata: Mapping[str, Tree] = field(default_factory=lambda: MappingProxyType({}))
    repairs: tuple[str, ...] = ()
    ignored: tuple[LeftOut, ...] = ()
    text_digest: bytes = b""


class DocumentError(Exception):
    """The bytes cannot be read as a document; the message says why and where, for people."""
