"""Addresses and operations of two versions: what moved is paired by what it does before it is called gone and new."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from urllib.parse import urlsplit

from snapshots.diff.facts import Pair
from snapshots.facts import Fact

_PREDICATES = ("endpoint.base_url", "endpoint.operation")
_VERSION = re.compile(r"/v\d+[a-z]*\d*(?=/|$)")


def address_events(pairs: Sequence[Pair]) -> Iterator[tuple[Pair, bool]]:
    """The pairs of addresses that came, went or moved, each with whether it is gone."""
    for predicate in _PREDICATES:
        here = [pair for pair in pairs if pair.fact.predicate == predicate]
        added = [pair.after for pair in here if pair.after is not None and pair.before is None]
        gone = [pair.before for pair in here if pair.before is not None and pair.after is None]
        for old in gone:
            new = next((fact for fact in added if _same_place(old, fact)), None)
            if new is not None:
                added.remove(new)
            yield Pair(old, new), new is None
        for new in added:
            yield Pair(None, new), False


def _same_place(old: Fact, new: Fact) -> bool:
    """Whether two addresses are one that moved: a path on another host, an operation under another path."""
    if old.attribute == "base_url":
        (old_url, new_url) = urlsplit(old.subject), urlsplit(new.subject)
        moved = old_url.netloc != new_url.netloc and old_url.path == new_url.path
        versioned = old_url.netloc == new_url.netloc and _unversioned(old_url.path) == _unversioned(new_url.path)
        return old.qualifier == new.qualifier and (moved or versioned)
    if old.detail.get("operation") or new.detail.get("operation"):
        return old.detail.get("operation") == new.detail.get("operation")
    return old.subject != new.subject and _unversioned(old.subject) == _unversioned(new.subject)


def _unversioned(path: str) -> str:
    """A path without the segment that numbers its version: `/v2/chat` is `/v1/chat` of another version."""
    return _VERSION.sub("", path)
