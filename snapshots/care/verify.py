"""Is the store whole? Every stored byte, every row that points to another, every rule that readers rely on.

A problem is a sentence with what to do. Looking changes nothing; what is damaged is mended from a backup.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Table, distinct, func, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from snapshots.care.chains import Walked, walk
from snapshots.changes.catalogue import KINDS
from snapshots.changes.model import Level
from snapshots.facts import Precision, name_key
from snapshots.outcome import Outcome
from snapshots.review import standing, trail
from snapshots.tables import (
    CURRENT_FACT,
    AcknowledgementRow,
    Base,
    ChangeRow,
    CheckDayRow,
    CheckRow,
    ConflictClaimRow,
    ConflictRow,
    CorrectionRow,
    FactRow,
    SnapshotRow,
)

Progress = Callable[[str, int, int], None]
"""Is told what is looked at, how much of it is done, and of how much."""

_RESTORE = "Restore a backup."
_MOST = 50
_FOLDED = (FactRow, ChangeRow, ConflictRow, CorrectionRow)
_WORDS: tuple[tuple[InstrumentedAttribute[Any], Iterable[str]], ...] = (
    (CheckRow.outcome, Outcome),
    (CheckDayRow.outcome, Outcome),
    (FactRow.precision, Precision),
    (ChangeRow.effective_precision, Precision),
    (ConflictClaimRow.precision, Precision),
    (CorrectionRow.precision, Precision),
    (ChangeRow.level, Level),
    (ChangeRow.kind, KINDS),
)


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong: where, a sentence, and for a blob its digest."""

    table: str
    sentence: str
    digest: bytes | None = None


@dataclass(frozen=True, slots=True)
class Verified:
    """What was looked at and what is wrong. `absent` counts versions' bytes that were let go, which is no problem."""

    blobs: int
    absent: int
    size: int
    stored: int
    rows: int
    problems: tuple[Problem, ...]


def verify(session: Session, progress: Progress = lambda what, done, of: None) -> Verified:
    """Look at everything. Use a session of `Database.consistent`, so that a running service does not disturb."""
    problems: list[Problem] = []
    if session.get_bind().dialect.name == "sqlite":
        progress("file", 0, 1)
        problems += _file_is_whole(session)
    rows = 0
    tables = Base.metadata.sorted_tables
    for done, table in enumerate(tables):
        progress("rows", done, len(tables))
        rows += session.scalar(select(func.count()).select_from(table)) or 0
        problems += _points_somewhere(session, table)
    problems += _rules_hold(session)
    walked = walk(session, lambda done, of: progress("blobs", done, of))
    problems += _blobs(session, walked)
    return Verified(walked.blobs, walked.absent, walked.size, walked.stored, rows, tuple(problems))


def _file_is_whole(session: Session) -> Iterator[Problem]:
    for (said,) in session.connection().exec_driver_sql(f"PRAGMA integrity_check({_MOST})"):
        if said != "ok":
            yield Problem("", f"SQLite finds the file damaged: {said}. {_RESTORE}")


def _points_somewhere(session: Session, table: Table) -> Iterator[Problem]:
    """Rows whose foreign key names no row, by one anti-join for each key: the same on both databases."""
    own = list(table.primary_key.columns)
    for key in sorted(table.foreign_keys, key=lambda k: k.parent.name):
        parent = key.column.table.alias("parent")
        wanted = parent.c[key.column.name]
        lost = (
            select(*own, key.parent)
            .outerjoin_from(table, parent, key.parent == wanted)
            .where(key.parent.is_not(None), wanted.is_(None))
        )
        for row in _few(session.execute(lost.limit(_MOST + 1)).all()):
            name = ", ".join(_shown(value) for value in row[:-1])
            what = f"{key.parent.name} {_shown(row[-1])}, and there is no such row in {key.column.table.name}"
            yield Problem(table.name, f"Row {name} of {table.name} points to {what}. {_RESTORE}")


def _reviews_follow(session: Session) -> Iterator[Problem]:
    """The review state of each change and conflict is what its decisions come to."""
    acts = AcknowledgementRow
    changes = select(ChangeRow).where(
        or_(
            ChangeRow.review_state != "open",
            ChangeRow.id.in_(select(acts.change_id).where(acts.change_id.is_not(None))),
        )
    )
    conflicts = select(ConflictRow).where(
        or_(
            ConflictRow.review_state != "open",
            ConflictRow.id.in_(select(acts.conflict_id).where(acts.conflict_id.is_not(None))),
        )
    )
    for row in (*session.scalars(changes), *session.scalars(conflicts)):
        wanted = standing(trail(session, row))
        if (row.review_state, row.snoozed_until) != (wanted.state, wanted.snoozed_until):
            said = f"{row.public_id} is {row.review_state}, and its decisions come to {wanted.state}. {_RESTORE}"
            yield Problem(row.__tablename__, said)


