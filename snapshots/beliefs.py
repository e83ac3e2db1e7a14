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

from snapshots.facts import Fact
from snapshots.rows import current_facts, fact_of
from snapshots.tables import FactRow

__all__ = [
    "Belief",
    "Superseded",
    "VersionRead",
    "beliefs_of",
    "believed",
    "current_facts",
    "fact_of",
    "recorded",
    "replace_facts",
    "supersede",
]

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
    """How many recorded facts a better reading took the place of, and how many it added.

    `touched` are the folded subjects and predicates of both.
    """

    closed: int
    opened: int
    touched: frozenset[tuple[str, str]]


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
    closed: set[tuple[int, str, str]] = set()
    for row in recorded(session, source_id):
        if wanted.pop(_identity(row, row.observed_from, row.observed_to), None) is None:
            row.superseded_at = now
            closed.add((row.id, row.subject_key, row.predicate))
    session.flush()
    for belief in wanted.values():
        row = _fact_row(source_id, belief.snapshot_id, belief.fact, belief.observed_from)
        row.observed_to, row.read_at = belief.observed_to, now
        session.add(row)
    session.flush()
    touched = {(subject, predicate) for _, subject, predicate in closed}
    touched |= {(belief.fact.subject_key, belief.fact.predicate) for belief in wanted.values()}
    return Superseded(len(closed), len(wanted), frozenset(touched))


def _identity(fact: FactRow | Fact, observed_from: datetime, observed_to: datetime | None) -> tuple[object, ...]:
    detail = tuple(sorted(fact.detail.items()))
    said = (fact.subject_key, fact.predicate, fact.qualifier, fact.valid_from, fact.valid_to, fact.value_key)
    return (*said, fact.value is None, detail, observed_from, observed_to)


def replace_facts(
    session: Session, source_id: str, snapshot_id: int, facts: Sequence[Fact], now: datetime
) -> set[tuple[str, str]]:
    """Make `facts` the source's belief: what says the same stays, what says otherwise is closed and opened anew.

    Returns the folded subjects and predicates of what was closed or opened.
    """
    touched = set()
    rows = {(r.subject_key, r.predicate, r.qualifier, r.valid_key): r for r in current_facts(session, source_id)}
    wanted = believed(facts)
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
