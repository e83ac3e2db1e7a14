"""What sources are believed to say now of the same names, as sides that may contradict each other.

What a document says of itself (`*`, such as a license) is gathered only from documents of one repository. A source that
has failed for a day, was paused or removed does not speak, nor a page that was not read for two months: a sparse
history does not show that it still said so. What stands in a repository stands until the next commit. Of several
sources that watch one address the one that was read last speaks.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from sqlalchemy import ColumnElement, Select, case, func, select
from sqlalchemy.orm import Session

from snapshots.corrected import Correction
from snapshots.corrections import corrections_about
from snapshots.diff.contradiction import LICENSE, Side
from snapshots.diff.disputes import Key
from snapshots.facts import Fact
from snapshots.rows import fact_of
from snapshots.scope import repository_of, scope_of
from snapshots.tables import CURRENT_FACT, CorrectionRow, FactRow, SnapshotRow, SourceRow

STALE_AFTER = timedelta(days=1)
FORGOTTEN_AFTER = timedelta(days=60)
_ITSELF = ""
_CHUNK = 200
_ONE_EACH = 2  # One value, and it is either there or not.
_BEGINNING = datetime.min.replace(tzinfo=UTC)
_NEWS = frozenset({"news", "blog"})


def believed_sides(
    session: Session,
    source: SourceRow,
    keys: Collection[Key],
    corrections: Sequence[Correction],
    *,
    needed: Collection[Key] = (),
) -> list[Side]:
    """What the sources that may contradict each other are believed to say about the keys, corrections applied.

    Keys about which all say the same are left out, unless they are `needed` or a person corrected them: pages that
    list the same models agree about nearly all of them.
    """
    by_hand = {(correction.key[1], correction.key[2]) for correction in corrections}
    sure = {key for key in keys if key in needed or key in by_hand}
    names = sure | _disputed(session, source, [key for key in keys if key not in sure])
    rows = [*_about_names(session, source, names), *_about_itself(session, source, keys)]
    first = _first_seen(session, {other.id for _, other in rows})
    sides = []
    for row, other in rows:
        fact = fact_of(row)
        if other.document in _NEWS and fact.valid_from is None:
            continue  # News says what held when it was published, and is not kept up to date.
        begun = row.observed_from if row.observed_from > first.get(other.id, _BEGINNING) else None
        side = as_corrected(Side(scope_in(other, fact), other.id, row.snapshot_id, fact, begun), corrections)
        if side is not None:
            sides.append(side)
    return sides


def counting(session: Session, sides: Sequence[Side], now: datetime) -> list[Side]:
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


def scope_in(source: SourceRow, fact: Fact) -> str:
    """Within what a fact of a source is compared: its provider, or what belongs together for what it says of itself."""
    return scope_of(source.url, source.id) if fact.subject_key == _ITSELF else source.provider


def scopes_of(source: SourceRow) -> set[str]:
    """All that facts of a source are compared in."""
    return {source.provider, scope_of(source.url, source.id)}


def corrections_of(session: Session, subjects: Collection[str]) -> list[Correction]:
    """Every correction about these names; there are few, for people make them."""
    if session.scalars(select(CorrectionRow.id).limit(1)).first() is None:
        return []
    return [correction for subject in sorted(subjects) for correction in corrections_about(session, subject)]


def as_corrected(side: Side, corrections: Sequence[Correction]) -> Side | None:
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


def _disputed(session: Session, source: SourceRow, keys: Collection[Key]) -> set[Key]:
    """The keys of names that have more than one value within what is compared."""
    named = {key for key in keys if key[0] != _ITSELF}
    values = func.count(FactRow.value_key.distinct()) + func.count(FactRow.value.is_(None).distinct())
    compared = case((FactRow.predicate == LICENSE, ""), else_=FactRow.qualifier)
    query = select(FactRow.subject_key, FactRow.predicate).join(SourceRow, SourceRow.id == FactRow.source_id)
    query = (
        query.where(CURRENT_FACT).group_by(FactRow.subject_key, FactRow.predicate, compared).having(values > _ONE_EACH)
    )
    return {key for chosen in _chosen(source, named) for key in session.execute(query.where(*chosen)) if key in named}


def _chosen(source: SourceRow, named: Collection[Key]) -> Iterator[tuple[ColumnElement[bool], ...]]:
    """Conditions that choose the facts of names and predicates, so many names at a time."""
    subjects, predicates = sorted({key[0] for key in named}), sorted({key[1] for key in named})
    for start in range(0, len(subjects), _CHUNK):
        yield (
            SourceRow.provider == source.provider,
            FactRow.subject_key.in_(subjects[start : start + _CHUNK]),
            FactRow.predicate.in_(predicates),
        )


def _about_names(session: Session, source: SourceRow, keys: Collection[Key]) -> Iterator[tuple[FactRow, SourceRow]]:
    named = {key for key in keys if key[0] != _ITSELF}
    for chosen in _chosen(source, named):
        for row, other in session.execute(_believed_facts().where(*chosen)):
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


def _read_at(source: SourceRow) -> tuple[datetime, str]:
    return (source.last_ok_at or _BEGINNING, source.id)
