"""Answers from what was remembered: what a name meant on a day, and what ends when.

`resolve` and `ends_of` are pure; `facts_at` and `deadlines` read the rows for them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from snapshots.claimed import Claimed
from snapshots.corrected import Correction, corrected
from snapshots.corrections import corrections_about
from snapshots.facts import Precision, name_key
from snapshots.tables import FactRow, SnapshotRow, SourceRow

__all__ = [
    "END",
    "TARGET",
    "Answer",
    "Claimed",
    "Deadline",
    "claims_about",
    "deadlines",
    "end_instant",
    "ends_of",
    "facts_at",
    "resolve",
]

END = "lifecycle.retirement_date"
TARGET = "alias.target"

AS_LEARNED = (func.coalesce(FactRow.read_at, FactRow.observed_from), FactRow.source_id, FactRow.id)
"""The order in which facts became known; of one reading of one source, that of the document.

Where two claims tie the first one leads, so a copy of a store must be able to have the same order.
"""

_EXACTNESS = {
    Precision.INSTANT: 0,
    Precision.DAY: 1,
    Precision.MONTH: 2,
    Precision.QUARTER: 3,
    Precision.YEAR: 4,
    Precision.NOT_SOONER_THAN: 5,
    Precision.UNKNOWN: 6,
}


@dataclass(frozen=True, slots=True)
class Answer:
    """One resolved fact and the claims that disagree with it: of other sources, or undated ones of the same page."""

    fact: Claimed
    rivals: tuple[Claimed, ...]


@dataclass(frozen=True, slots=True)
class Deadline:
    """An end of service. `ends` is the instant from which the thing is gone, `None` when only words are known."""

    subject: str
    ends: datetime | None
    stated: str
    precision: Precision
    source: str
    snapshot: str
    quote: str
    by_hand: str | None = None


def resolve(
    claims: Iterable[Claimed], at: datetime, known_at: datetime, corrections: Iterable[Correction] = ()
) -> list[Answer]:
    """What holds at `at`, as known at `known_at`: one answer for each predicate and qualifier of one subject.

    Corrections that stood at `known_at` take the place of the readings they are about.

    The latest effective claim wins, then the more precise, then the more authoritative. A name whose end has come
    means nothing: its `alias.target` is answered with `None`.
    """
    known = corrected(_in_view(claims, known_at), corrections, known_at)
    by_key: dict[tuple[str, str], list[Claimed]] = defaultdict(list)
    for claim in known:
        if claim.holds(at):
            by_key[claim.predicate, claim.qualifier].append(claim)
    ended = _ended(known, at)
    answers = []
    for key, rivals in sorted(by_key.items()):
        latest: dict[tuple[str, bool], Claimed] = {}
        for claim in sorted(rivals, key=_rank):
            latest[claim.source, claim.valid_from is None] = claim
        best = max(latest.values(), key=_rank)
        others = tuple(c for c in latest.values() if _differs(c, best) and not _is_history(c, best))
        if key[0] == TARGET and ended is not None and (best.value is None or best.start < ended.valid_from):  # type: ignore[operator]
            best, others = ended, ()
        answers.append(Answer(best, others))
    return answers


def ends_of(claims: Iterable[Claimed], known_at: datetime, corrections: Iterable[Correction] = ()) -> Claimed | None:
    """The end of service of one subject that is believed at `known_at`.

    What was stated last wins; a more exact statement of the same day refines it. An end that a page stopped stating
    before it came is no longer believed; one that it stopped stating afterwards still happened.
    """
    stated = [
        c
        for c in corrected(_in_view(claims, known_at), corrections, known_at)
        if c.predicate == END and (c.observed_to is None or (_instant(c) or known_at) <= c.observed_to)
    ]
    if not stated:
        return None
    current = [c for c in stated if c.observed_to is None] or stated
    last = max(current, key=lambda c: (_instant(c) is not None, c.start, -_EXACTNESS[c.precision]))
    exact = [c for c in stated if c.value and last.value and c.value[:10] == last.value[:10]]
    return min(exact, key=lambda c: (_EXACTNESS[c.precision], c.start)) if exact else last


def facts_at(session: Session, subject: str, at: datetime, known_at: datetime) -> list[Answer]:
    """`resolve` over everything remembered about `subject` (any spelling that folds to the same key)."""
    key = name_key(subject)
    return resolve(_claims(session, subject_key=key), at, known_at, corrections_about(session, key))


def claims_about(session: Session, subject_key: str) -> list[Claimed]:
    """Every remembered fact about a folded name, in the order it was written."""
    return _claims(session, subject_key=subject_key)


def deadlines(session: Session, known_at: datetime) -> list[Deadline]:
    """Every end of service that is known, soonest first; those without a date come last."""
    by_subject: dict[str, list[Claimed]] = defaultdict(list)
    for claim in _claims(session, predicate=END):
        by_subject[name_key(claim.subject)].append(claim)
    by_hand: dict[str, list[Correction]] = defaultdict(list)
    for correction in corrections_about(session, predicate=END):
        by_hand[name_key(correction.subject)].append(correction)
    found = []
    for subject in by_subject | by_hand:
        end = ends_of(by_subject[subject], known_at, by_hand[subject])
        if end is not None:
            stated = end.value or ""
            found.append(
                Deadline(
                    subject=end.subject,
                    ends=_instant(end),
                    stated=stated,
                    precision=end.precision,
                    source=end.source,
                    snapshot=end.snapshot,
                    quote=end.quote,
                    by_hand=end.by_hand,
                )
            )
    return sorted(found, key=lambda d: (d.ends is None, d.ends or datetime.max.replace(tzinfo=UTC), d.subject))


def end_instant(value: str, precision: Precision) -> datetime | None:
    """The instant from which something no longer works. A stated day is worked through to its end, in UTC."""
    try:
        instant = datetime.fromisoformat(value)
        if precision is Precision.INSTANT or "T" in value:
            return instant.astimezone(UTC) if instant.tzinfo else instant.replace(tzinfo=UTC)
        return instant.replace(tzinfo=UTC) + timedelta(days=1)
    except (ValueError, OverflowError):
        # No date, or one at the end of the calendar: a page may write 9999-12-31 for "never".
        return None


def _instant(claim: Claimed) -> datetime | None:
    return end_instant(claim.value, claim.precision) if claim.value else None


def _ended(known: Sequence[Claimed], at: datetime) -> Claimed | None:
    end = ends_of(known, datetime.max.replace(tzinfo=UTC))
    instant = _instant(end) if end else None
    if end is None or instant is None or instant > at:
        return None
    return Claimed(
        subject=end.subject,
        predicate=TARGET,
        qualifier="",
        value=None,
        value_key="",
        detail={},
        valid_from=instant,
        valid_to=None,
        observed_from=end.observed_from,
        observed_to=None,
        precision=end.precision,
        confidence=end.confidence,
        source=end.source,
        snapshot=end.snapshot,
        quote=end.quote,
        heading=end.heading,
        authority=end.authority,
        by_hand=end.by_hand,
    )


def as_known(claims: Iterable[Claimed], known_at: datetime) -> list[Claimed]:
    """The claims that were on record at an instant, each without what was learned of its end later."""
    return [_before_news(claim, known_at) for claim in claims if claim.known(known_at)]


def _in_view(claims: Iterable[Claimed], known_at: datetime) -> list[Claimed]:
    """What was known at an instant, of each dated statement of a source the latest wording only."""
    latest: dict[tuple[str, str, str, datetime], Claimed] = {}
    undated = []
    for claim in as_known(claims, known_at):
        if claim.valid_from is None:
            undated.append(claim)
            continue
        key = (claim.source, claim.predicate, claim.qualifier, claim.valid_from)
        if key not in latest or claim.observed_from > latest[key].observed_from:
            latest[key] = claim
    return [*latest.values(), *undated]


def _before_news(claim: Claimed, known_at: datetime) -> Claimed:
    """The claim without what was learned of its end after `known_at`."""
    dropped_later = claim.observed_to is not None and claim.observed_to > known_at
    if not dropped_later and claim.superseded_at is None:
        return claim
    return replace(claim, observed_to=None if dropped_later else claim.observed_to, superseded_at=None)


def _rank(claim: Claimed) -> tuple[datetime, int, int, float, datetime]:
    return (claim.start, -_EXACTNESS[claim.precision], claim.authority, claim.confidence, claim.observed_from)


def _differs(one: Claimed, other: Claimed) -> bool:
    return (one.value is None, one.value_key) != (other.value is None, other.value_key)


def _is_history(claim: Claimed, best: Claimed) -> bool:
    """Whether a claim is what the same source says of earlier days; an undated claim it still makes contradicts it."""
    return claim.source == best.source and claim.valid_from is not None


def _claims(session: Session, *, subject_key: str | None = None, predicate: str = "") -> list[Claimed]:
    query = (
        select(FactRow, SnapshotRow.sequence, SourceRow.authoritative_for)
        .join(SnapshotRow, SnapshotRow.id == FactRow.snapshot_id)
        .join(SourceRow, SourceRow.id == FactRow.source_id)
        .order_by(*AS_LEARNED)
    )
    if subject_key is not None:
        query = query.where(FactRow.subject_key == subject_key)
    if predicate:
        query = query.where(FactRow.predicate == predicate)
    return [_claimed(*row) for row in session.execute(query)]


def _claimed(fact: FactRow, sequence: int, authoritative_for: list[str]) -> Claimed:
    return Claimed(
        subject=fact.subject,
        predicate=fact.predicate,
        qualifier=fact.qualifier,
        value=fact.value,
        value_key=fact.value_key,
        detail=fact.detail,
        valid_from=fact.valid_from,
        valid_to=fact.valid_to,
        observed_from=fact.observed_from,
        observed_to=fact.observed_to,
        precision=Precision(fact.precision),
        confidence=fact.confidence,
        source=fact.source_id,
        snapshot=f"{fact.source_id}@{sequence}",
        quote=fact.evidence_quote,
        heading=tuple(fact.evidence_heading),
        authority=int(fact.predicate.partition(".")[0] in authoritative_for),
        read_at=fact.read_at,
        superseded_at=fact.superseded_at,
    )
