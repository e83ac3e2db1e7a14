"""Conflicts: official claims that contradict each other, opened and closed like changes, told to nobody yet.

Compared is what is believed now: by several sources of one provider about one name, by two languages of a page, and by
the voices of one document (front matter, prose, badges). What a document says of itself (`*`, such as a license) is
compared only among documents of one repository. `snapshots.diff.contradiction` says which statements contradict.

`conflicts_of` is pure. `settle` records, in the transaction of the check, for the names and predicates it touched: an
open conflict stays while its values stay, and is closed when they agree, when a side is gone, or when other values
contradict each other, which opens another. Of several sources that watch one address the one that was read last
speaks. A source that has failed for a day, was paused or removed does not, nor a page that was not read for two
months: a sparse history does not show that it still said so. What stands in a repository stands until the next commit.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from itertools import combinations

from sqlalchemy import Select, delete, func, select, text
from sqlalchemy.orm import Session

from snapshots.corrections import Correction, corrections_about
from snapshots.diff.contradiction import Side, compared_as, contradict, contradicting_licenses, is_contested
from snapshots.facts import Evidence, Fact, Precision
from snapshots.rows import fact_of
from snapshots.scope import repository_of, scope_of
from snapshots.tables import (
    CURRENT_FACT,
    ConflictClaimRow,
    ConflictRow,
    CorrectionRow,
    FactRow,
    SnapshotRow,
    SourceRow,
)

Key = tuple[str, str]
"""Folded subject and predicate."""
_Where = tuple[str, str, str, str]

_Claims = Sequence[ConflictClaimRow]

STALE_AFTER = timedelta(days=1)
FORGOTTEN_AFTER = timedelta(days=60)
_ITSELF = ""
_CHUNK = 200
_BEGINNING = datetime.min.replace(tzinfo=UTC)
_NEWS = frozenset({"news", "blog"})
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
class Conflict:
    """Statements of one key that contradict each other, at least two."""

    scope: str
    subject: str
    subject_key: str
    predicate: str
    qualifier: str
    sides: tuple[Side, ...]

    @property
    def where(self) -> tuple[str, str, str, str]:
        """Of which only one can be open: scope, folded subject, predicate, qualifier."""
        return (self.scope, self.subject_key, self.predicate, self.qualifier)

    @property
    def values(self) -> frozenset[tuple[bool, str]]:
        """The values that stand against each other."""
        return frozenset(side.says for side in self.sides)


@dataclass(frozen=True, slots=True)
class ReadNow:
    """What the version just read says beside what is stored of it: statements that its own others overrule."""

    snapshot_id: int
    rivals: tuple[Fact, ...] = ()


def conflicts_of(sides: Iterable[Side], now: datetime) -> list[Conflict]:
    """The contradictions among statements at `now`: at most one for each scope, subject, predicate, qualifier. Pure."""
    by_key: dict[_Where, list[Side]] = defaultdict(list)
    for side in sides:
        by_key[_where(side)].append(side)
    found = []
    for (scope, subject_key, predicate, qualifier), rivals in sorted(by_key.items()):
        disputed = _disputed(predicate, rivals, now)
        if disputed:
            subject = disputed[0].fact.subject
            found.append(Conflict(scope, subject, subject_key, predicate, qualifier, tuple(disputed)))
    return found


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
    corrections = _corrections(session, {subject for subject, _ in keys})
    sides = _stated(session, source, keys, corrections)
    if read is not None:
        own = (Side(_scope(source, fact), source.id, read.snapshot_id, fact) for fact in rivals)
        sides += [side for one in own if (side := _by_hand(one, corrections)) is not None]
    open_rows = _open_at(session, keys, _scopes_of(source))
    sides += _remembered(open_rows, corrections, except_of=source.id if read is not None else "")
    sides = _distinct(sides)
    found = conflicts_of(sides, now)
    if any(len({side.source for side in conflict.sides}) > 1 for conflict in found):
        sides = _speaking(session, sides, now)
        found = conflicts_of(sides, now)
    _write(session, found, open_rows, sides, now)


def _where(side: Side) -> _Where:
    return (side.scope, side.fact.subject_key, side.fact.predicate, compared_as(side.fact))


def _disputed(predicate: str, rivals: Sequence[Side], now: datetime) -> list[Side]:
    """The sides that contradict at least one other, in the order given."""
    if predicate == "license.license":
        voices: dict[tuple[str, str], list[Side]] = defaultdict(list)
        for side in rivals:
            voices[side.mark].append(side)
        pairs = [
            pair for one, other in combinations(voices.values(), 2) for pair in contradicting_licenses(one, other, now)
        ]
    else:
        newest = _newest(rivals, now)
        pairs = [(one, other) for one, other in combinations(newest, 2) if contradict(one, other, now)]
    in_pairs = [side for pair in pairs for side in pair]
    return [side for side in rivals if any(side is other for other in in_pairs)]


def _newest(rivals: Sequence[Side], now: datetime) -> list[Side]:
    """Without the dated statements that a later one of the same source has overtaken: they are its history."""
    last: dict[str, datetime] = {}
    for side in rivals:
        begun = side.fact.valid_from
        if begun is not None and begun <= now:
            last[side.source] = max(begun, last.get(side.source, begun))
    return [s for s in rivals if s.fact.valid_from is None or s.fact.valid_from == last.get(s.source)]


def _scope(source: SourceRow, fact: Fact) -> str:
    return scope_of(source.url, source.id) if fact.subject_key == _ITSELF else source.provider


def _scopes_of(source: SourceRow) -> set[str]:
    return {source.provider, scope_of(source.url, source.id)}


def _stated(
    session: Session, source: SourceRow, keys: Collection[Key], corrections: Sequence[Correction]
) -> list[Side]:
    """What the sources that may contradict each other are believed to say about the keys, corrections applied."""
    rows = [*_about_names(session, source, keys), *_about_itself(session, source, keys)]
    first = _first_seen(session, {other.id for _, other in rows})
    sides = []
    for row, other in rows:
        fact = fact_of(row)
        if other.document in _NEWS and fact.valid_from is None:
            continue  # News says what held when it was published, and is not kept up to date.
        begun = row.observed_from if row.observed_from > first.get(other.id, _BEGINNING) else None
        side = _by_hand(Side(_scope(other, fact), other.id, row.snapshot_id, fact, begun), corrections)
        if side is not None:
            sides.append(side)
    return sides


def _about_names(session: Session, source: SourceRow, keys: Collection[Key]) -> Iterator[tuple[FactRow, SourceRow]]:
    named = {key for key in keys if key[0] != _ITSELF}
    subjects, predicates = sorted({key[0] for key in named}), sorted({key[1] for key in named})
    for start in range(0, len(subjects), _CHUNK):
        query = _believed_facts().where(
            SourceRow.provider == source.provider,
            FactRow.subject_key.in_(subjects[start : start + _CHUNK]),
            FactRow.predicate.in_(predicates),
        )
        for row, other in session.execute(query):
            if (row.subject_key, row.predicate) in named:
                yield row, other


def _about_itself(session: Session, source: SourceRow, keys: Collection[Key]) -> Iterator[tuple[FactRow, SourceRow]]:
    predicates = sorted({predicate for subject, predicate in keys if subject == _ITSELF})
    if not predicates:
        return
    query = _believed_facts().where(FactRow.subject_key == _ITSELF, FactRow.predicate.in_(predicates))
    repository, scope = repository_of(source.url), scope_of(source.url, source.id)
    if repository:
        # Only narrows down: what belongs to the repository is decided by `scope_of`.
        query = query.where(func.lower(SourceRow.url).contains(repository.partition(":")[2], autoescape=True))
    else:
        query = query.where(SourceRow.id == source.id)
    for row, other in session.execute(query):
        if scope_of(other.url, other.id) == scope:
            yield row, other


def _believed_facts() -> Select[FactRow, SourceRow]:
    query = select(FactRow, SourceRow).join(SourceRow, SourceRow.id == FactRow.source_id)
    return query.where(CURRENT_FACT).order_by(FactRow.id)


def _first_seen(session: Session, sources: Collection[str]) -> dict[str, datetime]:
    query = select(SnapshotRow.source_id, SnapshotRow.observed_at)
    query = query.where(SnapshotRow.source_id.in_(sources), SnapshotRow.sequence == 1)
    return dict(session.execute(query).all())


def _corrections(session: Session, subjects: Collection[str]) -> list[Correction]:
    """Every correction about these names; there are few, for people make them."""
    if session.scalars(select(CorrectionRow.id).limit(1)).first() is None:
        return []
    return [correction for subject in sorted(subjects) for correction in corrections_about(session, subject)]


def _by_hand(side: Side, corrections: Sequence[Correction]) -> Side | None:
    """The side as a person corrected it; `None` where a person says that it states nothing."""
    fact = side.fact
    for correction in corrections:
        about = correction.key == (side.source, *fact.key) and correction.replaces_key == fact.value_key
        if not about or correction.withdrawn_at is not None:
            continue
        if correction.value is None:
            return None
        fact = replace(
            fact,
            value=correction.value,
            value_key=correction.value_key,
            detail={**fact.detail, "by_hand": correction.by_hand},
            valid_from=correction.valid_from or fact.valid_from,
            confidence=1.0,
        )
    return replace(side, fact=fact)


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
                side = _by_hand(Side(row.scope, claim.source_id, claim.snapshot_id, _claimed(row, claim)), corrections)
                sides += [side] if side is not None else []
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
        found.setdefault((*_where(side), side.mark, side.fact.qualifier, side.says, side.fact.valid_from), side)
    return list(found.values())


def _speaking(session: Session, sides: Sequence[Side], now: datetime) -> list[Side]:
    """The sides of sources that count: watched, answering, and the one read last of those that watch one address."""
    sources = {side.source: session.get_one(SourceRow, side.source) for side in sides}
    copies = select(SourceRow).where(SourceRow.url.in_({source.url for source in sources.values()}))
    last: dict[str, SourceRow] = {}
    for source in session.scalars(copies):
        if source.url not in last or _read_at(source) > _read_at(last[source.url]):
            last[source.url] = source

    def counts(source: SourceRow) -> bool:
        failing = source.failing_since is not None and now - source.failing_since > STALE_AFTER
        read_at = source.last_ok_at
        forgotten = (read_at is None or now - read_at > FORGOTTEN_AFTER) and not repository_of(source.url)
        return source.state == "active" and not (failing or forgotten) and last[source.url].id == source.id

    return [side for side in sides if counts(sources[side.source])]


def _read_at(source: SourceRow) -> tuple[datetime, str]:
    return (source.last_ok_at or _BEGINNING, source.id)


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
        speaking = {side.source for side in sides if _where(side) == where}
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
