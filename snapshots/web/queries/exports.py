"""Whole tables in small steps, for what is exported: no step holds more than a few hundred rows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from snapshots import journal
from snapshots.db import Database
from snapshots.facts import Precision
from snapshots.journal import Entry, Filter
from snapshots.tables import CURRENT_FACT, DeadlineMoveRow, DeadlineRow, FactRow, SnapshotRow, SourceRow

STEP = 500


@dataclass(frozen=True, slots=True)
class DeadlineKept:
    """A deadline as its row has it. `was` is what was stated before it moved last, empty when it did not."""

    subject: str
    ends: datetime | None
    stated: str
    precision: Precision
    source_id: str
    provider: str
    quote: str
    state: str
    closed_why: str | None
    owner: str
    acknowledged_by: str | None
    opened_at: datetime
    updated_at: datetime
    was: str


@dataclass(frozen=True, slots=True)
class FactKept:
    """What a source says now. `version` is the one in which it was first read so."""

    subject: str
    predicate: str
    qualifier: str
    value: str | None
    currency: str
    unit: str
    valid_from: datetime | None
    observed_from: datetime
    confidence: float
    provider: str
    source_id: str
    version: int
    quote: str


def kept_deadlines(session: Session, *, provider: str = "", subject_key: str = "") -> list[DeadlineKept]:
    """Every deadline that the service has met, withdrawn and past ones too, soonest first."""
    moved: dict[int, str] = dict(
        session.execute(
            select(DeadlineMoveRow.deadline_id, DeadlineMoveRow.was_stated).order_by(DeadlineMoveRow.id)
        ).all()
    )
    query = (
        select(DeadlineRow, SourceRow.provider)
        .join(SourceRow, SourceRow.id == DeadlineRow.source_id)
        .order_by(DeadlineRow.ends.is_(None), DeadlineRow.ends, DeadlineRow.subject_key)
    )
    if provider:
        query = query.where(SourceRow.provider == provider)
    if subject_key:
        query = query.where(DeadlineRow.subject_key == subject_key)
    return [
        DeadlineKept(
            subject=row.subject,
            ends=row.ends,
            stated=row.stated,
            precision=Precision(row.precision),
            source_id=row.source_id,
            provider=owner,
            quote=row.quote,
            state=row.state,
            closed_why=row.closed_why,
            owner=row.owner,
            acknowledged_by=row.acknowledged_by,
            opened_at=row.opened_at,
            updated_at=row.updated_at,
            was=moved.get(row.id, ""),
        )
        for row, owner in session.execute(query)
    ]


def changes(database: Database, wanted: Filter, most: int) -> Iterator[Entry]:
    """The changes that pass a filter, the newest first."""
    behind, left = None, most
    while left > 0:
        with database.reading() as session:
            found = journal.list_changes(session, wanted, limit=min(STEP, left), behind=behind)
        yield from found
        if len(found) < min(STEP, left):
            return
        behind, left = (found[-1].detected_at, found[-1].id), left - len(found)


def facts(database: Database, most: int, *, provider: str = "", subject_key: str = "") -> Iterator[FactKept]:
    """What the sources are believed to say now, in the order it was read."""
    query = (
        select(FactRow, SnapshotRow.sequence, SourceRow.provider)
        .join(SnapshotRow, SnapshotRow.id == FactRow.snapshot_id)
        .join(SourceRow, SourceRow.id == FactRow.source_id)
        .where(CURRENT_FACT)
        .order_by(FactRow.id)
    )
    if provider:
        query = query.where(SourceRow.provider == provider)
    if subject_key:
        query = query.where(FactRow.subject_key == subject_key)
    last, left = 0, most
    while left > 0:
        with database.reading() as session:
            rows = session.execute(query.where(FactRow.id > last).limit(min(STEP, left))).all()
        yield from (_fact(*row) for row in rows)
        if len(rows) < min(STEP, left):
            return
        last, left = rows[-1][0].id, left - len(rows)


def _fact(row: FactRow, version: int, provider: str) -> FactKept:
    return FactKept(
        subject=row.subject,
        predicate=row.predicate,
        qualifier=row.qualifier,
        value=row.value,
        currency=str(row.detail.get("currency", "")),
        unit=str(row.detail.get("unit", "")),
        valid_from=row.valid_from,
        observed_from=row.observed_from,
        confidence=row.confidence,
        provider=provider,
        source_id=row.source_id,
        version=version,
        quote=row.evidence_quote,
    )
