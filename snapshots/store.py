"""Recording checks: one transaction writes everything a check found, fenced by the lease it was made under."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import CursorResult, bindparam, insert, select, update
from sqlalchemy.orm import Session

from snapshots import beliefs, blobs, conflicts, health, hosts, outages, outbox
from snapshots.changes.model import Change, Level
from snapshots.outcome import CheckOutcome, NewSnapshot, Outcome
from snapshots.rows import latest_snapshot, snapshot_of
from snapshots.standing import Standing
from snapshots.tables import ChangeRow, CheckRow, SnapshotRow, SourceRow

__all__ = [
    "Claim",
    "LeaseLostError",
    "Quiet",
    "Recorded",
    "add_changes",
    "confirm",
    "latest_snapshot",
    "record",
    "snapshot_of",
]


class LeaseLostError(Exception):
    """Another worker took the source over; nothing was written."""


@dataclass(frozen=True, slots=True)
class Claim:
    """The right to check one source until the lease ends."""

    source_id: str
    scheduled_for: datetime
    owner: str
    standing: Standing | None = None
    """What the store knew of the source when the claim was made, where it was read along."""
    gap: timedelta | None = None
    """How long the source's host is to be left alone after this check; `None` when nobody keeps count."""


@dataclass(frozen=True, slots=True)
class Quiet:
    """A check that found the believed version `snapshot_id` unchanged and has nothing else to say."""

    claim: Claim
    outcome: CheckOutcome
    snapshot_id: int


@dataclass(frozen=True, slots=True)
class Recorded:
    """What a commit left behind: row ids, for those who want to look."""

    check_id: int
    snapshot_id: int | None
    change_ids: tuple[int, ...]


def record(session: Session, claim: Claim, outcome: CheckOutcome) -> Recorded:
    """Write a check: the source's state and schedule, the check, the version, facts, changes and the outbox.

    Call it inside one writing transaction. The lease is given back.

    Raises:
        LeaseLostError: the lease is no longer `claim.owner`'s; the caller's transaction must be rolled back.
    """
    _release(session, claim, outcome)
    source = session.get_one(SourceRow, claim.source_id)
    health.follow(session, source, outcome)
    base = latest_snapshot(session, source.id)
    kept = _keep_snapshot(session, source, outcome.snapshot, outcome.finished_at) if outcome.snapshot else None
    if kept is None and outcome.outcome.good and base is not None:
        base.last_confirmed_at = outcome.finished_at
    at = _free_instant(session, source.id, claim.scheduled_for)
    check = CheckRow(**_check_values(claim, outcome, at), snapshot_id=kept.id if kept else None)
    if outcome.final_url == source.url:
        check.final_url = None
    session.add(check)
    session.flush()
    if outcome.facts is not None and kept is not None:
        touched = beliefs.replace_facts(session, source.id, kept.id, outcome.facts, outcome.finished_at)
        conflicts.settle(
            session, source, touched, now=outcome.finished_at, read=conflicts.ReadNow(kept.id, outcome.rivals)
        )
    changes = []
    if outcome.changes and base is not None:
        found = outcome.changes if kept is not None else _unrecorded(session, base, outcome.changes)
        changes = add_changes(session, base, kept or base, found, outcome.finished_at)
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


def confirm(session: Session, checks: Sequence[Quiet]) -> None:
    """Write many checks that found nothing new, all or none of them; their leases are given back.

    Raises:
        LeaseLostError: one of the leases went to another worker.
        IntegrityError: one of the instants is taken, see `record`.
    """
    connection = session.connection()
    rows = [
        {
            "claimed": check.claim.source_id,
            "claimed_by": check.claim.owner,
            "next_check_at": check.outcome.next_check_at,
            "next_check_reason": check.outcome.next_check_reason,
            "finished_at": check.outcome.finished_at,
            "etag": check.outcome.etag,
            "last_modified": check.outcome.last_modified,
        }
        # In order of their ids, so that two who write many sources cannot wait for each other.
        for check in sorted(checks, key=lambda check: check.claim.source_id)
    ]
    if connection.execute(_CONFIRM_SOURCES, rows).rowcount != len(rows):
        message = "A lease went to another worker meanwhile."
        raise LeaseLostError(message)
    last = max(check.outcome.finished_at for check in checks)
    outages.answered(session, last)
    hosts.keep_gap(session, _visits([(check.claim, check.outcome) for check in checks]))
    versions = [{"version": check.snapshot_id, "finished_at": check.outcome.finished_at} for check in checks]
    connection.execute(_CONFIRM_VERSIONS, versions)
    connection.execute(
        insert(CheckRow.__table__),  # type: ignore[arg-type]
        [_check_values(check.claim, check.outcome, check.claim.scheduled_for) for check in checks],
    )