def _rules_hold(session: Session) -> Iterator[Problem]:
    yield from _versions_are_counted(session)
    yield from _beliefs_are_single(session)
    yield from _keys_fit(session)
    yield from _reviews_follow(session)
    for column, words in _WORDS:
        table = column.class_.__tablename__
        for word in session.scalars(select(column).distinct()):
            if word not in set(words):
                todo = "Install the headwater that wrote it, or restore a backup."
                yield Problem(
                    table, f'{table} holds the {column.key} "{word}", which this program does not know. {todo}'
                )


def _versions_are_counted(session: Session) -> Iterator[Problem]:
    number = SnapshotRow.sequence
    counted = select(
        SnapshotRow.source_id, func.count(), func.count(distinct(number)), func.min(number), func.max(number)
    )
    for source, rows, numbers, first, last in session.execute(counted.group_by(SnapshotRow.source_id)):
        if rows != numbers:
            yield Problem("snapshots", f"{source} has two versions with one number. {_RESTORE}")
        elif (first, last) != (1, rows):
            what = f"{source} has {rows} versions, and their numbers go from {first} to {last}"
            yield Problem("snapshots", f"{what}: some are missing. {_RESTORE}")


def _beliefs_are_single(session: Session) -> Iterator[Problem]:
    key = (FactRow.source_id, FactRow.subject_key, FactRow.predicate, FactRow.qualifier, FactRow.valid_key)
    twice = select(*key).where(CURRENT_FACT).group_by(*key).having(func.count() > 1).limit(_MOST)
    for source, subject, predicate, qualifier, _ in session.execute(twice):
        name = " ".join(filter(None, (subject, predicate, qualifier)))
        yield Problem("facts", f"{source} is believed to say two things at once of {name}. {_RESTORE}")


def _keys_fit(session: Session) -> Iterator[Problem]:
    """The folded names and instants that indexes rest on are those of the rows."""
    for model in _FOLDED:
        table = model.__tablename__
        for subject, key in session.execute(select(model.subject, model.subject_key).distinct()):
            if name_key(subject) != key:
                what = f'{table} keeps "{subject}" under "{key}" instead of "{name_key(subject)}"'
                yield Problem(table, f"{what}, so it is not found. {_RESTORE}")
    for instant, key in session.execute(select(FactRow.valid_from, FactRow.valid_key).distinct()):
        if not _same_instant(instant, key):
            yield Problem("facts", f'facts keeps what holds from {instant} under "{key}". {_RESTORE}')


def _same_instant(instant: datetime | None, key: str) -> bool:
    if instant is None:
        return key == ""
    try:
        return datetime.fromisoformat(key) == instant
    except (ValueError, TypeError):
        return False


def _blobs(session: Session, walked: Walked) -> Iterator[Problem]:
    bad = walked.damaged.keys() | walked.cut_off.keys() | walked.wrong.keys()
    versions: dict[bytes, list[tuple[int, str]]] = defaultdict(list)
    if bad:
        used = select(SnapshotRow.id, SnapshotRow.raw_digest, SnapshotRow.source_id, SnapshotRow.sequence)
        for row, digest, source, sequence in session.execute(used):
            if digest in bad:
                versions[digest].append((row, f"{source}@{sequence}"))
    lost: dict[bytes, list[bytes]] = defaultdict(list)
    for digest, base in walked.cut_off.items():
        lost[base].append(digest)
    for digest, why in walked.damaged.items():
        unreadable = [version for one in (digest, *lost.pop(digest, ())) for version in versions[one]]
        yield Problem("blobs", f"Blob {_shown(digest)} {why}{_so(unreadable)}. {_RESTORE}", digest)
    for base, digests in lost.items():
        unreadable = [version for one in digests for version in versions[one]]
        what = f"The bytes of blob {_shown(base)} were let go while others are compressed against it"
        yield Problem("blobs", f"{what}{_so(unreadable)}. {_RESTORE}", base)
    for digest, why in walked.wrong.items():
        if digest not in walked.damaged:
            yield Problem("blobs", f"Blob {_shown(digest)} {why}. {_RESTORE}", digest)


def _so(versions: Sequence[tuple[int, str]]) -> str:
    if not versions:
        return ""
    names = [name for _, name in sorted(versions)]
    shown = ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")
    return f", so {shown} cannot be read"


def _few(rows: Sequence[Any]) -> Sequence[Any]:
    return rows[:_MOST]


def _shown(value: object) -> str:
    return value.hex()[:12] if isinstance(value, bytes) else str(value)
