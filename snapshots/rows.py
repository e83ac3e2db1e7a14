"""The lookups that several parts of this room share: versions of a source, and what it is believed to say now."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from snapshots.facts import Evidence, Fact, Precision
from snapshots.tables import CURRENT_FACT, FactRow, SnapshotRow


def latest_snapshot(session: Session, source_id: str, *, good: bool = True) -> SnapshotRow | None:
    """The newest version of a source; with `good`, the newest that is believed."""
    query = select(SnapshotRow).where(SnapshotRow.source_id == source_id)
    if good:
        query = query.where(SnapshotRow.held.is_(None))
    return session.scalars(query.order_by(SnapshotRow.sequence.desc()).limit(1)).first()


def snapshot_of(session: Session, source_id: str, sequence: int) -> SnapshotRow | None:
    """One version of a source, counted from 1."""
    query = select(SnapshotRow).where(SnapshotRow.source_id == source_id, SnapshotRow.sequence == sequence)
    return session.scalars(query).first()


def current_facts(session: Session, source_id: str) -> Sequence[FactRow]:
    """What the source is believed to say now."""
    query = select(FactRow).where(FactRow.source_id == source_id, CURRENT_FACT)
    return session.scalars(query.order_by(FactRow.id)).all()


def fact_of(row: FactRow) -> Fact:
    """The fact a row remembers."""
    return Fact(
        subject=row.subject,
        predicate=row.predicate,
        value=row.value,
        evidence=Evidence(row.evidence_block, tuple(row.evidence_heading), row.evidence_quote),
        qualifier=row.qualifier,
        value_key=row.value_key,
        detail=row.detail,
        valid_from=row.valid_from,
        valid_to=row.valid_to,
        precision=Precision(row.precision),
        confidence=row.confidence,
    )
