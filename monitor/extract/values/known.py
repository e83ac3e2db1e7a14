"""Finds the names a page is known to use in its text, whatever their hyphens, case and glue."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping

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


class KnownNames:
    """Folded names, kept as a text is searched for them.

    `keys` are all of them. In running text only those are looked for that can be told from words: six characters and
    more, of several parts. They are kept by their first part and length, the longest first, so that a word is looked
    up once for each length, however many names begin like it.
    """

    def __init__(self, keys: Iterable[str] = ()) -> None:
        self.keys = frozenset(keys)
        index: defaultdict[str, defaultdict[int, set[str]]] = defaultdict(lambda: defaultdict(set))
        for name in self.keys:
            if len(name) >= _LEAST and "-" in name:
                index[name.partition("-")[0]][len(name)].add(name)
        self._index: Mapping[str, tuple[tuple[int, frozenset[str]], ...]] = {
            first: tuple((length, frozenset(names)) for length, names in sorted(lengths.items(), reverse=True))
            for first, lengths in index.items()
        }
        self._heads = frozenset(head[0] for first in index if (head := _WORD.match(first)))

    def found_in(self, text: str) -> Iterator[tuple[int, int]]:
        """`(start, end)` of every known name, the longest first where several begin."""
        folded = _folded(text) if self._index else ""
        few = len(self._heads) <= _FEW
        if not folded or (few and not any(map(folded.__contains__, self._heads))):
            return
        free = 0
        for match in _WORD.finditer(text):
            position, end = match.span()
            if folded[position:end] not in self._heads and text[position] not in _GLUE_STARTS:
                continue
            while position >= free:
                end = self._end(text, folded, position)
                if end:
                    yield position, end
                    free = position = end
                glue = _GLUE.match(text, position) if text[position : position + 1] in _GLUE_STARTS else None
                if glue is None:
                    break
                position = glue.end()

    def _end(self, text: str, folded: str, position: int) -> int:
        """Where the longest known name that begins at a position ends; 0 when none does."""
        stop = folded.find("-", position)
        for length, names in self._index.get(folded[position:stop], ()) if stop > 0 else ():
            end = position + length
            if folded[position:end] in names and _END.match(text, end):
                return end
        return 0


def _folded(text: str) -> str:
    """A text in lower case with hyphens between its words, letter for letter."""
    return text.lower().replace("_", "-").replace(" ", "-") if text.isascii() else text.translate(_FOLD)


NO_NAMES = KnownNames()
