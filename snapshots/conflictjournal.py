"""Reading recorded conflicts back: lists with filters, each with its claims and where they were read."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from snapshots.facts import Precision, name_key
from snapshots.review import ReviewState, in_states, state_at
from snapshots.tables import ConflictClaimRow, ConflictRow, SnapshotRow, SourceRow


@dataclass(frozen=True, slots=True)
class ConflictClaim:
    """One side: what a version of a source says, with its words. `by_hand` names who corrected the reading."""

    source: str
    snapshot: str
    url: str
    value: str | None
    detail: Mapping[str, Any]
    valid_from: datetime | None
    precision: Precision
    heading: tuple[str, ...]
    quote: str
    by_hand: str | None


@dataclass(frozen=True, slots=True)
class ConflictEntry:
    """A recorded conflict. Times are UTC; `closed_why` is a word of `snapshots.conflicts.ClosedWhy`.

    `unseen` are the sources that gave no good answer since it was opened: they may have followed already.
    """

    public_id: str
    scope: str
    subject: str
    predicate: str
    qualifier: str
    opened_at: datetime
    closed_at: datetime | None
    closed_why: str | None
    review_state: str
    snoozed_until: datetime | None
    claims: tuple[ConflictClaim, ...]
    unseen: tuple[str, ...]

    def review_at(self, now: datetime) -> ReviewState:
        """Where its review stands at an instant: a snooze that has run out is open again."""
        return state_at(self.review_state, self.snoozed_until, now)

    def summary(self, now: datetime) -> dict[str, Any]:
        """What programs are told of it at an instant, by the names that they know; the claims are left out."""
        return {
            "id": self.public_id,
            "scope": self.scope,
            "subject": self.subject,
            "predicate": self.predicate,
            "qualifier": self.qualifier,
            "opened_at": self.opened_at,
            "closed_at": self.closed_at,
            "closed_why": self.closed_why,
            "review_state": self.review_at(now),
            "snoozed_until": self.snoozed_until,
            "not_seen_since": list(self.unseen),
        }


def list_conflicts(
    session: Session,
    *,
    now: datetime,
    closed: bool = False,
    subject: str = "",
    reviews: Collection[ReviewState] = (),
    limit: int = 200,
) -> list[ConflictEntry]:
    """At most `limit` conflicts, newest first; the closed ones too with `closed`."""
    query = select(ConflictRow)
    if not closed:
        query = query.where(ConflictRow.closed_at.is_(None))
    if subject:
        query = query.where(ConflictRow.subject_key == name_key(subject))
    if reviews:
        query = query.where(in_states(ConflictRow, reviews, now))
    query = query.order_by(ConflictRow.opened_at.desc(), ConflictRow.id.desc()).limit(limit)
    return _entries(session, session.scalars(query).all())


def entry_of(session: Session, row: ConflictRow) -> ConflictEntry:
    """One conflict with its claims."""
    return _entries(session, [row])[0]


def _entries(session: Session, rows: Sequence[ConflictRow]) -> list[ConflictEntry]:
    query = (
        select(ConflictClaimRow, SnapshotRow.sequence, SourceRow)
        .join(SnapshotRow, SnapshotRow.id == ConflictClaimRow.snapshot_id)
        .join(SourceRow, SourceRow.id == ConflictClaimRow.source_id)
        .where(ConflictClaimRow.conflict_id.in_([row.id for row in rows]))
        .order_by(ConflictClaimRow.conflict_id, ConflictClaimRow.position)
    )
    claims: dict[int, list[tuple[ConflictClaim, SourceRow]]] = defaultdict(list)
    for claim, sequence, source in session.execute(query):
        claims[claim.conflict_id].append((_claim(claim, sequence, source), source))
    return [_entry(row, claims[row.id]) for row in rows]


def _entry(row: ConflictRow, claims: Sequence[tuple[ConflictClaim, SourceRow]]) -> ConflictEntry:
    unseen = {s.id for _, s in claims if s.last_ok_at is None or s.last_ok_at < row.opened_at}
    return ConflictEntry(
        public_id=row.public_id,
        scope=row.scope,
        subject=row.subject,
        predicate=row.predicate,
        qualifier=row.qualifier,
        opened_at=row.opened_at,
        closed_at=row.closed_at,
        closed_why=row.closed_why,
        review_state=row.review_state,
        snoozed_until=row.snoozed_until,
        claims=tuple(claim for claim, _ in claims),
        unseen=tuple(sorted(unseen)) if row.closed_at is None else (),
    )


def _claim(row: ConflictClaimRow, sequence: int, source: SourceRow) -> ConflictClaim:
    return ConflictClaim(
        source=row.source_id,
        snapshot=f"{row.source_id}@{sequence}",
        url=source.url,
        value=row.value,
        detail={name: text for name, text in row.detail.items() if name != "by_hand"},
        valid_from=row.valid_from,
        precision=Precision(row.precision),
        heading=tuple(row.evidence_heading),
        quote=row.evidence_quote,
        by_hand=row.detail.get("by_hand"),
    )
