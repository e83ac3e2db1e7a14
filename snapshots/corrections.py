"""What people say a source means where it was read wrongly: kept apart from what was read, and shown as made by hand.

A correction replaces one reading of one source: it applies while `(subject, predicate, qualifier)` is read as
`replaces_key`, the wrong value, and no longer. When the page says something else, the reading leads again. A
correction of an absence (`replaces_key` NULL) applies until something is read there.

`corrected` is the whole rule and pure; `snapshots.history` applies it in every answer.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from snapshots.claimed import Claimed
from snapshots.facts import Precision, name_key
from snapshots.review import Action, Reviewer, ReviewError, checked_text, row_of
from snapshots.rows import current_facts, latest_snapshot
from snapshots.tables import CorrectionRow, FactRow, SnapshotRow, SourceRow

LONGEST_VALUE = 500
LONGEST_PREDICATE = 128
AREAS = ("alias", "license", "endpoint", "model", "lifecycle", "limit", "price", "capability")


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


def reading_of(session: Session, source_id: str, stated: Stated, now: datetime) -> FactRow | None:
    """What the source is read to say now where a person says otherwise.

    That is the statement of the day the person names, if there is one (an entry of a change log), else the newest that
    has begun.
    """
    wanted = (name_key(stated.subject), stated.predicate, stated.qualifier)
    rows = [
        row
        for row in current_facts(session, source_id)
        if (row.subject_key, row.predicate, row.qualifier) == wanted
        and (row.valid_from is None or row.valid_from <= now)
    ]
    of_that_day = [row for row in rows if row.valid_from is not None and row.valid_from == stated.valid_from]
    return max(of_that_day or rows, key=lambda row: (row.valid_from or row.observed_from, row.id), default=None)


def correct(
    session: Session, source_id: str, stated: Stated, by: Reviewer, *, now: datetime, reason: str
) -> CorrectionRow:
    """Keep what a person says in the place of what is read now, and the decision in the trail.

    Raises:
        ReviewError: there is no such source or nothing of it was read; the correction has no reason, an unknown
            predicate or too long a value; it says what is read anyway; another correction of the same reading stands.
    """
    _check(session, source_id, stated)
    reason = checked_text(reason)
    if not reason:
        message = "A correction needs a reason that can still be read in a year."
        raise ReviewError(message)
    snapshot = latest_snapshot(session, source_id)
    if snapshot is None:
        message = f"Nothing of {source_id} was read yet, so there is nothing to correct."
        raise ReviewError(message)
    reading = reading_of(session, source_id, stated, now)
    _require_difference(source_id, stated, reading)
    replaces = reading.value_key if reading is not None else None
    for other in corrections_about(session, name_key(stated.subject)):
        same = (other.source, other.predicate, other.qualifier) == (source_id, stated.predicate, stated.qualifier)
        if same and other.withdrawn_at is None and other.replaces_key == replaces:
            message = (
                f"Correction {other.id} by {other.actor} stands there already. Withdraw it first: "
                f"`headwater corrections withdraw {other.id}`."
            )
            raise ReviewError(message)
    row = CorrectionRow(
        source_id=source_id,
        snapshot_id=snapshot.id,
        subject=stated.subject,
        predicate=stated.predicate,
        qualifier=stated.qualifier,
        replaces_key=replaces,
        value=stated.value,
        value_key=stated.value_key,
        valid_from=stated.valid_from,
        precision=stated.precision,
        reason=reason,
        actor=by.actor,
        via=by.via,
        corrected_at=now,
    )
    session.add(row)
    session.flush()
    session.add(row_of(by.says(now, Action.CORRECT, reason), correction_id=row.id))
    session.flush()
    return row


def withdraw(session: Session, correction_id: int, by: Reviewer, *, now: datetime, reason: str = "") -> CorrectionRow:
    """Let the reading lead again.

    Raises:
        ReviewError: there is no such correction, or it was withdrawn before.
    """
    row = session.get(CorrectionRow, correction_id, with_for_update=True)
    if row is None:
        message = f"There is no correction {correction_id}. `headwater corrections list` names those there are."
        raise ReviewError(message)
    if row.withdrawn_at is not None:
        message = f"Correction {correction_id} was withdrawn on {row.withdrawn_at:%Y-%m-%d %H:%M} UTC already."
        raise ReviewError(message)
    row.withdrawn_at = now
    session.add(row_of(by.says(now, Action.WITHDRAW, reason), correction_id=row.id))
    session.flush()
    return row


def corrections_about(session: Session, subject_key: str | None = None, *, predicate: str = "") -> list[Correction]:
    """Every correction about a folded name or a predicate, or every one there is, the oldest first."""
    query = (
        select(CorrectionRow, SnapshotRow.sequence, SnapshotRow.observed_at)
        .join(SnapshotRow, SnapshotRow.id == CorrectionRow.snapshot_id)
        .order_by(CorrectionRow.id)
    )
    if subject_key is not None:
        query = query.where(CorrectionRow.subject_key == subject_key)
    if predicate:
        query = query.where(CorrectionRow.predicate == predicate)
    return [_correction(*row) for row in session.execute(query)]


def _check(session: Session, source_id: str, stated: Stated) -> None:
    if session.get(SourceRow, source_id) is None:
        message = f"There is no source {source_id}. `headwater sources list` names the sources."
        raise ReviewError(message)
    area, _, attribute = stated.predicate.partition(".")
    if area not in AREAS or not attribute:
        message = (
            f'"{stated.predicate}" is not a predicate. Write area.attribute, such as price.output_price; the areas '
            f"are {', '.join(AREAS)}."
        )
        raise ReviewError(message)
    for text in (stated.subject, stated.predicate, stated.qualifier, stated.value or "", stated.value_key):
        if len(checked_text(text)) > LONGEST_VALUE:
            message = f"Names and values have at most {LONGEST_VALUE} characters."
            raise ReviewError(message)
    if len(stated.predicate) > LONGEST_PREDICATE or not stated.subject.strip():
        message = f"A correction names its subject, and its predicate has at most {LONGEST_PREDICATE} characters."
        raise ReviewError(message)


def _require_difference(source_id: str, stated: Stated, reading: FactRow | None) -> None:
    if stated.value is None and reading is None:
        message = f"Nothing is read there in {source_id}, so there is nothing to take away."
        raise ReviewError(message)
    says_so = reading is not None and reading.value is not None and reading.value_key == stated.value_key
    if says_so and stated.value is not None and stated.valid_from in (None, reading.valid_from if reading else None):
        message = f"{source_id} is read to say {stated.value} already."
        raise ReviewError(message)


def _correction(row: CorrectionRow, sequence: int, seen_at: datetime) -> Correction:
    return Correction(
        id=row.id,
        source=row.source_id,
        snapshot=f"{row.source_id}@{sequence}",
        seen_at=seen_at,
        subject=row.subject,
        predicate=row.predicate,
        qualifier=row.qualifier,
        replaces_key=row.replaces_key,
        value=row.value,
        value_key=row.value_key,
        valid_from=row.valid_from,
        precision=Precision(row.precision),
        reason=row.reason,
        actor=row.actor,
        via=row.via,
        corrected_at=row.corrected_at,
        withdrawn_at=row.withdrawn_at,
    )
