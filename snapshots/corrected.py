"""What is known once people's corrections stand in the place of wrong readings. Pure.

A correction replaces one reading of one source: it applies while `(subject, predicate, qualifier)` is read as
`replaces_key`, the wrong value, and no longer. When the page says something else, the reading leads again. A
correction of an absence (`replaces_key` NULL) applies until something is read there.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from snapshots.claimed import Claimed
from snapshots.facts import Precision, name_key


@dataclass(frozen=True, slots=True)
class Correction:
    """A `CorrectionRow` as a value. `seen_at` is when the version it was made on was first seen (UTC)."""

    id: int
    source: str
    snapshot: str
    seen_at: datetime
    subject: str
    predicate: str
    qualifier: str
    replaces_key: str | None
    value: str | None
    value_key: str
    valid_from: datetime | None
    precision: Precision
    reason: str
    actor: str
    via: str
    corrected_at: datetime
    withdrawn_at: datetime | None = None

    @property
    def key(self) -> tuple[str, str, str, str]:
        """Which reading it is about: source, folded subject, predicate, qualifier."""
        return (self.source, name_key(self.subject), self.predicate, self.qualifier)

    @property
    def by_hand(self) -> str:
        """Who says so and why, as it is shown beside the value."""
        return f"{self.actor}, because {self.reason}"

    def stands(self, known_at: datetime) -> bool:
        """Whether it was made by then and not withdrawn."""
        return self.corrected_at <= known_at and (self.withdrawn_at is None or known_at < self.withdrawn_at)


@dataclass(frozen=True, slots=True)
class Stated:
    """What a person says a source states; `value` `None` says that it states nothing at all there.

    `value_key` is the comparable form, made the way extractors make it. `valid_from` is the provider's time, UTC.
    """

    subject: str
    predicate: str
    qualifier: str
    value: str | None
    value_key: str
    valid_from: datetime | None = None
    precision: Precision = Precision.UNKNOWN


def about(subject: str, predicate: str, qualifier: str, since: tuple[datetime, Precision] | None) -> Stated:
    """What a person speaks of, without its value. `since` is from when on it holds (UTC), and how exact that is.

    How exact an end of service is, its value says.
    """
    at, exact = since if since is not None else (None, Precision.UNKNOWN)
    known = Precision.UNKNOWN if predicate.startswith("lifecycle.") else exact
    return Stated(subject, predicate, qualifier, None, "", at, known)


def corrected(claims: Iterable[Claimed], corrections: Iterable[Correction], known_at: datetime) -> list[Claimed]:
    """The claims as known at `known_at`, with what people corrected by then in the place of wrong readings. Pure."""
    claims = list(claims)
    for correction in sorted(corrections, key=lambda c: c.corrected_at):
        if correction.stands(known_at):
            claims = _without(claims, correction) if correction.replaces_key is not None else _with(claims, correction)
    return claims


def _without(claims: Sequence[Claimed], correction: Correction) -> list[Claimed]:
    found = []
    for claim in claims:
        wrong = _key(claim) == correction.key and claim.value_key == correction.replaces_key
        if not wrong:
            found.append(claim)
        elif correction.value is not None:
            found.append(_in_place_of(claim, correction))
    return found


def _in_place_of(claim: Claimed, correction: Correction) -> Claimed:
    dated = correction.valid_from is not None
    # What was undated lasted as long as it was read; a day that a person adds must not make it outlive that.
    until = claim.observed_to if dated and claim.valid_from is None and claim.valid_to is None else claim.valid_to
    return replace(
        claim,
        value=correction.value,
        value_key=correction.value_key,
        detail={**claim.detail, **_detail(correction)},
        valid_from=correction.valid_from or claim.valid_from,
        valid_to=until,
        precision=correction.precision if correction.precision is not Precision.UNKNOWN else claim.precision,
        confidence=1.0,
        by_hand=correction.by_hand,
    )


def _with(claims: Sequence[Claimed], correction: Correction) -> list[Claimed]:
    """The claims and one that nothing was read for; it ends where the source is read to say something there."""
    read = [claim for claim in claims if _key(claim) == correction.key and claim.by_hand is None]
    seen = correction.seen_at
    if any(c.observed_from <= seen and (c.observed_to is None or seen < c.observed_to) for c in read):
        return list(claims)
    ends = min((claim.observed_from for claim in read if claim.observed_from > seen), default=None)
    return [
        *claims,
        Claimed(
            subject=correction.subject,
            predicate=correction.predicate,
            qualifier=correction.qualifier,
            value=correction.value,
            value_key=correction.value_key,
            detail=_detail(correction),
            valid_from=correction.valid_from,
            valid_to=ends if correction.valid_from is not None else None,
            observed_from=seen,
            observed_to=ends,
            precision=correction.precision,
            confidence=1.0,
            source=correction.source,
            snapshot=correction.snapshot,
            quote="",
            heading=(),
            by_hand=correction.by_hand,
        ),
    ]


def _key(claim: Claimed) -> tuple[str, str, str, str]:
    return (claim.source, name_key(claim.subject), claim.predicate, claim.qualifier)


def _detail(correction: Correction) -> dict[str, str]:
    """The currency and the unit of a price by hand, which its key carries: `0.28 USD 1M tokens`."""
    _, _, paid = correction.value_key.partition(" ")
    currency, _, unit = paid.partition(" ")
    return {"currency": currency, "unit": unit} if correction.predicate.startswith("price.") and unit else {}
