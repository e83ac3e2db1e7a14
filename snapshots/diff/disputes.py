"""The conflicts among many statements: at most one for each thing they speak of. Pure.

`snapshots.diff.contradiction` says whether two of them contradict each other.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import combinations

from snapshots.diff.contradiction import Side, compared_as, contradict, contradicting_licenses

Key = tuple[str, str]
"""Folded subject and predicate."""
Where = tuple[str, str, str, str]


@dataclass(frozen=True, slots=True)
class Conflict:
    """Statements of one key that contradict each other, at least two."""

    scope: str
    subject: str
    subject_key: str
    predicate: str
    qualifier: str
    sides: tuple[Side, ...]

    @property
    def where(self) -> Where:
        """Of which only one can be open: scope, folded subject, predicate, qualifier."""
        return (self.scope, self.subject_key, self.predicate, self.qualifier)

    @property
    def values(self) -> frozenset[tuple[bool, str]]:
        """The values that stand against each other."""
        return frozenset(side.says for side in self.sides)


def conflicts_of(sides: Iterable[Side], now: datetime) -> list[Conflict]:
    """The contradictions among statements at `now`: at most one for each scope, subject, predicate, qualifier. Pure."""
    by_key: dict[Where, list[Side]] = defaultdict(list)
    for side in sides:
        by_key[where_of(side)].append(side)
    found = []
    for (scope, subject_key, predicate, qualifier), rivals in sorted(by_key.items()):
        disputed = _disputed(predicate, rivals, now)
        if disputed:
            subject = disputed[0].fact.subject
            found.append(Conflict(scope, subject, subject_key, predicate, qualifier, tuple(disputed)))
    return found


def where_of(side: Side) -> Where:
    """What a statement speaks of, as `Conflict.where`."""
    return (side.scope, side.fact.subject_key, side.fact.predicate, compared_as(side.fact))


def _disputed(predicate: str, rivals: Sequence[Side], now: datetime) -> list[Side]:
    """The sides that contradict at least one other, in the order given."""
    if predicate == "license.license":
        voices: dict[tuple[str, str], list[Side]] = defaultdict(list)
        for side in rivals:
            voices[side.mark].append(side)
        pairs = [
            pair for one, other in combinations(voices.values(), 2) for pair in contradicting_licenses(one, other, now)
        ]
    else:
        newest = _newest(rivals, now)
        pairs = [(one, other) for one, other in combinations(newest, 2) if contradict(one, other, now)]
    in_pairs = [side for pair in pairs for side in pair]
    return [side for side in rivals if any(side is other for other in in_pairs)]


def _newest(rivals: Sequence[Side], now: datetime) -> list[Side]:
    """Without the dated statements that a later one of the same source has overtaken: they are its history."""
    last: dict[str, datetime] = {}
    for side in rivals:
        begun = side.fact.valid_from
        if begun is not None and begun <= now:
            last[side.source] = max(begun, last.get(side.source, begun))
    return [s for s in rivals if s.fact.valid_from is None or s.fact.valid_from == last.get(s.source)]
