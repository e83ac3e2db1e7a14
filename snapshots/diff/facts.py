"""Facts of two versions side by side: what each version believes now, and where the beliefs differ."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from snapshots.facts import Fact

Key = tuple[str, str, str]
_BEGINNING = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Pair:
    """One key in two versions; `None` where a version does not state it."""

    before: Fact | None
    after: Fact | None

    @property
    def fact(self) -> Fact:
        """The fact that is there, the newer one first."""
        fact = self.after or self.before
        assert fact is not None
        return fact


def belief(facts: Iterable[Fact], now: datetime) -> dict[Key, Fact]:
    """What a version believes at `now`: for each key the newest statement that is in force.

    Statements with a later time are kept apart under the qualifier `scheduled`; so is what a document itself announces
    beside what holds now. A provider's day may begin before ours: a day ahead still counts as now.
    """
    current: dict[Key, Fact] = {}
    for fact in facts:
        key, own = _key(fact, now)
        other = current.get(key)
        if other is None or _supersedes(own, other):
            current[key] = own
    return current


def superseded(facts: Iterable[Fact], now: datetime) -> tuple[tuple[Fact, Fact], ...]:
    """The statements of a version that another of its statements overrules at `now`, each with the one that counts."""
    facts = tuple(facts)
    current = belief(facts, now)
    rivals = ((fact, current[_key(fact, now)[0]]) for fact in facts)
    return tuple((fact, winner) for fact, winner in rivals if fact.value_key != winner.value_key)


def _supersedes(own: Fact, other: Fact) -> bool:
    """Whether a statement counts more than a rival of the same version: it is newer, or as new and more exact."""
    if own.valid_from != other.valid_from:
        return (own.valid_from or _BEGINNING) > (other.valid_from or _BEGINNING)
    if own.value_key == other.value_key:
        return bool(own.detail.get("mode")) and not other.detail.get("mode")
    return refines(own, other)


def refines(fact: Fact, other: Fact) -> bool:
    """Whether a time says the same as another and more exactly: `2030-07-24T15:59:00Z` of `2030-07-24`."""
    value, coarse = fact.value or "", other.value or ""
    is_day = len(coarse) == len("2030-01-01") and coarse[:4].isdigit()
    return fact.area == "lifecycle" and is_day and value.startswith(coarse) and value != coarse


def pairs(old: dict[Key, Fact], new: dict[Key, Fact]) -> list[Pair]:
    """Every key of either belief, in the order of the new version, then what is only in the old one."""
    result = [Pair(old.get(key), fact) for key, fact in new.items()]
    result.extend(Pair(fact, None) for key, fact in old.items() if key not in new)
    return result


def _key(fact: Fact, now: datetime) -> tuple[Key, Fact]:
    ahead = fact.area != "lifecycle" and fact.valid_from is not None and fact.valid_from > now + timedelta(days=1)
    qualifier = fact.qualifier
    if ahead and not qualifier.startswith("scheduled"):
        qualifier = f"scheduled.{qualifier}".rstrip(".")
    own = fact if qualifier == fact.qualifier else replace(fact, qualifier=qualifier)
    subject, predicate, band = own.key
    return (subject, predicate, "" if fact.predicate == "endpoint.base_url" else band), own
