"""Collects blocks under their headings and turns them into a `Document` with keys and a digest."""

from __future__ import annotations

import hashlib
import json
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import islice
from types import MappingProxyType

from monitor.extract.document import Block, BlockKind, Document, DocumentError, Grid, LeftOut, MarkKind, Text, Tree
from monitor.extract.grid.notes import split_notes
from monitor.extract.grid.spans import is_only_header, under_header
from monitor.extract.limits import MAX_BLOCK_CHARACTERS, MAX_BLOCKS
from monitor.extract.markup.trim import without_furniture

_WORD = re.compile(r"\w+", re.UNICODE)
_QUERY = re.compile(r"[?#]")
_KEY_WORDS = 4
_KEY_LENGTH = 32
_MOST_LEFT_OUT = 200
_SHOWN = 160
_SHORT = {
    BlockKind.HEADING: "h",
    BlockKind.PARAGRAPH: "p",
    BlockKind.ITEM: "li",
    BlockKind.TABLE: "table",
    BlockKind.CODE: "code",
    BlockKind.DATA: "data",
}


class Outline:
    """Blocks in reading order, each under the headings that are open when it comes."""

    def __init__(self) -> None:
        self._blocks: list[Block] = []
        self._path: list[tuple[int, str]] = []
        self._floor = 0
        self.repairs: list[str] = []
        self.ignored: list[LeftOut] = []

    @property
    def level(self) -> int:
        """Level of the innermost open heading, 0 before the first."""
        return self._path[-1][0] if self._path else 0

    def leave_out(self, reason: str, text: str = "") -> None:
        """Notes a piece that is no content. Of a page full of such pieces only the first are kept."""
        if len(self.ignored) < _MOST_LEFT_OUT:
            self.ignored.append(LeftOut(reason, " ".join(text[:_SHOWN].split())))

    def heading(self, level: int, text: Text, *, line: int | None = None) -> None:
        """A heading closes those of its level and deeper."""
        if not text.plain:
            return
        while len(self._path) > self._floor and self._path[-1][0] >= level:
            self._path.pop()
        self._add(Block(BlockKind.HEADING, "", self._headings(), text, level=level, line=line))
        self._path.append((level, text.plain))

    def open_section(self, title: Text, *, line: int | None = None) -> tuple[int, int]:
        """Opens an accordion, a tab, a card or the body of an entry: whatever headings it holds stand below its title,
        if it has one, and below what is open. Gives what `close_section` needs.
        """
        mark = (len(self._path), self._floor)
        self.heading(self.level + 1, title, line=line)
        self._floor = len(self._path)
        return mark

    def close_section(self, mark: tuple[int, int]) -> None:
        """Closes a section and all headings within it."""
        depth, self._floor = mark
        del self._path[depth:]

    def close_all(self) -> None:
        """Closes every heading: what follows belongs to the page."""
        self._floor = 0
        self._path.clear()

    def paragraph(self, text: Text, *, line: int | None = None) -> None:
        """A paragraph; an empty one is dropped."""
        if text.plain:
            self._add(Block(BlockKind.PARAGRAPH, "", self._headings(), text, line=line))

    def item(self, text: Text, level: int, *, line: int | None = None) -> None:
        """A list item at a depth, 1 the outermost."""
        if text.plain:
            self._add(Block(BlockKind.ITEM, "", self._headings(), text, level=level, line=line))

    def table(self, grid: Grid, *, line: int | None = None) -> None:
        """A table; one without cells is dropped. A table that is only a header is the header of the one after it."""
        last = self._blocks[-1] if self._blocks else None
        head = last.grid if last is not None and last.heading == self._headings() else None
        if head is not None and grid.rows and is_only_header(head) and head.width == grid.width:
            self._blocks.pop()
            grid = under_header(head, grid)
        if grid.rows:
            self._add(Block(BlockKind.TABLE, "", self._headings(), Text(grid.caption), grid=grid, line=line))

    def code(self, text: str, language: str = "", *, line: int | None = None) -> None:
        """A code block, its white space kept."""
        if text.strip():
            self._add(Block(BlockKind.CODE, "", self._headings(), Text(text), language=language, line=line))

    def data(self, tree: Tree, name: str = "", language: str = "", *, line: int | None = None) -> None:
        """A data tree; `name` is the variable or element it was assigned to."""
        self._add(Block(BlockKind.DATA, "", self._headings(), Text(name), tree=tree, language=language, line=line))

    def document(
        self,
        *,
        title: str = "",
        canonical_url: str = "",
        language: str = "",
        metadata: Mapping[str, Tree] | None = None,
    ) -> Document:
        """The finished document. Without a title of its own it takes its first heading's.

        Raises:
            DocumentError: a block is longer than any that people write.
        """
        longest = max((len(block.text.plain) for block in self._blocks), default=0)
        if longest > MAX_BLOCK_CHARACTERS:
            raise DocumentError(
                f"A paragraph has {longest:,} characters; headwater reads at most {MAX_BLOCK_CHARACTERS:,} in one."
            )
        blocks, left_out = without_furniture(self._blocks)
        for piece in left_out:
            self.leave_out(*piece)
        first = next((b.text.plain for b in blocks if b.kind is BlockKind.HEADING), "")
        return Document(
            blocks=tuple(_keyed(blocks)),
            title=title or first,
            canonical_url=canonical_url,
            language=language,
            metadata=MappingProxyType(dict(metadata or {})),
            repairs=tuple(dict.fromkeys(self.repairs)),
            ignored=tuple(dict.fromkeys(self.ignored)),
            text_digest=text_digest(blocks),
        )

    def _headings(self) -> tuple[str, ...]:
        return tuple(text for _, text in self._path)

    def _add(self, block: Block) -> None:
        if len(self._blocks) >= MAX_BLOCKS:
            raise DocumentError(f"The document has more than {MAX_BLOCKS:,} blocks; headwater reads no more.")
        self._blocks.append(block)


