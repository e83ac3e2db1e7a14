"""A model that goes by another identifier is one model: its row keeps its display name, or only the writing differs."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace

from snapshots.changes.classify import change_of
from snapshots.changes.model import Change
from snapshots.diff.facts import Key, Pair
from snapshots.facts import Fact, name_key

_LISTED = "model.listed"


def renames(before: Mapping[Key, Fact], after: Mapping[Key, Fact], is_gone: Callable[[Fact], bool]) -> tuple[Pair, ...]:
    """The listings of one model under two identifiers, the old and the new one.

    A pair needs a sign that only these two share: the display name (`Acme 3` beside `acme-3`, then beside
    `acme-3-0625`) or the identifier without vendor and punctuation (`acme/acme-3`, then `acme-3`).
    """
    listed_before = {fact.subject_key: fact for fact in before.values() if fact.predicate == _LISTED}
    listed_after = {fact.subject_key: fact for fact in after.values() if fact.predicate == _LISTED}
    gone = _by_sign(fact for key, fact in listed_before.items() if key not in listed_after and is_gone(fact))
    came = _by_sign(fact for key, fact in listed_after.items() if key not in listed_before)
    found: dict[str, Pair] = {}
    taken: set[str] = set()
    for sign, olds in gone.items():
        news = came.get(sign, [])
        if len(olds) == len(news) == 1 and olds[0].subject_key not in found and news[0].subject_key not in taken:
            found[olds[0].subject_key] = Pair(olds[0], news[0])
            taken.add(news[0].subject_key)
    return tuple(found.values())


def under_new_names(before: Mapping[Key, Fact], renamed: Iterable[Pair]) -> dict[Key, Fact]:
    """What was believed, said of the new identifiers: what else changed about a renamed model is its own change."""
    new_names = {pair.before.subject_key: pair.after.subject for pair in renamed if pair.before and pair.after}
    result: dict[Key, Fact] = {}
    for key, fact in before.items():
        name = new_names.get(key[0])
        if name is None:
            result[key] = fact
        else:
            result.setdefault((name_key(name), *key[1:]), replace(fact, subject=name))
    return result


def rename_of(pair: Pair) -> Change:
    """The change that a pair of `renames` is."""
    assert pair.before is not None
    assert pair.after is not None
    old, new = pair.before.subject, pair.after.subject
    return replace(change_of(pair, kind="model-version-changed"), subject=old, attribute="id", before=old, after=new)


def _by_sign(facts: Iterable[Fact]) -> Mapping[str, list[Fact]]:
    signs: defaultdict[str, list[Fact]] = defaultdict(list)
    for fact in facts:
        bare = re.sub(r"[\W_]", "", fact.subject.rsplit("/", 1)[-1]).casefold()
        for sign in {f"called {name_key(fact.detail.get('display', ''))}", f"written {bare}"} - {"called ", "written "}:
            signs[sign].append(fact)
    return signs
