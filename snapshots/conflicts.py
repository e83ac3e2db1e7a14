"""Conflicts: official claims that contradict each other, opened and closed like changes, told to nobody yet.

Compared is what is believed now (`snapshots.statements`): by several sources of one provider about one name, by two
languages of a page, and by the voices of one document (front matter, prose, badges). Which of it is a conflict is
decided without any I/O (`snapshots.diff.disputes`).

`settle` records, in the transaction of the check, for the names and predicates it touched: an open conflict stays while
its values stay, and is closed when they agree, when a side is gone, or when other values contradict each other, which
opens another.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import delete, select, text
from sqlalchemy.orm import Session

from snapshots.corrected import Correction
from snapshots.diff.contradiction import Side, is_contested
from snapshots.diff.disputes import Conflict, Key, conflicts_of, where_of
from snapshots.facts import Evidence, Fact, Precision
from snapshots.statements import as_corrected, believed_sides, corrections_of, counting, scope_in, scopes_of
from snapshots.tables import ConflictClaimRow, ConflictRow, SourceRow

_Claims = Sequence[ConflictClaimRow]
_LOCK = int.from_bytes(hashlib.sha256(b"headwater conflicts").digest()[:8], "big", signed=True)


class ClosedWhy(StrEnum):
    """Why a conflict is closed; the words are stored and public."""

    AGREED = "agreed"
    """The sources say the same now, or one's newer statement overrules the other's."""
    GONE = "gone"
    """A side says nothing about it any more, or does not count any more."""
    CHANGED = "values-changed"
    """Other values contradict each other now: another conflict was opened."""


@dataclass(frozen=True, slots=True)
class ReadNow:
    """What the version just read says beside what is stored of it: statements that its own others overrule."""

    snapshot_id: int
    rivals: tuple[Fact, ...] = ()


def settle(
    session: Session, source: SourceRow, touched: Collection[Key], *, now: datetime, read: ReadNow | None = None
) -> None:
    """Open, keep and close the conflicts that `touched` and the source's own rivals may concern.

    `read` is given when a version of the source was read just now; without it what it was last read to say counts.
    """
    rivals = tuple(fact for fact in read.rivals if is_contested(fact.predicate)) if read else ()
    keys = {key for key in touched if is_contested(key[1])} | {(f.subject_key, f.predicate) for f in rivals}
    if read is not None:
        keys |= _open_keys(session, source.id)
    if not keys:
        return
    if session.get_bind().dialect.name == "postgresql":
        # Two checks that contradict each other must not miss each other, nor open one conflict twice.
        session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
    corrections = corrections_of(session, {subject for subject, _ in keys})
    open_rows = _open_at(session, keys, scopes_of(source))
    needed = {(f.subject_key, f.predicate) for f in rivals} | {(r.subject_key, r.predicate) for r, _ in open_rows}
    sides = believed_sides(session, source, keys, corrections, needed=needed)
    if read is not None:
        own = (Side(scope_in(source, fact), source.id, read.snapshot_id, fact) for fact in rivals)
        sides += [side for one in own if (side := as_corrected(one, corrections)) is not None]
    sides += _remembered(open_rows, corrections, except_of=source.id if read is not None else "")
    sides = _distinct(sides)
    found = conflicts_of(sides, now)
    if any(len({side.source for side in conflict.sides}) > 1 for conflict in found):
        sides = counting(session, sides, now)
        found = conflicts_of(sides, now)
    _write(session, found, open_rows, sides, now)


def _open_keys(session: Session, source_id: str) -> set[Key]:
    """What the open conflicts are about in which a source has a part."""
    query = (
        select(ConflictRow.subject_key, ConflictRow.predicate)
        .join(ConflictClaimRow, ConflictClaimRow.conflict_id == ConflictRow.id)
        .where(ConflictRow.closed_at.is_(None), ConflictClaimRow.source_id == source_id)
    )
    return set(session.execute(query.distinct()))


def _open_at(session: Session, keys: Collection[Key], scopes: Collection[str]) -> list[tuple[ConflictRow, _Claims]]:
    query = select(ConflictRow).where(ConflictRow.closed_at.is_(None), ConflictRow.scope.in_(sorted(scopes)))
    rows = [row for row in session.scalars(query) if (row.subject_key, row.predicate) in keys]
    claims: dict[int, list[ConflictClaimRow]] = defaultdict(list)
    sides = select(ConflictClaimRow).where(ConflictClaimRow.conflict_id.in_([row.id for row in rows]))
    for claim in session.scalars(sides.order_by(ConflictClaimRow.position)):
        claims[claim.conflict_id].append(claim)
    return [(row, claims[row.id]) for row in rows]


def _remembered(
    open_rows: Sequence[tuple[ConflictRow, _Claims]],
    corrections: Sequence[Correction],
    *,
    except_of: str,
) -> list[Side]:
    """The claims of open conflicts by sources that were not read just now: only there are rivals within a page kept.

    What a source is believed to say is among the facts too; what it stopped saying, its own check has settled.
    """
    by_hand = {(c.source, c.value_key) for c in corrections}
    sides = []
    for row, claims in open_rows:
        for claim in claims:
            if claim.source_id != except_of and (claim.source_id, claim.value_key) not in by_hand:
                side = Side(row.scope, claim.source_id, claim.snapshot_id, _claimed(row, claim))
                corrected = as_corrected(side, corrections)
                sides += [corrected] if corrected is not None else []
    return sides


def _claimed(row: ConflictRow, claim: ConflictClaimRow) -> Fact:
    return Fact(
        subject=row.subject,
        predicate=row.predicate,
        value=claim.value,
        evidence=Evidence(claim.evidence_block, tuple(claim.evidence_heading), claim.evidence_quote),
        qualifier=claim.detail.get("covers", row.qualifier),
        value_key=claim.value_key,
        detail={name: text for name, text in claim.detail.items() if name != "covers"},
        valid_from=claim.valid_from,
        precision=Precision(claim.precision),
    )


def _distinct(sides: Iterable[Side]) -> list[Side]:
    """Each statement of each voice once; the first, which knows since when it is made, is kept."""
    found: dict[tuple[object, ...], Side] = {}
    for side in sides:
        found.setdefault((*where_of(side), side.mark, side.fact.qualifier, side.says, side.fact.valid_from), side)
    return list(found.values())


def _write(
    session: Session,
    found: Iterable[Conflict],
    open_rows: Sequence[tuple[ConflictRow, _Claims]],
    sides: Sequence[Side],
    now: datetime,
) -> None:
    wanted = {conflict.where: conflict for conflict in found}
    for row, claims in open_rows:
        where = (row.scope, row.subject_key, row.predicate, row.qualifier)
        conflict = wanted.get(where)
        if conflict is not None and conflict.values == {(c.value is None, c.value_key) for c in claims}:
            del wanted[where]
            if {(c.source_id, c.value_key) for c in claims} != {(s.source, s.fact.value_key) for s in conflict.sides}:
                session.execute(delete(ConflictClaimRow).where(ConflictClaimRow.conflict_id == row.id))
                session.add_all(_claim_rows(row.id, conflict))
            continue
        speaking = {side.source for side in sides if where_of(side) == where}
        gone = any(claim.source_id not in speaking for claim in claims)
        row.closed_at = now
        row.closed_why = ClosedWhy.CHANGED if conflict is not None else ClosedWhy.GONE if gone else ClosedWhy.AGREED
    session.flush()
    for conflict in wanted.values():
        row = ConflictRow(
            public_id=_public_id(session, conflict, now),
            scope=conflict.scope,
            subject=conflict.subject,
            subject_key=conflict.subject_key,
            predicate=conflict.predicate,
            qualifier=conflict.qualifier,
            opened_at=now,
        )
        session.add(row)
        session.flush()
        session.add_all(_claim_rows(row.id, conflict))
    session.flush()


def _claim_rows(conflict_id: int, conflict: Conflict) -> Iterator[ConflictClaimRow]:
    for position, side in enumerate(conflict.sides):
        fact = side.fact
        covers = {} if fact.qualifier == conflict.qualifier else {"covers": fact.qualifier}
        yield ConflictClaimRow(
            conflict_id=conflict_id,
            position=position,
            source_id=side.source,
            snapshot_id=side.snapshot_id,
            value=fact.value,
            value_key=fact.value_key,
            detail={**fact.detail, **covers},
            valid_from=fact.valid_from,
            precision=fact.precision,
            evidence_block=fact.evidence.block,
            evidence_heading=list(fact.evidence.heading),
            evidence_quote=fact.evidence.quote,
        )


def _public_id(session: Session, conflict: Conflict, now: datetime) -> str:
    """The shortest beginning of at least 8 characters of its digest that no other conflict has."""
    digest = hashlib.sha256("\n".join((*conflict.where, now.isoformat())).encode()).hexdigest()
    lengths = range(8, 17)
    taken = select(ConflictRow.public_id).where(ConflictRow.public_id.in_([digest[:length] for length in lengths]))
    others = set(session.scalars(taken))
    return next(digest[:length] for length in lengths if digest[:length] not in others)
