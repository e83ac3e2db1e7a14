"""One change: the event it belongs to, its versions, who was told, what people decided."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from snapshots import blobs, journal
from snapshots.facts import name_key
from snapshots.journal import Entry
from snapshots.review import ReviewState
from snapshots.rows import snapshot_of
from snapshots.tables import (
    AcknowledgementRow,
    ChangeRow,
    DeliveryAttemptRow,
    DeliveryChangeRow,
    DeliveryRow,
    SnapshotRow,
)
from snapshots.web.queries import events
from snapshots.web.queries.events import Wanted

_RELATED = timedelta(days=30)
_MOST_RELATED = 8
ANY_STATE = tuple(ReviewState)


@dataclass(frozen=True, slots=True)
class Told:
    """One message that told the change, with its last attempt."""

    delivery: str
    channel: str
    kind: str
    state: str
    at: datetime
    attempts: int
    error: str | None
    incident: str


@dataclass(frozen=True, slots=True)
class Noted:
    """One entry of the trail: who did what, when, through what, in which words."""

    at: datetime
    actor: str
    via: str
    action: str
    text: str
    until: datetime | None


@dataclass(frozen=True, slots=True)
class StoredVersion:
    """One kept version: what is needed to read it. `body` is `None` where retention let the bytes go."""

    source_id: str
    sequence: int
    observed_at: datetime
    digest: str
    content_type: str
    final_url: str
    body: bytes | None
    held: str | None


def event_of(session: Session, entry: Entry, now: datetime) -> Sequence[Entry]:
    """The changes that are one event with this one, itself among them, whatever was decided about them."""
    wanted = Wanted(now, ANY_STATE, subject_key=name_key(entry.change.subject))
    ids = events.members(session, wanted, {events.of_entry(entry)})
    found = journal.entries(session, ids)
    if entry.change.effective_at is None:
        own = [each for each in found if events.is_version_of(each, entry)]
        shared = min((each.change.correlation_key for each in own), default="")
        found = events.sharing(found, shared)
    return found if any(each.id == entry.id for each in found) else [entry]


def related(session: Session, entry: Entry, but: Sequence[Entry]) -> Sequence[Entry]:
    """Other events of the same versions of a source, or of the same name within a month, newest first."""
    left_out = {(each.change.kind, each.change.subject) for each in but}
    near = ChangeRow.detected_at.between(entry.detected_at - _RELATED, entry.detected_at + _RELATED)
    query = (
        select(ChangeRow.id)
        .where(
            ChangeRow.state == "open",
            ChangeRow.level != "none",
            ChangeRow.id.not_in([each.id for each in but]),
            ChangeRow.detected_at == entry.detected_at,
            ChangeRow.source_id == entry.source_id,
        )
        .limit(200)
    )
    same_name = (
        select(ChangeRow.id)
        .where(
            ChangeRow.state == "open",
            ChangeRow.level != "none",
            ChangeRow.subject_key == name_key(entry.change.subject),
            near,
        )
        .limit(200)
    )
    ids = {*session.scalars(query), *session.scalars(same_name)} - {each.id for each in but}
    first: dict[tuple[str, str], Entry] = {}
    for each in journal.entries(session, ids):
        first.setdefault((each.change.kind, each.change.subject), each)
    others = [each for key, each in first.items() if key not in left_out]
    return sorted(others, key=lambda each: each.id, reverse=True)[:_MOST_RELATED]


def told_of(session: Session, ids: Sequence[int]) -> Sequence[Told]:
    """The messages that told any of these changes, the earliest first."""
    query = (
        select(DeliveryRow)
        .join(DeliveryChangeRow, DeliveryChangeRow.delivery_id == DeliveryRow.id)
        .where(DeliveryChangeRow.change_id.in_(ids))
        .distinct()
        .order_by(DeliveryRow.created_at, DeliveryRow.id)
        .limit(50)
    )
    rows = session.scalars(query).all()
    errors = _last_errors(session, [row.id for row in rows])
    return [
        Told(
            delivery=row.id,
            channel=row.channel,
            kind=row.kind,
            state=row.state,
            at=row.sent_at or row.next_attempt_at,
            attempts=row.attempts,
            error=row.last_error or errors.get(row.id),
            incident=row.incident,
        )
        for row in rows
    ]


def _last_errors(session: Session, deliveries: Sequence[str]) -> dict[str, str]:
    query = (
        select(DeliveryAttemptRow.delivery_id, DeliveryAttemptRow.detail)
        .where(DeliveryAttemptRow.delivery_id.in_(deliveries), DeliveryAttemptRow.detail.is_not(None))
        .order_by(DeliveryAttemptRow.id)
    )
    return {delivery: detail or "" for delivery, detail in session.execute(query)}


def trail_of(session: Session, ids: Sequence[int]) -> Sequence[Noted]:
    """What people did about an event, the oldest first; a decision about several of its changes counts once."""
    query = (
        select(AcknowledgementRow)
        .where(AcknowledgementRow.change_id.in_(ids))
        .order_by(AcknowledgementRow.id)
        .limit(500)
    )
    noted = (Noted(row.at, row.actor, row.via, row.action, row.text, row.until) for row in session.scalars(query))
    return list(dict.fromkeys(noted))


def stored(session: Session, source_id: str, sequence: int) -> StoredVersion | None:
    """One version with its bytes."""
    row = snapshot_of(session, source_id, sequence)
    return _stored(session, row) if row is not None else None


def _stored(session: Session, row: SnapshotRow) -> StoredVersion:
    try:
        body: bytes | None = blobs.get(session, row.raw_digest)
    except blobs.AbsentBlobError:
        body = None
    return StoredVersion(
        source_id=row.source_id,
        sequence=row.sequence,
        observed_at=row.observed_at,
        digest=row.raw_digest.hex(),
        content_type=row.content_type,
        final_url=row.final_url,
        body=body,
        held=row.held,
    )


def digests(session: Session, versions: Sequence[tuple[str, int]]) -> dict[tuple[str, int], tuple[str, datetime]]:
    """The digest and the time of each version."""
    found = {}
    for source_id, sequence in dict.fromkeys(versions):
        row = snapshot_of(session, source_id, sequence)
        if row is not None:
            found[source_id, sequence] = (row.raw_digest.hex(), row.observed_at)
    return found
