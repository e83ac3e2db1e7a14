"""The history of one name: every statement about it that was ever believed, with source, words and version."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from snapshots.claimed import Claimed
from snapshots.corrected import corrected
from snapshots.corrections import corrections_about
from snapshots.facts import name_key
from snapshots.history import as_known, claims_about


@dataclass(frozen=True, slots=True)
class Statement:
    """One value of one predicate and how long it was stated. `until` is `None` while its source still says it.

    `since` is the provider's time where it gave one, else the time it was first seen; `replaced` is the value that the
    same source stated before it, `None` for the first.
    """

    claim: Claimed
    since: datetime
    until: datetime | None
    replaced: str | None


def timeline(claims: Iterable[Claimed]) -> list[Statement]:
    """The statements in the order they took effect; pure."""
    ordered = sorted(claims, key=lambda c: (c.start, c.observed_from, c.predicate, c.qualifier, c.source))
    earlier: dict[tuple[str, str, str], str | None] = {}
    found = []
    for claim in ordered:
        key = (claim.source, claim.predicate, claim.qualifier)
        found.append(Statement(claim, claim.start, claim.observed_to, earlier.get(key)))
        earlier[key] = claim.value
    return found


def history_of(session: Session, subject: str, known_at: datetime) -> list[Statement]:
    """The timeline of what was known at an instant about `subject`, in any spelling that folds to the same key.

    Corrections that stood then take the place of the readings they are about.
    """
    key = name_key(subject)
    claims = as_known(claims_about(session, key), known_at)
    return timeline(corrected(claims, corrections_about(session, key), known_at))
