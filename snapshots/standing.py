"""What the store knows of sources before they are checked, read for many at once: most checks change nothing."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, and_, select
from sqlalchemy.orm import Session, aliased

from snapshots.holding import was_refused
from snapshots.tables import ChangeRow, SnapshotRow, SourceRow


@dataclass(frozen=True, slots=True)
class GoodVersion:
    """The newest version of a source that is believed."""

    snapshot_id: int
    raw_digest: bytes
    text_digest: bytes
    content_type: str
    final_url: str
    observed_at: datetime


@dataclass(frozen=True, slots=True)
class Unconfirmed:
    """A recorded change that rests on an absence which no second check has seen yet."""

    change_id: int
    subject: str
    attribute: str
    kind: str
    qualifier: str


@dataclass(frozen=True, slots=True)
class Standing:
    """One source before a check. `held_text_digest` is of a newest version that is held, else empty."""

    source_id: str
    url: str
    document: str
    interval_seconds: int
    consecutive_failures: int
    failing_since: datetime | None
    etag: str | None
    last_modified: str | None
    good: GoodVersion | None
    held_text_digest: bytes = b""
    unconfirmed: tuple[Unconfirmed, ...] = ()
    host: str = ""
    moved_to: str | None = None
    last_ok_at: datetime | None = None


def standings(session: Session, source_ids: Collection[str]) -> dict[str, Standing]:
    """Where each of these sources stands; an id that no source has is left out."""
    pending = _unconfirmed(session, source_ids)
    found: dict[str, Standing] = {}
    for row in session.execute(_query().where(SourceRow.id.in_(source_ids))):
        source_id, url, document, interval, failures, since, etag, modified, host, moved, ok_at, *version = row
        found[source_id] = Standing(
            source_id=source_id,
            url=url,
            document=document,
            interval_seconds=interval,
            consecutive_failures=failures,
            failing_since=since,
            etag=etag,
            last_modified=modified,
            good=GoodVersion(*version[:6]) if version[0] is not None else None,
            # Only a source that gives no answer to believe can have a newest version that is held.
            held_text_digest=_held(session, source_id) if since is not None else b"",
            unconfirmed=tuple(pending.get(source_id, ())),
            host=host,
            moved_to=moved,
            last_ok_at=ok_at,
        )
    return found


def _query() -> Select[*tuple[Any, ...]]:
    newest, version = aliased(SnapshotRow), aliased(SnapshotRow)
    newest_id = (
        select(newest.id)
        .where(newest.source_id == SourceRow.id, newest.held.is_(None))
        .order_by(newest.sequence.desc())
        .limit(1)
        .correlate(SourceRow)
        .scalar_subquery()
    )
    return select(
        SourceRow.id,
        SourceRow.url,
        SourceRow.document,
        SourceRow.interval_seconds,
        SourceRow.consecutive_failures,
        SourceRow.failing_since,
        SourceRow.etag,
        SourceRow.last_modified,
        SourceRow.host,
        SourceRow.moved_to,
        SourceRow.last_ok_at,
        version.id,
        version.raw_digest,
        version.text_digest,
        version.content_type,
        version.final_url,
        version.observed_at,
    ).outerjoin(version, and_(version.source_id == SourceRow.id, version.id == newest_id))


def _held(session: Session, source_id: str) -> bytes:
    query = select(SnapshotRow.id, SnapshotRow.text_digest, SnapshotRow.held).where(SnapshotRow.source_id == source_id)
    newest = session.execute(query.order_by(SnapshotRow.sequence.desc()).limit(1)).first()
    if newest is None or newest.held is None or was_refused(session, newest.id):
        # What a person refused never becomes the page, however long it stands.
        return b""
    return bytes(newest.text_digest)


def _unconfirmed(session: Session, source_ids: Collection[str]) -> dict[str, list[Unconfirmed]]:
    query = select(
        ChangeRow.source_id, ChangeRow.id, ChangeRow.subject, ChangeRow.attribute, ChangeRow.kind, ChangeRow.qualifier
    ).where(ChangeRow.state == "unconfirmed", ChangeRow.source_id.in_(source_ids))
    found: dict[str, list[Unconfirmed]] = defaultdict(list)
    for source_id, change_id, subject, attribute, kind, qualifier in session.execute(query.order_by(ChangeRow.id)):
        found[source_id].append(Unconfirmed(change_id, subject, attribute, kind, qualifier))
    return found
