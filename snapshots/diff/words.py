"""Word-level difference of two texts; pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum

from snapshots.diff.blocks import Passage, differing

_TOKEN = re.compile(r"[\u4e00-\u9fff]|[^\s\u4e00-\u9fff]+|\s+")
# Matching costs the product of the lengths in the worst case; past this the texts are told as wholes.
_MOST_TOKENS = 4_000


class Op(StrEnum):
    """What became of a piece of text."""

    SAME = "same"
    REMOVED = "removed"
    ADDED = "added"


@dataclass(frozen=True, slots=True)
class Piece:
    """A run of text with what became of it."""

    op: Op
    text: str


@dataclass(frozen=True, slots=True)
class Reworded:
    """A passage that differs: its headings, its two texts (`None` where a version lacks it) and the words between."""

    heading: tuple[str, ...]
    before: str | None
    after: str | None
    pieces: tuple[Piece, ...]


def word_diff(old: str, new: str) -> tuple[Piece, ...]:
    """The pieces that lead from `old` to `new`: what is removed stands before what is added in its place.

    Joined without the added pieces they give `old`, without the removed ones `new`.
    """
    before, after = _TOKEN.findall(old), _TOKEN.findall(new)
    if len(before) + len(after) > _MOST_TOKENS:
        whole = ((Op.REMOVED, old), (Op.ADDED, new)) if old != new else ((Op.SAME, old),)
        return tuple(Piece(op, text) for op, text in whole if text)
    pieces: list[Piece] = []
    for tag, a, b, c, d in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        removed, added = "".join(before[a:b]), "".join(after[c:d])
        if tag == "equal":
            pieces.append(Piece(Op.SAME, removed))
            continue
        pieces.extend(Piece(op, text) for op, text in ((Op.REMOVED, removed), (Op.ADDED, added)) if text)
    return tuple(pieces)


def reworded(old: Sequence[Passage], new: Sequence[Passage]) -> tuple[Reworded, ...]:
    """The passages that differ, in the order of the new version, then what is gone. What only moved is left out."""
    found = []
    for difference in differing(old, new):
        shown = difference.after or difference.before
        assert shown is not None
        before = difference.before.text if difference.before else None
        after = difference.after.text if difference.after else None
        found.append(Reworded(shown.heading, before, after, word_diff(before or "", after or "")))
    return tuple(found)
