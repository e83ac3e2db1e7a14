"""What is missing in a new version: facts that went all at once, and removals that wait for a second look. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from snapshots.changes.model import Change
from snapshots.facts import Fact, name_key

MASS_DISAPPEARANCE_SHARE = 0.5
MASS_DISAPPEARANCE_LEAST = 6


@dataclass(frozen=True, slots=True)
class Pending:
    """A recorded change that rests on an absence and waits for a second look."""

    id: int
    subject: str
    attribute: str
    area: str
    qualifier: str


def too_many_gone(old: Sequence[Fact], new: Sequence[Fact]) -> int:
    """How many facts are gone where they are too many to be believed, else 0."""
    gone = _vanished(old, new)
    return gone if gone >= MASS_DISAPPEARANCE_LEAST and gone > MASS_DISAPPEARANCE_SHARE * len(old) else 0


def _vanished(old: Sequence[Fact], new: Sequence[Fact]) -> int:
    """How many facts went and left nothing of their kind in their place.

    A price list whose columns are for other models now lost every fact it had and is as full as before: that is news,
    not a broken page.
    """
    before, after = ({fact.key[:2] for fact in facts} for facts in (old, new))
    gone = Counter(predicate for _, predicate in before - after)
    come = Counter(predicate for _, predicate in after - before)
    return (gone - come).total()


def settle_pending(
    pending: Sequence[Pending], facts: Sequence[Fact], changes: tuple[Change, ...]
) -> tuple[tuple[int, ...], tuple[int, ...], tuple[Change, ...]]:
    """Split what was missing into confirmed and withdrawn; a thing that came back is not announced as new."""
    present = {(fact.subject_key, fact.area, fact.attribute, fact.qualifier) for fact in facts}
    subjects = {fact.subject_key for fact in facts if fact.attribute in ("listed", "target")}
    confirmed, withdrawn = [], []
    returned: set[tuple[str, ...]] = set()
    for item in pending:
        key = (name_key(item.subject), item.area, item.attribute, item.qualifier)
        whole = item.area in ("model", "alias") and name_key(item.subject) in subjects
        if key in present or whole:
            withdrawn.append(item.id)
            returned.add(key[:1] if whole else key)
        else:
            confirmed.append(item.id)
    kept = tuple(change for change in changes if change.before is not None or not _announces(change, returned))
    return tuple(confirmed), tuple(withdrawn), kept


def _announces(change: Change, returned: set[tuple[str, ...]]) -> bool:
    area = change.kind.partition("-")[0]
    key = (name_key(change.subject), area, change.attribute, change.qualifier)
    return key in returned or key[:1] in returned
