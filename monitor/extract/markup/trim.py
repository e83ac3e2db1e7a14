"""Leaves out page furniture that lost its mark-up.

Lines such as "On this page" and what stands before them, link lists and copyright lines at the end.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from monitor.extract.document import Block, BlockKind, LeftOut, MarkKind
from monitor.extract.values.shapes import Shape, shape

_LINES = (
    (
        re.compile(r"(?:last (?:updated|modified|edited)|最后更新|最近更新)\b.{0,60}", re.IGNORECASE),
        "last-updated line",
    ),
    (re.compile(r"(?:edit this page(?: on github)?|suggest edits|编辑此页)", re.IGNORECASE), "edit link"),
    (re.compile(r"(?:skip to (?:main )?content|跳到主要内容|跳转到主要内容)", re.IGNORECASE), "skip link"),
    (
        re.compile(r"(?:on this page|in this article|table of contents|本页总览|本页内容)", re.IGNORECASE),
        "table of contents",
    ),
    (
        re.compile(r"was this (?:page|article|section) (?:helpful|useful)\W*(?:yes\W*no\W*)?", re.IGNORECASE),
        "page tools",
    ),
    (re.compile(r"(?:copy page|copy (?:as )?markdown|ask ai)", re.IGNORECASE), "page tools"),
    (re.compile(r"\(?\s*(?:[«‹←]\s*)?previous\s.{1,60}next\s.{1,60}", re.IGNORECASE | re.DOTALL), "pagination"),
)
_may_be_furniture = re.compile("|".join(pattern.pattern for pattern, _ in _LINES), re.IGNORECASE | re.DOTALL).match
_TOP = frozenset({"skip link", "table of contents"})
_TEXTS = frozenset({BlockKind.PARAGRAPH, BlockKind.ITEM})
_COPYRIGHT = re.compile(r"(?:copyright\b|©|\(c\) ?\d{4})", re.IGNORECASE)
_LONGEST_LINE = 160
_SHORT = 40
_TOP_BLOCKS = 80
_LEAST_CONTENTS = 2


def without_furniture(blocks: Sequence[Block]) -> tuple[list[Block], list[LeftOut]]:
    """The blocks that are content, and what the others were."""
    ignored: list[LeftOut] = []
    start = _content_start(blocks)
    if start:
        ignored.extend(LeftOut("text before the page's content", b.text.plain) for b in blocks[:start])
    end = _content_end(blocks[start:]) + start
    if end < len(blocks):
        ignored.extend(LeftOut("links after the page's content", b.text.plain) for b in blocks[end:])
    kept = []
    for block in blocks[start:end]:
        reason = furniture(block.text.plain) if block.kind in _TEXTS else None
        if reason:
            ignored.append(LeftOut(reason, block.text.plain))
        else:
            kept.append(block)
    return kept, ignored


def furniture(text: str) -> str | None:
    """Why a line that stands alone is no content, or `None`."""
    if len(text) > _LONGEST_LINE:
        return None
    line = text.strip(" \u00b6#.:：")
    if not _may_be_furniture(line):
        return None
    return next((reason for pattern, reason in _LINES if pattern.fullmatch(line)), None)


def _content_start(blocks: Sequence[Block]) -> int:
    """The heading after the last skip link or contents line at the top: what stands before is navigation. Not where a
    title would be lost or a table stands before.
    """
    marker = -1
    for index, block in enumerate(blocks[:_TOP_BLOCKS]):
        if block.kind in (BlockKind.TABLE, BlockKind.CODE):
            break
        if block.kind in _TEXTS and furniture(block.text.plain) in _TOP:
            marker = index
    following = blocks[marker + 1 : marker + 2]
    if marker < 0 or not following or following[0].kind is not BlockKind.HEADING:
        return 0
    before = blocks[: marker + 1]
    if any(block.kind is BlockKind.DATA for block in before):
        return 0
    return marker + 1 if following[0].level == 1 or all(b.kind is not BlockKind.HEADING for b in before) else 0


def _content_end(blocks: Sequence[Block]) -> int:
    """Where a run of links, repeated headings and a copyright line at the end begins."""
    headings = {block.text.plain for block in blocks if block.kind is BlockKind.HEADING}
    start = len(blocks)
    repeated = copyrighted = 0
    for index in range(len(blocks) - 1, -1, -1):
        block = blocks[index]
        if block.kind not in _TEXTS or not _is_thin(block, headings):
            break
        repeated += block.kind is BlockKind.ITEM and block.text.plain in headings
        copyrighted += bool(_COPYRIGHT.match(block.text.plain))
        start = index
    return start if copyrighted or repeated >= _LEAST_CONTENTS else len(blocks)


def _is_thin(block: Block, headings: set[str]) -> bool:
    text = block.text
    if text.plain in headings or _COPYRIGHT.match(text.plain) or furniture(text.plain):
        return True
    if any(m.kind is MarkKind.CODE for m in text.marks) or shape(text.plain) is not Shape.TEXT:
        return False
    linked = sum(m.end - m.start for m in text.marks if m.kind is MarkKind.LINK)
    return linked >= len(text.plain) - 2 or (len(text.plain) <= _SHORT and not re.search(r"[.。:：\d]", text.plain))
