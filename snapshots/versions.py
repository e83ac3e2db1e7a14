"""The kept versions of a source: what there is, and what each costs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from snapshots import blobs
from snapshots.store import latest_snapshot, snapshot_of
from snapshots.tables import BlobRow, SnapshotRow, SourceRow


@dataclass(frozen=True, slots=True)
class Version:
    """One version as it is kept. Times are UTC; `stored_bytes` is what its content takes in the database.

    `held` says why the version is not believed; `base` is the digest it is compressed against, in hex.
    """

    source_id: str
    sequence: int
    observed_at: datetime
    last_confirmed_at: datetime
    content_type: str
    final_url: str
    digest: str
    size: int
    stored_bytes: int
    base: str | None
    held: str | None


class UnknownVersionError(Exception):
    """There is no such source or version; the message says what there is."""


def versions_of(session: Session, source_id: str) -> Sequence[Version]:
    """Every version of a source, the oldest first.

    Raises:
        UnknownVersionError: no source has this id.
    """
    _require_source(session, source_id)
    query = (
        select(SnapshotRow, BlobRow.size, func.length(BlobRow.content), BlobRow.base_digest)
        .join(BlobRow, BlobRow.digest == SnapshotRow.raw_digest)
        .where(SnapshotRow.source_id == source_id)
        .order_by(SnapshotRow.sequence)
    )
    return [_version(*row) for row in session.execute(query)]


def version_row(session: Session, source_id: str, sequence: int | None = None) -> SnapshotRow:
    """One version, counted from 1; the newest that is believed when no number is given.

    Raises:
        UnknownVersionError: there is no such source or version.
    """
    _require_source(session, source_id)
    row = snapshot_of(session, source_id, sequence) if sequence else latest_snapshot(session, source_id)
    if row is None:
        last = latest_snapshot(session, source_id, good=False)
        there = f"It has versions 1 to {last.sequence}." if last is not None else "Nothing of it is stored yet."
        message = f"{source_id} has no version {sequence}. {there}" if sequence else f"{source_id}: {there}"
        raise UnknownVersionError(message)
    return row


def body_of(session: Session, row: SnapshotRow) -> bytes:
    """The bytes of a version, their digest verified.

    Raises:
        CorruptBlobError: the stored bytes are damaged.
    """
    return blobs.get(session, row.raw_digest)


def source_ids(session: Session, wanted: Sequence[str] = ()) -> Sequence[str]:
    """The ids that were asked for, or those of all sources.

    Raises:
        UnknownVersionError: no source has one of the ids.
    """
    for source_id in wanted:
        _require_source(session, source_id)
    return wanted or session.scalars(select(SourceRow.id).order_by(SourceRow.id)).all()


def _require_source(session: Session, source_id: str) -> None:
    if session.get(SourceRow, source_id) is None:
        message = f"There is no source {source_id}. `headwater sources list` names the sources."
        raise UnknownVersionError(message)


def _version(row: SnapshotRow, size: int, stored: int, base: bytes | None) -> Version:
    return Version(
        source_id=row.source_id,
        sequence=row.sequence,
        observed_at=row.observed_at,
        last_confirmed_at=row.last_confirmed_at,
        content_type=row.content_type,
        final_url=row.final_url,
        digest=row.raw_digest.hex(),
        size=size,
        stored_bytes=stored,
        base=base.hex() if base else None,
        held=row.held,
    )