def _check_values(claim: Claim, outcome: CheckOutcome, scheduled_for: datetime) -> dict[str, object]:
    good = outcome.outcome.good
    return {
        "source_id": claim.source_id,
        "scheduled_for": scheduled_for,
        "started_at": outcome.started_at,
        "finished_at": outcome.finished_at,
        "outcome": outcome.outcome,
        "http_status": outcome.http_status,
        "final_url": outcome.final_url,
        "error_kind": None if good else outcome.outcome,
        "error_detail": outcome.detail,
        "body_bytes": outcome.body_bytes,
        "duration_ms": outcome.duration_ms,
    }


_CONFIRM_SOURCES = (
    update(SourceRow.__table__)  # type: ignore[arg-type]
    .where(SourceRow.id == bindparam("claimed"), SourceRow.lease_owner == bindparam("claimed_by"))
    .values(
        lease_owner=None,
        lease_until=None,
        next_check_at=bindparam("next_check_at"),
        next_check_reason=bindparam("next_check_reason"),
        last_checked_at=bindparam("finished_at"),
        consecutive_failures=0,
        failing_since=None,
        failing_kind=None,
        last_ok_at=bindparam("finished_at"),
        etag=bindparam("etag"),
        last_modified=bindparam("last_modified"),
    )
)
_CONFIRM_VERSIONS = (
    update(SnapshotRow.__table__)  # type: ignore[arg-type]
    .where(SnapshotRow.id == bindparam("version"))
    .values(last_confirmed_at=bindparam("finished_at"))
)


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
            "last_ok_at": outcome.finished_at,
            "etag": outcome.etag,
            "last_modified": outcome.last_modified,
            "moved_to": outcome.moved_to,
        }
        if outcome.outcome in (Outcome.BASELINE, Outcome.NEW_VERSION):
            values["last_changed_at"] = outcome.finished_at
    mine = update(SourceRow).where(SourceRow.id == claim.source_id, SourceRow.lease_owner == claim.owner)
    result = session.execute(mine.values(**values))
    assert isinstance(result, CursorResult)
    if result.rowcount != 1:
        message = f"The lease on {claim.source_id} went to another worker; its check counts, this one does not."
        raise LeaseLostError(message)
    hosts.keep_gap(session, _visits([(claim, outcome)]))


def _visits(checks: Sequence[tuple[Claim, CheckOutcome]]) -> list[tuple[str, datetime, timedelta]]:
    return [
        (claim.standing.host, outcome.finished_at, claim.gap)
        for claim, outcome in checks
        if claim.gap and claim.standing is not None
    ]


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


def add_changes(
    session: Session,
    base: SnapshotRow,
    kept: SnapshotRow,
    changes: Sequence[Change],
    now: datetime,
    *,
    origin: str = "check",
) -> list[ChangeRow]:
    """Record what differs between two versions of a source; nothing is told by this alone."""
    rows = []
    for change in changes:
        fingerprint = change.fingerprint(kept.source_id, base.raw_digest, kept.raw_digest, kept.sequence)
        row = ChangeRow(
            public_id=_short_id(session, fingerprint),
            fingerprint=fingerprint,
            source_id=kept.source_id,
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
            origin=origin,
        )
        session.add(row)
        session.flush()
        rows.append(row)
    return rows


def _unrecorded(session: Session, base: SnapshotRow, changes: Sequence[Change]) -> list[Change]:
    """Those changes of a version that are not on record: a page may move away, back, and away again."""
    digest = base.raw_digest
    prints = {change.fingerprint(base.source_id, digest, digest, base.sequence): change for change in changes}
    known = set(session.scalars(select(ChangeRow.fingerprint).where(ChangeRow.fingerprint.in_(prints))))
    return [change for fingerprint, change in prints.items() if fingerprint not in known]


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
