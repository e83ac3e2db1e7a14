"""Finds the names a page is known to use in its text, whatever their hyphens, case and glue."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from functools import lru_cache

_FOLD = str.maketrans(
    {**dict.fromkeys("_ \u2010\u2011\u2012\u2013", "-"), **{chr(c): chr(c + 32) for c in range(ord("A"), ord("Z") + 1)}}
)
_WORD = re.compile(r"(?<![A-Za-z0-9_./-])[A-Za-z0-9]+")
# Words copied from a page may have lost the spaces around code: then a plain word must stand beside the name.
_GLUE = re.compile(r"(?:names?|and|of|or|the|models?)(?=[A-Za-z0-9])")
_GLUE_STARTS = frozenset("naotm")
_END = re.compile(r"(?![\w-]|\.\w)|(?=(?:and|or|will|is|are|models?)(?![A-Z])|[\u3000-\u9fff\uff00-\uffef])")
_LEAST = 6
# Of so few beginnings one looks for each in the text before its words are gone through.
_FEW = 16


def known_names_in(text: str, known: frozenset[str]) -> Iterator[tuple[int, int]]:
    """`(start, end)` of every known name, the longest first where several begin; `known` are folded names.

    Only names that can be told from words are looked for: six characters and more, of several parts.
    """
    index, heads = _index(known)
    folded = text.translate(_FOLD) if index else ""
    if not index or (len(heads) <= _FEW and not any(map(folded.__contains__, heads))):
        return
    free = 0

    def ending(position: int) -> int:
        stop = folded.find("-", position)
        for length, names in index.get(folded[position:stop], ()) if stop > 0 else ():
            end = position + length
            if folded[position:end] in names and _END.match(text, end):
                return end
        return 0

    for match in _WORD.finditer(text):
        position, end = match.span()
        if folded[position:end] not in heads and text[position] not in _GLUE_STARTS:
            continue
        while position >= free:
            end = ending(position)
            if end:
                yield position, end
                free = position = end
            glue = _GLUE.match(text, position) if text[position : position + 1] in _GLUE_STARTS else None
            if glue is None:
                break
            position = glue.end()


@lru_cache(maxsize=16)
def _index(known: frozenset[str]) -> tuple[Mapping[str, tuple[tuple[int, frozenset[str]], ...]], frozenset[str]]:
    """The names by their first part and length, the longest first: a word is looked up once for each length, however
    many names begin like it. Beside them the words that these first parts begin with.
    """
    index: defaultdict[str, defaultdict[int, set[str]]] = defaultdict(lambda: defaultdict(set))
    for name in known:
        if len(name) >= _LEAST and "-" in name:
            index[name.partition("-")[0]][len(name)].add(name)
    heads = frozenset(head[0] for first in index if (head := _WORD.match(first)))
    return {
        first: tuple((length, frozenset(names)) for length, names in sorted(lengths.items(), reverse=True))
        for first, lengths in index.items()
    }, heads
