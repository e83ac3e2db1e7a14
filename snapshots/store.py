"""Recording checks: one transaction writes everything a check found, fenced by the lease it was made under."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import CursorResult, select, update
from sqlalchemy.orm import Session

from snapshots import blobs, conflicts, outbox
from snapshots.changes.model import Change, Level
from snapshots.facts import Fact
from snapshots.outcome import CheckOutcome, NewSnapshot, Outcome
from snapshots.rows import current_facts, fact_of, latest_snapshot, snapshot_of
from snapshots.tables import ChangeRow, CheckRow, FactRow, SnapshotRow, SourceRow

__all__ = [
    "Claim",
    "LeaseLostError",
    "Recorded",
    "current_facts",
    "fact_of",
    "latest_snapshot",
    "record",
    "snapshot_of",
    "unconfirmed",
]


class LeaseLostError(Exception):
    """Another worker took the source over; nothing was written."""


@dataclass(frozen=True, slots=True)
class Claim:
    """The right to check one source until the lease ends."""

    source_id: str
    scheduled_for: datetime
    owner: str


@dataclass(frozen=True, slots=True)
class Recorded:
    """What a commit left behind: row ids, for those who want to look."""

    check_id: int
    snapshot_id: int | None
    change_ids: tuple[int, ...]


def unconfirmed(session: Session, source_id: str) -> Sequence[ChangeRow]:
    """Changes of a source that rest on an absence which no second check has seen yet."""
    query = select(ChangeRow).where(ChangeRow.source_id == source_id, ChangeRow.state == "unconfirmed")
    return session.scalars(query.order_by(ChangeRow.id)).all()


def record(session: Session, claim: Claim, outcome: CheckOutcome) -> Recorded:
    """Write a check: the source's state and schedule, the check, the version, facts, changes and the outbox.

    Call it inside one writing transaction. The lease is given back.

    Raises:
        LeaseLostError: the lease is no longer `claim.owner`'s; the caller's transaction must be rolled back.
    """
    _release(session, claim, outcome)
    source = session.get_one(SourceRow, claim.source_id)
    base = latest_snapshot(session, source.id)
    kept = _keep_snapshot(session, source, outcome.snapshot, outcome.finished_at) if outcome.snapshot else None
    if kept is None and outcome.outcome.good and base is not None:
        base.last_confirmed_at = outcome.finished_at
    check = CheckRow(
        source_id=source.id,
        scheduled_for=_free_instant(session, source.id, claim.scheduled_for),
        started_at=outcome.started_at,
        finished_at=outcome.finished_at,
        outcome=outcome.outcome,
        http_status=outcome.http_status,
        final_url=outcome.final_url if outcome.final_url != source.url else None,
        error_kind=None if outcome.outcome.good else outcome.outcome,
        error_detail=outcome.detail,
        body_bytes=outcome.body_bytes,
        duration_ms=outcome.duration_ms,
        snapshot_id=kept.id if kept else None,
    )
    session.add(check)
    session.flush()
    if outcome.facts is not None and kept is not None:
        touched = _replace_facts(session, source.id, kept.id, outcome.facts, outcome.finished_at)
        conflicts.settle(
            session, source, touched, now=outcome.finished_at, read=conflicts.ReadNow(kept.id, outcome.rivals)
        )
    changes = []
    if outcome.changes and kept is not None and base is not None:
        changes = _add_changes(session, source, base, kept, outcome.changes, outcome.finished_at)
    confirmed = _settle(session, outcome.confirmed, "open")
    _settle(session, outcome.withdrawn, "withdrawn")
    told = [row.id for row in [*confirmed, *changes] if row.state == "open" and row.level != Level.NONE]
    if told:
        payload = {"source_id": source.id, "check_id": check.id, "change_ids": told}
        outbox.append(session, "changes-recorded", f"check:{check.id}", payload, outcome.finished_at)
    if outcome.outcome is Outcome.BASELINE and kept is not None:
        payload = {"source_id": source.id, "check_id": check.id, "snapshot_id": kept.id}
        outbox.append(session, "baseline-read", f"check:{check.id}:baseline", payload, outcome.finished_at)
    return Recorded(check.id, kept.id if kept else None, tuple(row.id for row in changes))


def _free_instant(session: Session, source_id: str, scheduled_for: datetime) -> datetime:
    """`scheduled_for`, or the first instant after it that no check of the source has.

    A clock that was set back names an instant twice; refusing the second check would stop the source for good.
    """
    taken = select(CheckRow.scheduled_for).where(
        CheckRow.source_id == source_id, CheckRow.scheduled_for >= scheduled_for
    )
    instants = set(session.scalars(taken))
    while scheduled_for in instants:
        scheduled_for += timedelta(microseconds=1)
    return scheduled_for


def _release(session: Session, claim: Claim, outcome: CheckOutcome) -> None:
    values: dict[str, object] = {
        "lease_owner": None,
        "lease_until": None,
        "next_check_at": outcome.next_check_at,
        "next_check_reason": outcome.next_check_reason,
        "last_checked_at": outcome.finished_at,
    }
    if outcome.outcome.good:
        values |= {
            "consecutive_failures": 0,
            "failing_since": None,
            "failing_kind": None,
            "last_ok_at": outcome.finished_at,
            "etag": outcome.etag,
            "last_modified": outcome.last_modified,
        }
        if outcome.outcome in (Outcome.BASELINE, Outcome.NEW_VERSION):
            values["last_changed_at"] = outcome.finished_at
    else:
        values |= {
            "consecutive_failures": SourceRow.consecutive_failures + 1,
            "failing_kind": outcome.outcome,
        }
    mine = update(SourceRow).where(SourceRow.id == claim.source_id, SourceRow.lease_owner == claim.owner)
    result = session.execute(mine.values(**values))
    assert isinstance(result, CursorResult)
    if result.rowcount != 1:
        message = f"The lease on {claim.source_id} went to another worker; its check counts, this one does not."
        raise LeaseLostError(message)
    if not outcome.outcome.good:
        first = update(SourceRow).where(SourceRow.id == claim.source_id, SourceRow.failing_since.is_(None))
        session.execute(first.values(failing_since=outcome.finished_at))


def _keep_snapshot(session: Session, source: SourceRow, new: NewSnapshot, now: datetime) -> SnapshotRow:
    latest = latest_snapshot(session, source.id, good=False)
    if latest is not None and latest.raw_digest == new.raw_digest and latest.held == new.held:
        latest.last_confirmed_at = now
        return latest
    digest = blobs.put(session, new.body, base=latest.raw_digest if latest else None)
    row = SnapshotRow(
        source_id=source.id,
        sequence=latest.sequence + 1 if latest else 1,
        raw_digest=digest,
        text_digest=new.text_digest,
        observed_at=now,
        last_confirmed_at=now,
        content_type=new.content_type,
        final_url=new.final_url,
        held=new.held,
    )
    session.add(row)
    session.flush()
    return row


def _replace_facts(
    session: Session, source_id: str, snapshot_id: int, facts: Sequence[Fact], now: datetime
) -> set[tuple[str, str]]:
    """Make `facts` the source's belief: what says the same stays, what says otherwise is closed and opened anew.

    Returns the folded subjects and predicates of what was closed or opened.
    """
    touched = set()
    rows = {(r.subject_key, r.predicate, r.qualifier, r.valid_key): r for r in current_facts(session, source_id)}
    wanted = {(*fact.key, _valid_key(fact)): fact for fact in facts}
    for key, row in rows.items():
        fact = wanted.get(key)
        if fact is not None and _says_the_same(row, fact):
            continue
        row.observed_to = now
        touched.add((row.subject_key, row.predicate))
    session.flush()
    for key, fact in wanted.items():
        row_now = rows.get(key)
        if row_now is None or row_now.observed_to is not None:
            session.add(_fact_row(source_id, snapshot_id, fact, now))
            touched.add((fact.subject_key, fact.predicate))
    session.flush()
    return touched


def _valid_key(fact: Fact) -> str:
    return fact.valid_from.isoformat() if fact.valid_from else ""


def _says_the_same(row: FactRow, fact: Fact) -> bool:
    return (row.value is None, row.value_key, row.detail, row.valid_to) == (
        fact.value is None,
        fact.value_key,
        dict(fact.detail),
        fact.valid_to,
    )


def _fact_row(source_id: str, snapshot_id: int, fact: Fact, now: datetime) -> FactRow:
    return FactRow(
        source_id=source_id,
        snapshot_id=snapshot_id,
        subject=fact.subject,
        predicate=fact.predicate,
        qualifier=fact.qualifier,
        value=fact.value,
        value_key=fact.value_key,
        detail=dict(fact.detail),
        valid_from=fact.valid_from,
        valid_to=fact.valid_to,
        valid_key=_valid_key(fact),
        observed_from=now,
        precision=fact.precision,
        confidence=fact.confidence,
        evidence_block=fact.evidence.block,
        evidence_heading=list(fact.evidence.heading),
        evidence_quote=fact.evidence.quote,
    )


def _add_changes(
    session: Session,
    source: SourceRow,
    base: SnapshotRow,
    kept: SnapshotRow,
    changes: Sequence[Change],
    now: datetime,
) -> list[ChangeRow]:
    rows = []
    for change in changes:
        fingerprint = change.fingerprint(source.id, base.raw_digest, kept.raw_digest, kept.sequence)
        row = ChangeRow(
            public_id=_short_id(session, fingerprint),
            fingerprint=fingerprint,
            source_id=source.id,
            from_snapshot_id=base.id,
            to_snapshot_id=kept.id,
            kind=change.kind,
            level=change.level,
            subject=change.subject,
            attribute=change.attribute,
            qualifier=change.qualifier,
            before=change.before,
            after=change.after,
            before_detail=dict(change.before_detail),
            after_detail=dict(change.after_detail),
            effective_at=change.effective_at,
            effective_precision=change.effective_precision,
            detected_at=now,
            confidence=change.confidence,
            evidence_block=change.evidence.block if change.evidence else "",
            evidence_heading=list(change.evidence.heading) if change.evidence else [],
            evidence_quote=change.evidence.quote if change.evidence else "",
            correlation_key=change.correlation_key,
            state="unconfirmed" if change.removal else "open",
        )
        session.add(row)
        session.flush()
        rows.append(row)
    return rows


def _short_id(session: Session, fingerprint: str) -> str:
    """The shortest prefix of at least 8 characters that no other change has."""
    for length in range(8, 17):
        taken = select(ChangeRow.id).where(ChangeRow.public_id == fingerprint[:length])
        if session.scalars(taken).first() is None:
            return fingerprint[:length]
    message = f"16 characters of the fingerprint {fingerprint} are taken: this change is recorded already"
    raise LeaseLostError(message)


def _settle(session: Session, ids: Sequence[int], state: str) -> list[ChangeRow]:
    rows = [session.get_one(ChangeRow, change_id) for change_id in ids]
    for row in rows:
        row.state = state
    return rows
