"""Whether well-formed lines are true of each other and of the store they are to go into."""

from __future__ import annotations

import hashlib
import secrets
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from snapshots.archives.model import (
    LINES,
    AcknowledgementLine,
    ChangeLine,
    ConflictLine,
    CorrectionLine,
    FactLine,
    HeaderLine,
    Record,
    SourceLine,
    VersionLine,
)
from snapshots.archives.reading import Problems, Read
from snapshots.facts import name_key
from snapshots.tables import BlobRow, ChangeRow, ConflictRow, SourceRow

_ORDER = {record: place for place, record in enumerate(LINES)}


@dataclass(frozen=True, slots=True)
class Checked:
    """A line that may be written once no line of the file has a problem."""

    line: int
    record: Record


class Checker:
    """Reads the lines of one file in order and adds what is wrong to `problems`.

    A file stands by itself: all it refers to is in it, further up. What the store has already it may not name.
    """

    def __init__(self, session: Session, problems: Problems) -> None:
        """Look at what the store has; `session` is not written to."""
        self.session = session
        self.problems = problems
        self.counts: Counter[str] = Counter()
        self._promised: dict[str, int] = {}
        self._place = 0
        self._there = set(session.scalars(select(SourceRow.id)))
        self._ids = set(session.scalars(select(ChangeRow.public_id)))
        self._fingerprints = set(session.scalars(select(ChangeRow.fingerprint)))
        self._conflict_ids = set(session.scalars(select(ConflictRow.public_id)))
        open_ = select(ConflictRow.scope, ConflictRow.subject_key, ConflictRow.predicate, ConflictRow.qualifier)
        self._open = {self._mark(*row) for row in session.execute(open_.where(ConflictRow.closed_at.is_(None)))}
        self._sources: set[str] = set()
        self._versions: set[tuple[str, int]] = set()
        self._sizes: dict[str, int] = {}
        self._changes: set[str] = set()
        self._conflicts: set[str] = set()
        self._corrections = 0
        self._seen: set[int] = set()
        self._current: set[int] = set()

    # Marks stand for whole lines in memory; a key of our own keeps a file from being made to collide.
    _key = secrets.token_bytes(16)

    def check(self, lines: Iterable[Read]) -> Iterator[Checked]:
        """The lines with their own problems told; lines with problems are left out."""
        last = 1
        for read in lines:
            last = read.line
            if isinstance(read.record, HeaderLine):
                self._promised = dict(read.record.counts)
                continue
            self.counts[read.record.record] += 1
            wrong = self._wrong(read.record)
            if wrong is None:
                yield Checked(read.line, read.record)
            else:
                self.problems.add(read.line, wrong)
        if not self.problems.count:
            self._compare_counts(last)

    def _compare_counts(self, last: int) -> None:
        for record in sorted({*self._promised, *self.counts}):
            promised, found = self._promised.get(record, 0), self.counts[record]
            if promised != found:
                told = f"the header promises {promised:,} {record} lines, the file has {found:,}"
                self.problems.add(last, f"{told}; it was cut off or put together by hand")

    def _wrong(self, record: Record) -> str | None:
        place = _ORDER[record.record]
        if place < self._place:
            return f"a {record.record} line must stand before the first {list(LINES)[self._place]} line"
        self._place = place
        mark = self._mark(record.model_dump_json())
        if mark in self._seen:
            return "the line is there twice"
        self._seen.add(mark)
        match record:
            case SourceLine():
                return self._wrong_source(record)
            case VersionLine():
                return self._wrong_version(record)
            case FactLine():
                return self._wrong_fact(record)
            case ChangeLine():
                return self._wrong_change(record)
            case ConflictLine():
                return self._wrong_conflict(record)
            case CorrectionLine():
                return self._wrong_correction(record)
            case AcknowledgementLine():
                return self._wrong_acknowledgement(record)

    def _wrong_source(self, record: SourceLine) -> str | None:
        if record.id in self._sources:
            return f"source {record.id} is there twice"
        self._sources.add(record.id)
        if record.id in self._there:
            return f"source {record.id} is in the store already; nothing is merged or overwritten"
        return None

    def _wrong_version(self, record: VersionLine) -> str | None:
        if (wrong := self._unknown_source(record.source)) is not None:
            return wrong
        key = (record.source, record.version)
        if key in self._versions:
            return f"version {record.source}@{record.version} is there twice"
        self._versions.add(key)
        size = self._sizes.get(record.sha256)
        if size is None:
            kept = select(BlobRow.size).where(BlobRow.digest == bytes.fromhex(record.sha256))
            size = self._sizes[record.sha256] = self.session.scalar(kept) or record.size
        if size != record.size:
            return f"the bytes {record.sha256[:12]} have {size:,} bytes elsewhere, here {record.size:,}"
        return None

    def _wrong_fact(self, record: FactLine) -> str | None:
        if (wrong := self._unknown_version(record.source, record.version)) is not None:
            return wrong
        if record.observed_to is None and record.superseded_at is None:
            valid = record.valid_from.isoformat() if record.valid_from else ""
            mark = self._mark(record.source, name_key(record.subject), record.predicate, record.qualifier, valid)
            if mark in self._current:
                return "another line says the same source now states another value for it"
            self._current.add(mark)
        return None

    def _wrong_change(self, record: ChangeLine) -> str | None:
        for version in (record.from_version, record.to_version):
            if (wrong := self._unknown_version(record.source, version)) is not None:
                return wrong
        if record.id in self._changes:
            return f"change {record.id} is there twice"
        if record.source in self._there:
            return None  # Its source line has the problem.
        if record.id in self._ids or record.fingerprint in self._fingerprints:
            return f"change {record.id} is in the store already, or another line has its fingerprint"
        self._changes.add(record.id)
        self._fingerprints.add(record.fingerprint)
        return None

    def _wrong_conflict(self, record: ConflictLine) -> str | None:
        for claim in record.claims:
            if (wrong := self._unknown_version(claim.source, claim.version)) is not None:
                return wrong
        if record.id in self._conflicts or record.id in self._conflict_ids:
            return f"conflict {record.id} is there twice, or in the store already"
        self._conflicts.add(record.id)
        if record.closed_at is None:
            mark = self._mark(record.scope, name_key(record.subject), record.predicate, record.qualifier)
            if mark in self._open:
                return "a conflict about the same is open already"
            self._open.add(mark)
        return None

    def _wrong_correction(self, record: CorrectionLine) -> str | None:
        self._corrections += 1
        if record.number != self._corrections:
            return f"number is {record.number}, but this is correction {self._corrections} of the file"
        return self._unknown_version(record.source, record.version)

    def _wrong_acknowledgement(self, record: AcknowledgementLine) -> str | None:
        if record.change is not None and record.change not in self._changes:
            return f"change {record.change} is not in the file"
        if record.conflict is not None and record.conflict not in self._conflicts:
            return f"conflict {record.conflict} is not in the file"
        if record.correction is not None and record.correction > self._corrections:
            return f"correction {record.correction} is not in the file"
        if record.source is None:
            return None
        if record.version is None:
            return self._unknown_source(record.source)
        return self._unknown_version(record.source, record.version)

    def _unknown_source(self, source: str) -> str | None:
        if source in self._sources:
            return None
        if source in self._there:
            return f"source {source} is in the store and not in the file; nothing is merged"
        return f"source {source} is not in the file"

    def _unknown_version(self, source: str, version: int) -> str | None:
        if (source, version) in self._versions:
            return None
        return self._unknown_source(source) or f"version {source}@{version} is not in the file"

    def _mark(self, *parts: str) -> int:
        joined = "\x1f".join(parts).encode()
        return int.from_bytes(hashlib.blake2b(joined, digest_size=8, key=self._key).digest())
