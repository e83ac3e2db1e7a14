"""The name in a cell that holds more than a name: a logo, a display name beside its id, a description below it."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import lru_cache
from itertools import pairwise

from monitor.extract.document import MarkKind, Text
from monitor.extract.grid.notes import split_notes
from monitor.extract.values.names import is_model_id

_BETWEEN = re.compile(r"[\s,;|/·•&]+|\band\b|\bor\b")
_SPLIT = re.compile(r"[\s,;|]+(?:/\s+)?")
_SEPARATED = re.compile(r"[\s,;|]")
_EDGES = " \t\n:;,()[]|–—"


def name_of(text: Text, is_name: Callable[[str], bool]) -> tuple[str, tuple[str, ...]]:
    """What a cell is about, and the footnote marks on it; the whole text where no part of it is a name.

    The whole text counts when it is a name or a list of ids. Else the piece it begins with (a line, a link, bold or
    code), else the one piece that is an id.
    """
    plain, notes = split_notes(text)
    if not text.marks and "\n" not in text.plain:
        return plain, notes
    if " " in plain and (named := _named_twice(_pieces(text), is_name)) is not None:
        return named, notes
    glued = any(text.plain[cut - 1].isalnum() and text.plain[cut].isalnum() for cut in _cuts(text)[1:-1])
    if not glued and (is_name(plain) or is_list_of_ids(plain)):
        return plain, notes
    pieces = _pieces(text)
    if len(pieces) > 1:
        ids = [piece for piece in pieces if is_model_id(piece)]
        if is_name(pieces[0]) and not (len(ids) == 1 and not is_model_id(pieces[0])):
            return pieces[0], notes
        if len(ids) == 1:
            return ids[0], notes
    return plain, notes


def _named_twice(pieces: Sequence[str], is_name: Callable[[str], bool]) -> str | None:
    """The id of a cell that holds a display name and its id, and nothing else."""
    if len(pieces) == 2 and is_model_id(pieces[1]) and is_name(pieces[0]) and not is_model_id(pieces[0]):
        return pieces[1]
    return None


def is_list_of_ids(text: str) -> bool:
    """Whether a text is several ids and nothing else: ``a-1 | b-2, c-3``."""
    parts = ids_in_list(text)
    return len(parts) > 1


@lru_cache(maxsize=4_096)
def ids_in_list(text: str) -> tuple[str, ...]:
    """The ids of a text that is a list of them, empty for any other. A slash without spaces belongs to an id."""
    if not _SEPARATED.search(text):
        return ()
    parts = tuple(part for part in _SPLIT.split(text.replace("\\|", "|")) if part)
    return parts if parts and all(map(is_model_id, parts)) else ()


def _cuts(text: Text) -> list[int]:
    """Where a mark or a line begins or ends, the ends of the text included."""
    cuts = {0, len(text.plain)}
    for mark in text.marks:
        cuts.update((mark.start, mark.end))
    cuts.update(match.end() for match in re.finditer("\n", text.plain))
    return sorted(cuts)


def _pieces(text: Text) -> list[str]:
    """The cell cut where its marks and lines begin and end, without images and without what only separates."""
    hidden = [(m.start, m.end) for m in text.marks if m.kind is MarkKind.IMAGE]
    pieces = []
    for start, end in pairwise(_cuts(text)):
        if not any(a <= start and end <= b for a, b in hidden):
            piece = split_notes(Text(text.plain[start:end]))[0].strip(_EDGES)
            if piece and not _BETWEEN.fullmatch(piece):
                pieces.append(piece)
    return pieces
