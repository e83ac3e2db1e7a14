"""Reading recorded changes back: lists with filters, and one by its public id."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, and_, or_, select
from sqlalchemy.orm import Session, aliased

from snapshots.changes.model import Change, Level
from snapshots.facts import Evidence, Precision, name_key
from snapshots.review import ReviewState, in_states, state_at
from snapshots.tables import ChangeRow, SnapshotRow, SourceRow


@dataclass(frozen=True, slots=True)
class Entry:
    """A recorded change with where it was seen: the source and the numbers of the two versions compared."""

    id: int
    public_id: str
    source_id: str
    source_title: str
    provider: str
    url: str
    from_version: int
    to_version: int
    detected_at: datetime
    state: str
    origin: str
    review_state: str
    snoozed_until: datetime | None
    change: Change

    def review_at(self, now: datetime) -> ReviewState:
        """Where its review stands at an instant: a snooze that has run out is open again."""
        return state_at(self.review_state, self.snoozed_until, now)


@dataclass(frozen=True, slots=True)
class Filter:
    """Which changes to list; empty means any. Times are UTC.

    `reviews` are judged at `now`, which must be given with them: open includes snoozes that have run out by then.
    """

    levels: Collection[Level] = ()
    kinds: Collection[str] = ()
    states: Collection[str] = ()
    source: str = ""
    provider: str = ""
    subject: str = ""
    since: datetime | None = None
    until: datetime | None = None
    reviews: Collection[ReviewState] = ()
    now: datetime | None = None


def list_changes(
    session: Session,
    wanted: Filter,
    *,
    limit: int,
    newest_first: bool = True,
    behind: tuple[datetime, int] | None = None,
) -> list[Entry]:
    """At most `limit` changes that pass the filter, by the time they were detected.

    `behind` is `detected_at` and `id` of a change after which the list goes on.
    """
    query = _entries()
    if wanted.levels:
        query = query.where(ChangeRow.level.in_(wanted.levels))
    if wanted.kinds:
        query = query.where(ChangeRow.kind.in_(wanted.kinds))
    if wanted.states:
        query = query.where(ChangeRow.state.in_(wanted.states))
    if wanted.source:
        query = query.where(ChangeRow.source_id == wanted.source)
    if wanted.subject:
        query = query.where(ChangeRow.subject_key == name_key(wanted.subject))
    if wanted.since:
        query = query.where(ChangeRow.detected_at >= wanted.since)
    if wanted.until:
        query = query.where(ChangeRow.detected_at < wanted.until)
    if wanted.provider:
        query = query.where(SourceRow.provider == wanted.provider)
    if wanted.reviews:
        assert wanted.now is not None, "review states are judged at an instant"
        query = query.where(in_states(ChangeRow, wanted.reviews, wanted.now))
    order = (ChangeRow.detected_at, ChangeRow.id)
    if behind is not None:
        at, row = behind
        beyond = (
            (ChangeRow.detected_at < at, ChangeRow.id < row)
            if newest_first
            else (ChangeRow.detected_at > at, ChangeRow.id > row)
        )
        query = query.where(or_(beyond[0], and_(ChangeRow.detected_at == at, beyond[1])))
    query = query.order_by(*(column.desc() for column in order)) if newest_first else query.order_by(*order)
    return [_entry(*row) for row in session.execute(query.limit(limit))]


def entries(session: Session, change_ids: Collection[int]) -> list[Entry]:
    """The changes with these row ids, in the order they were recorded."""
    query = _entries().where(ChangeRow.id.in_(change_ids)).order_by(ChangeRow.id)
    return [_entry(*row) for row in session.execute(query)]


def find_change(session: Session, public_id: str) -> Sequence[Entry]:
    """The changes whose public id starts with `public_id`; one when it is whole or unambiguous."""
    exact = _entries().where(ChangeRow.public_id.startswith(public_id, autoescape=True)).order_by(ChangeRow.id)
    return [_entry(*row) for row in session.execute(exact.limit(10))]


def _entries() -> Select[ChangeRow, SourceRow, int, int]:
    before, after = aliased(SnapshotRow), aliased(SnapshotRow)
    return (
        select(ChangeRow, SourceRow, before.sequence, after.sequence)
        .join(SourceRow, SourceRow.id == ChangeRow.source_id)
        .join(before, before.id == ChangeRow.from_snapshot_id)
        .join(after, after.id == ChangeRow.to_snapshot_id)
    )


def _entry(row: ChangeRow, source: SourceRow, from_version: int, to_version: int) -> Entry:
    return Entry(
        id=row.id,
        public_id=row.public_id,
        source_id=row.source_id,
        source_title=source.title,
        provider=source.provider,
        url=source.url,
        from_version=from_version,
        to_version=to_version,
        detected_at=row.detected_at,
        state=row.state,
        origin=row.origin,
        review_state=row.review_state,
        snoozed_until=row.snoozed_until,
        change=change_of(row),
    )


def change_of(row: ChangeRow) -> Change:
    """The change a row remembers."""
    return Change(
        kind=row.kind,
        subject=row.subject,
        attribute=row.attribute,
        before=row.before,
        after=row.after,
        level=Level(row.level),
        qualifier=row.qualifier,
        before_detail=row.before_detail,
        after_detail=row.after_detail,
        effective_at=row.effective_at,
        effective_precision=Precision(row.effective_precision),
        evidence=Evidence(row.evidence_block, tuple(row.evidence_heading), row.evidence_quote),
        confidence=row.confidence,
        removal=row.state == "unconfirmed",
    )
