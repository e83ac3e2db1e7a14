"""Passages: the comparable pieces of a document, and which of them differ between two versions."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

_MOST_WORDS = 8
_GAP = r"[\s-]"
_FOLDS = {
    **dict.fromkeys(map(ord, "\u200b\u200c\u200d\u2060\ufeff\u00ad")),
    **dict.fromkeys(map(ord, "\u2010\u2011\u2012\u2013\u2014\u2212"), "-"),
}


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
    """Text as it is compared: white space collapsed, hyphens of one kind, invisible characters and case dropped."""
    return re.sub(r"\s+", " ", text.translate(_FOLDS)).strip().casefold()


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
    """Which names a version mentions anywhere in its text; spaces, hyphens and case do not matter.

    `names` are those the version says something about: what stands in a longer one of them (`Acme 4` in `Acme 4 Air`)
    is not mentioned by it.
    """

    def __init__(self, passages: Sequence[Passage], names: Iterable[str] = ()) -> None:
        self._rests = _rests(names)
        text = "\n".join(passage.text for passage in passages if not passage.data).casefold()
        self._text = re.sub(r"[\u2010-\u2014\u2212_]", "-", text)
        self._known: dict[str, bool] = {}

    def __contains__(self, name: str) -> bool:
        key = name.casefold()
        if key not in self._known:
            words = _words(key)
            longer = "".join(f"(?!{_GAP}{_joined(rest)}(?![\\w-]))" for rest in self._rests.get(words, ()))
            pattern = rf"(?<![\w.-]){_joined(words)}(?![\w@-]|\.\d){longer}"
            self._known[key] = bool(words) and re.search(pattern, self._text) is not None
        return self._known[key]


def _joined(words: Sequence[str]) -> str:
    return _GAP.join(map(re.escape, words))


def _words(name: str) -> tuple[str, ...]:
    return tuple(part for part in re.split(r"[\s_\u2010-\u2014-]+", name.casefold().strip("`* ")) if part)


def _rests(names: Iterable[str]) -> Mapping[tuple[str, ...], tuple[tuple[str, ...], ...]]:
    """What follows each beginning of the names: `acme 4 air` gives `air` after `acme 4`."""
    rests: defaultdict[tuple[str, ...], set[tuple[str, ...]]] = defaultdict(set)
    for name in names:
        words = _words(name)
        for length in range(1, min(len(words), _MOST_WORDS)):
            rests[words[:length]].add(words[length:])
    return {beginning: tuple(sorted(found)) for beginning, found in rests.items()}
