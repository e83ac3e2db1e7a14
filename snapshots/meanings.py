"""What a name meant over time: states and steps, read off the claims about it. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from snapshots.claimed import Claimed
from snapshots.corrected import Correction
from snapshots.history import END, end_instant, ends_of, resolve

# Each boundary is a question to the history; a name that changed more often is told from its newest changes on.
_MOST_BOUNDARIES = 300


@dataclass(frozen=True, slots=True)
class Period:
    """One value of one predicate and qualifier, from `start` until `end` (`None` while it holds)."""

    start: datetime
    end: datetime | None
    fact: Claimed

    @property
    def mode(self) -> str:
        """The mode that belongs to the value, such as `thinking`; empty for none."""
        return str(self.fact.detail.get("mode", ""))


def periods(
    claims: Sequence[Claimed], predicates: Iterable[str], known_at: datetime, corrections: Iterable[Correction] = ()
) -> dict[tuple[str, str], list[Period]]:
    """For each predicate and qualifier the values that held one after another, as known at an instant.

    `predicates` are whole names or areas with a trailing dot (`price.`). A value ends where another begins, or where
    nothing is stated any more.
    """
    wanted = tuple(predicates)
    own = [claim for claim in claims if claim.predicate == END or claim.predicate.startswith(wanted)]
    told = [correction for correction in corrections if correction.predicate.startswith((*wanted, END))]
    found: dict[tuple[str, str], list[Period]] = {}
    for at in _boundaries(own, known_at, told):
        answers = {
            (answer.fact.predicate, answer.fact.qualifier): answer.fact
            for answer in resolve(own, at, known_at, told)
            if answer.fact.predicate.startswith(wanted)
        }
        for key in {*found, *answers}:
            _extend(found.setdefault(key, []), answers.get(key), at)
    return {key: value for key, value in found.items() if value}


def _extend(line: list[Period], fact: Claimed | None, at: datetime) -> None:
    last = line[-1] if line else None
    if last is not None and last.end is None:
        if fact is not None and _same(last.fact, fact):
            return
        line[-1] = Period(last.start, at, last.fact)
    if fact is not None:
        line.append(Period(at, None, fact))


def _same(one: Claimed, other: Claimed) -> bool:
    says = (one.value is None, one.value_key, one.detail.get("mode", ""))
    return says == (other.value is None, other.value_key, other.detail.get("mode", ""))


def _boundaries(claims: Sequence[Claimed], known_at: datetime, corrections: Sequence[Correction]) -> list[datetime]:
    """Every instant at which an answer may become another one, the oldest first."""
    found = set()
    for claim in claims:
        if not claim.known(known_at):
            continue
        ends = claim.valid_to if claim.valid_from or claim.valid_to else claim.observed_to
        found |= {at for at in (claim.start, ends) if at is not None}
    end = ends_of(claims, known_at, corrections)
    stops = end_instant(end.value, end.precision) if end is not None and end.value else None
    if stops is not None:
        found.add(stops)
    found |= {correction.valid_from for correction in corrections if correction.valid_from is not None}
    return sorted(found)[-_MOST_BOUNDARIES:]
