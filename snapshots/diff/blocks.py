"""Passages: the comparable pieces of a document, and which of them differ between two versions."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

_INVISIBLE = dict.fromkeys(map(ord, "\u200b\u200c\u200d\u2060\ufeff\u00ad"))


@dataclass(frozen=True, slots=True)
class Passage:
    """A block of a document, or one row of a table: its stable key, the headings above it and its plain text.

    `data` marks an entry of a data file: it is compared, but a name in it counts as mentioned only through its facts.
    """

    key: str
    heading: tuple[str, ...]
    text: str
    data: bool = False


@dataclass(frozen=True, slots=True)
class Difference:
    """A passage that is new (`before` empty), gone (`after` empty) or reworded."""

    before: Passage | None
    after: Passage | None


def folded(text: str) -> str:
    """Text as it is compared: white space collapsed, invisible characters and the case of letters dropped."""
    return re.sub(r"\s+", " ", text.translate(_INVISIBLE)).strip().casefold()


def differing(old: Sequence[Passage], new: Sequence[Passage]) -> tuple[Difference, ...]:
    """The passages that differ. What only moved is equal: texts are compared as a multiset, then paired by key."""
    old_texts, new_texts = Counter(folded(p.text) for p in old), Counter(folded(p.text) for p in new)
    gone, came = old_texts - new_texts, new_texts - old_texts
    removed = [p for p in old if _take(gone, folded(p.text))]
    added = [p for p in new if _take(came, folded(p.text))]
    by_key = {passage.key: passage for passage in removed}
    result = []
    for passage in added:
        before = by_key.pop(passage.key, None)
        result.append(Difference(before, passage))
    paired = {id(d.before) for d in result if d.before is not None}
    result.extend(Difference(passage, None) for passage in removed if id(passage) not in paired)
    return tuple(d for d in result if _has_words(d))


def _take(counter: Counter[str], text: str) -> bool:
    if counter[text] > 0:
        counter[text] -= 1
        return True
    return False


def _has_words(difference: Difference) -> bool:
    return any(passage is not None and passage.text.strip() for passage in (difference.before, difference.after))


class Mentions:
    """Which names a version mentions anywhere in its text; spaces, hyphens and case do not matter."""

    def __init__(self, passages: Sequence[Passage]) -> None:
        text = "\n".join(passage.text for passage in passages if not passage.data).casefold()
        self._text = re.sub(r"[\u2010-\u2014\u2212_]", "-", text)
        self._known: dict[str, bool] = {}

    def __contains__(self, name: str) -> bool:
        key = name.casefold()
        if key not in self._known:
            parts = [re.escape(part) for part in re.split(r"[\s_\u2010-\u2014-]+", key.strip("`* ")) if part]
            pattern = r"(?<![\w.-])" + r"[\s-]".join(parts) + r"(?![\w-]|\.\d)"
            self._known[key] = bool(parts) and re.search(pattern, self._text) is not None
        return self._known[key]