def text_digest(blocks: Iterable[Block]) -> bytes:
    """SHA-256 over the words of all blocks.

    Mark-up, wrapping and the kind of a block do not count; deletions and the addresses of links do, because a price
    that is struck out and a license that points elsewhere are changes although the words are the same.
    """
    digest = hashlib.sha256()
    for block in blocks:
        for text in _texts(block):
            words = (text if text.isascii() else unicodedata.normalize("NFC", text)).split()
            digest.update(f"{' '.join(words)} ".encode("utf-8", "surrogatepass") if words else b"")
    return digest.digest()


def _texts(block: Block) -> Iterator[str]:
    if block.kind is BlockKind.DATA:
        yield json.dumps(block.tree, sort_keys=True, ensure_ascii=False, default=str)
        return
    yield from _statement(block.text)
    if block.grid:
        for r, row in enumerate(block.grid.rows):
            for c, cell in enumerate(row):
                if cell.origin == (r, c):
                    yield from _statement(cell.text)


def _statement(text: Text) -> Iterator[str]:
    yield text.plain
    for mark in text.marks:
        if mark.kind is MarkKind.DELETED:
            yield f"~~{text.plain[mark.start : mark.end]}~~"
        elif mark.target:
            # A query or a fragment is where session and tracking noise lives.
            yield _QUERY.split(mark.target, maxsplit=1)[0]


def _keyed(blocks: Sequence[Block]) -> Iterator[Block]:
    """Gives each block its key: heading path, kind, identity.

    The title of the page is left out of the path, because some renderings lack it. The identity of a table is its
    corner label: rows and columns come and go, the corner stays. That of a text is its first words: they survive
    what is inserted before it and most edits within it. An ordinal tells equal keys apart.
    """
    titles = sum(1 for b in blocks if b.kind is BlockKind.HEADING and b.level == 1)
    title = next((b.text.plain for b in blocks if b.kind is BlockKind.HEADING and b.level == 1), None)
    seen: Counter[str] = Counter()
    for block in blocks:
        path = block.heading
        if titles == 1 and path and path[0] == title:
            path = path[1:]
        base = "/".join([*map(_slug, path), f"{_SHORT[block.kind]}:{_slug(_identity(block))}".rstrip(":")])
        seen[base] += 1
        yield block._replace(key=base if seen[base] == 1 else f"{base}~{seen[base]}")


def _identity(block: Block) -> str:
    if block.grid:
        corner = next((cell.text for row in block.grid.rows for cell in row if cell.text.plain), Text())
        return split_notes(corner)[0]
    return block.text.plain[:200]


@lru_cache(maxsize=1_024)
def _slug(text: str) -> str:
    return "-".join(word[0] for word in islice(_WORD.finditer(text.lower()), _KEY_WORDS))[:_KEY_LENGTH]
