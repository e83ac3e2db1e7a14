"""What people say a source means where it was read wrongly: kept apart from what was read, and shown as made by hand.

`snapshots.corrected` is the whole rule of what a correction changes; `snapshots.history` applies it in every answer.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from snapshots.corrected import Correction, Stated
from snapshots.facts import Precision, name_key
from snapshots.review import Action, Reviewer, ReviewError, checked_text, row_of
from snapshots.rows import current_facts, latest_snapshot
from snapshots.tables import CorrectionRow, FactRow, SnapshotRow, SourceRow

LONGEST_VALUE = 500
LONGEST_PREDICATE = 128
AREAS = ("alias", "license", "endpoint", "model", "lifecycle", "limit", "price", "capability")


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
