"""What a source is believed to say: its facts as rows, closed and opened as its versions come.

A better extractor may read an old version otherwise than was recorded. Such a reading does not rewrite the past: the
rows it does not bear out are marked as superseded, and what it says instead is added with the time it was read.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from snapshots.facts import Evidence, Fact, Precision
from snapshots.tables import CURRENT_FACT, FactRow

Key = tuple[str, str, str, str]


@dataclass(frozen=True, slots=True)
class VersionRead:
    """One version of a source as it is read now. `observed_at` is when it was first seen, UTC."""

    snapshot_id: int
    observed_at: datetime
    facts: tuple[Fact, ...]


@dataclass(frozen=True, slots=True)
class Belief:
    """A fact and how long its source stated it without a break; `observed_to` is `None` while it does."""

    fact: Fact
    snapshot_id: int
    observed_from: datetime
    observed_to: datetime | None


@dataclass(frozen=True, slots=True)
class Superseded:
    """How many recorded facts a better reading took the place of, and how many it added."""

    closed: int
    opened: int


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


def believed(facts: Iterable[Fact]) -> dict[Key, Fact]:
    """One fact for each key and effective time; of two that are equal in both the later one counts."""
    return {(*fact.key, _valid_key(fact)): fact for fact in facts}


def beliefs_of(versions: Iterable[VersionRead]) -> list[Belief]:
    """What a source stated from when to when, given its versions in order; pure."""
    open_: dict[Key, Belief] = {}
    closed: list[Belief] = []
    for version in versions:
        wanted = believed(version.facts)
        for key, belief in list(open_.items()):
            fact = wanted.get(key)
            if fact is None or not _says_the_same(belief.fact, fact):
                del open_[key]
                closed.append(Belief(belief.fact, belief.snapshot_id, belief.observed_from, version.observed_at))
        for key, fact in wanted.items():
            if key not in open_:
                open_[key] = Belief(fact, version.snapshot_id, version.observed_at, None)
    return [*closed, *open_.values()]


def recorded(session: Session, source_id: str) -> Sequence[FactRow]:
    """Every fact of a source that no better reading has replaced, of all its versions."""
    query = select(FactRow).where(FactRow.source_id == source_id, FactRow.superseded_at.is_(None))
    return session.scalars(query.order_by(FactRow.id)).all()


def supersede(session: Session, source_id: str, beliefs: Iterable[Belief], now: datetime) -> Superseded:
    """Make `beliefs` what is known of a source's versions. What was recorded and still holds is left alone."""
    wanted = {_identity(b.fact, b.observed_from, b.observed_to): b for b in beliefs}
    closed = 0
    for row in recorded(session, source_id):
        if wanted.pop(_identity(row, row.observed_from, row.observed_to), None) is None:
            row.superseded_at = now
            closed += 1
    session.flush()
    for belief in wanted.values():
        row = _fact_row(source_id, belief.snapshot_id, belief.fact, belief.observed_from)
        row.observed_to, row.read_at = belief.observed_to, now
        session.add(row)
    session.flush()
    return Superseded(closed, len(wanted))


def _identity(fact: FactRow | Fact, observed_from: datetime, observed_to: datetime | None) -> tuple[object, ...]:
    detail = tuple(sorted(fact.detail.items()))
    said = (fact.subject_key, fact.predicate, fact.qualifier, fact.valid_from, fact.valid_to, fact.value_key)
    return (*said, fact.value is None, detail, observed_from, observed_to)


def replace_facts(session: Session, source_id: str, snapshot_id: int, facts: Sequence[Fact], now: datetime) -> None:
    """Make `facts` the source's belief: what says the same stays, what says otherwise is closed and opened anew."""
    rows = {(r.subject_key, r.predicate, r.qualifier, r.valid_key): r for r in current_facts(session, source_id)}
    wanted = believed(facts)
    for key, row in rows.items():
        fact = wanted.get(key)
        if fact is not None and _says_the_same(row, fact):
            continue
        row.observed_to = now
    session.flush()
    for key, fact in wanted.items():
        row_now = rows.get(key)
        if row_now is None or row_now.observed_to is not None:
            session.add(_fact_row(source_id, snapshot_id, fact, now))
    session.flush()


def _valid_key(fact: Fact) -> str:
    return fact.valid_from.isoformat() if fact.valid_from else ""


def _says_the_same(one: FactRow | Fact, other: Fact) -> bool:
    return (one.value is None, one.value_key, dict(one.detail), one.valid_to) == (
        other.value is None,
        other.value_key,
        dict(other.detail),
        other.valid_to,
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
