"""What the store takes: by source, and as a whole."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from snapshots.blobs import Encoding
from snapshots.db import Database
from snapshots.tables import BlobRow, ChangeRow, FactRow, SnapshotRow, SourceRow


@dataclass(frozen=True, slots=True)
class SourceStats:
    """One source. `raw_bytes` is what its distinct versions had when they came, `stored_bytes` what they take now.

    Bytes that two sources have in common are counted in both. `let_go` counts versions whose bytes are no longer kept.
    """

    source_id: str
    versions: int
    let_go: int
    raw_bytes: int
    stored_bytes: int
    facts: int
    changes: int

    @property
    def bytes_per_version(self) -> int:
        """What a version takes, on average."""
        return round(self.stored_bytes / self.versions) if self.versions else 0


@dataclass(frozen=True, slots=True)
class Stats:
    """The whole store. `database_bytes` is the file with its journal, or what PostgreSQL says of the database."""

    sources: Sequence[SourceStats]
    blobs: int
    raw_bytes: int
    stored_bytes: int
    facts: int
    changes: int
    database_bytes: int

    @property
    def versions(self) -> int:
        """The versions of all sources."""
        return sum(one.versions for one in self.sources)


def stats(database: Database) -> Stats:
    """Measure the store."""
    with database.consistent() as session:
        versions = _versions(session)
        facts = _by_source(session, FactRow)
        changes = _by_source(session, ChangeRow)
        per_source = [
            SourceStats(source, *versions.get(source, (0, 0, 0, 0)), facts.get(source, 0), changes.get(source, 0))
            for source in session.scalars(select(SourceRow.id).order_by(SourceRow.id))
        ]
        totals = select(
            func.count(), func.coalesce(func.sum(BlobRow.size), 0), func.coalesce(func.sum(_CONTENT), 0)
        ).select_from(BlobRow)
        blobs, raw, stored = session.execute(totals).one()
        size = database_bytes(database, session)
    return Stats(per_source, blobs, int(raw), int(stored), sum(facts.values()), sum(changes.values()), size)


_CONTENT = func.length(BlobRow.content)


def _versions(session: Session) -> dict[str, tuple[int, int, int, int]]:
    """Versions, those let go, raw and stored bytes of each source; a text that returned is stored once."""
    numbers: dict[str, list[int]] = defaultdict(lambda: [0, 0, 0, 0])
    seen: set[tuple[str, bytes]] = set()
    query = select(SnapshotRow.source_id, BlobRow.digest, BlobRow.encoding, BlobRow.size, _CONTENT)
    for source, digest, encoding, size, stored in session.execute(
        query.join(BlobRow, BlobRow.digest == SnapshotRow.raw_digest)
    ):
        counted = numbers[source]
        counted[0] += 1
        counted[1] += encoding == Encoding.ABSENT
        if (source, digest) not in seen:
            seen.add((source, digest))
            counted[2] += size
            counted[3] += stored
    return {source: (a, b, c, d) for source, (a, b, c, d) in numbers.items()}


def _by_source(session: Session, model: type[FactRow | ChangeRow]) -> dict[str, int]:
    query = select(model.source_id, func.count()).group_by(model.source_id)
    return dict(session.execute(query).all())


def database_bytes(database: Database, session: Session) -> int:
    """The file of SQLite with its journal, or what PostgreSQL says of the database."""
    if database.path is None:
        return int(session.scalar(text("SELECT pg_database_size(current_database())")) or 0)
    files = (database.path.with_name(database.path.name + suffix) for suffix in ("", "-wal"))
    return sum(path.stat().st_size for path in files if path.exists())
