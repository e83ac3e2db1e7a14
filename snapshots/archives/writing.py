"""Checked lines as rows, in batches; the caller's transaction keeps or drops them all."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.orm import DeclarativeBase, Session

from snapshots.archives.model import (
    AcknowledgementLine,
    ChangeLine,
    ClaimLine,
    ConflictLine,
    CorrectionLine,
    Evidence,
    FactLine,
    Record,
    SourceLine,
    VersionLine,
)
from snapshots.blobs import Encoding
from snapshots.facts import name_key
from snapshots.sources import IMPORTED
from snapshots.tables import (
    AcknowledgementRow,
    BlobRow,
    ChangeRow,
    ConflictClaimRow,
    ConflictRow,
    CorrectionRow,
    FactRow,
    SnapshotRow,
    SourceRow,
)

_BATCH = 1_000
Values = dict[str, Any]


class Importer:
    """Writes the records of one file, in its order. `now` is when the import happens, UTC."""

    def __init__(self, session: Session, now: datetime) -> None:
        """Nothing is written yet."""
        self.session = session
        self.now = now
        self._kind = ""
        self._waiting: list[Record] = []
        self._versions: dict[tuple[str, int], int] = {}
        self._changes: dict[str, int] = {}
        self._conflicts: dict[str, int] = {}
        self._corrections: dict[int, int] = {}
        self._write: dict[str, Callable[[list[Any]], None]] = {
            "source": self._sources,
            "version": self._version_rows,
            "fact": self._facts,
            "change": self._change_rows,
            "conflict": self._conflict_rows,
            "correction": self._correction_rows,
            "acknowledgement": self._acknowledgements,
        }

    def add(self, record: Record) -> None:
        """Write a record, soon: what it refers to was added before."""
        if record.record != self._kind or len(self._waiting) >= _BATCH:
            self.finish()
            self._kind = record.record
        self._waiting.append(record)

    def finish(self) -> None:
        """Write what waits."""
        if self._waiting:
            self._write[self._kind](self._waiting)
            self._waiting = []

    def _sources(self, records: list[SourceLine]) -> None:
        rows = [
            record.model_dump(exclude={"record", "authoritative_for"})
            | {
                "authoritative_for": [area.value for area in record.authoritative_for],
                "state": IMPORTED,
                "next_check_at": self.now,
                "next_check_reason": "imported, never checked",
            }
            for record in records
        ]
        self.session.execute(insert(SourceRow), rows)

    def _version_rows(self, records: list[VersionLine]) -> None:
        sizes = {bytes.fromhex(record.sha256): record.size for record in records}
        kept = set(self.session.scalars(select(BlobRow.digest).where(BlobRow.digest.in_(sizes))))
        absent = [
            {"digest": digest, "size": size, "encoding": Encoding.ABSENT, "depth": 0, "content": b""}
            for digest, size in sizes.items()
            if digest not in kept
        ]
        if absent:
            self.session.execute(insert(BlobRow), absent)
        rows = [
            {
                "source_id": record.source,
                "sequence": record.version,
                "raw_digest": bytes.fromhex(record.sha256),
                "text_digest": bytes.fromhex(record.text_sha256),
                "observed_at": record.observed_at,
                "last_confirmed_at": record.last_confirmed_at,
                "content_type": record.content_type,
                "final_url": record.url,
                "held": record.held,
            }
            for record in records
        ]
        ids = self._numbered(SnapshotRow, rows)
        self._versions |= {(record.source, record.version): id_ for record, id_ in zip(records, ids, strict=True)}

    def _facts(self, records: list[FactLine]) -> None:
        same = {"subject", "predicate", "qualifier", "value", "value_key", "detail", "valid_from", "valid_to"}
        same |= {"observed_from", "observed_to", "read_at", "superseded_at", "confidence"}
        rows = [
            record.model_dump(include=same)
            | self._version_of(record.source, record.version)
            | _evidence(record.evidence)
            | {
                "subject_key": name_key(record.subject),
                "valid_key": record.valid_from.isoformat() if record.valid_from else "",
                "precision": record.precision.value,
            }
            for record in records
        ]
        self.session.execute(insert(FactRow), rows)

    def _change_rows(self, records: list[ChangeLine]) -> None:
        other = {"record", "id", "source", "from_version", "to_version", "level", "effective_precision", "evidence"}
        rows = [
            record.model_dump(exclude=other)
            | _evidence(record.evidence)
            | {
                "public_id": record.id,
                "source_id": record.source,
                "from_snapshot_id": self._versions[record.source, record.from_version],
                "to_snapshot_id": self._versions[record.source, record.to_version],
                "level": record.level.value,
                "subject_key": name_key(record.subject),
                "effective_precision": record.effective_precision.value,
            }
            for record in records
        ]
        ids = self._numbered(ChangeRow, rows)
        self._changes |= {record.id: id_ for record, id_ in zip(records, ids, strict=True)}

    def _conflict_rows(self, records: list[ConflictLine]) -> None:
        rows = [
            record.model_dump(exclude={"record", "id", "claims"})
            | {"public_id": record.id, "subject_key": name_key(record.subject)}
            for record in records
        ]
        ids = self._numbered(ConflictRow, rows)
        self._conflicts |= {record.id: id_ for record, id_ in zip(records, ids, strict=True)}
        claims = [
            {"conflict_id": id_, "position": position} | self._claim(claim)
            for record, id_ in zip(records, ids, strict=True)
            for position, claim in enumerate(record.claims)
        ]
        if claims:
            self.session.execute(insert(ConflictClaimRow), claims)

    def _claim(self, claim: ClaimLine) -> Values:
        return (
            claim.model_dump(include={"value", "value_key", "detail", "valid_from"})
            | self._version_of(claim.source, claim.version)
            | _evidence(claim.evidence)
            | {"precision": claim.precision.value}
        )

    def _correction_rows(self, records: list[CorrectionLine]) -> None:
        rows = [
            record.model_dump(exclude={"record", "number", "source", "version", "precision"})
            | self._version_of(record.source, record.version)
            | {"subject_key": name_key(record.subject), "precision": record.precision.value}
            for record in records
        ]
        ids = self._numbered(CorrectionRow, rows)
        self._corrections |= {record.number: id_ for record, id_ in zip(records, ids, strict=True)}

    def _acknowledgements(self, records: list[AcknowledgementLine]) -> None:
        rows = [
            record.model_dump(include={"at", "actor", "via", "action", "until", "text"})
            | {
                "change_id": self._changes[record.change] if record.change else None,
                "conflict_id": self._conflicts[record.conflict] if record.conflict else None,
                "correction_id": self._corrections[record.correction] if record.correction else None,
                "source_id": record.source,
                "snapshot_id": self._versions[record.source, record.version]
                if record.source and record.version
                else None,
            }
            for record in records
        ]
        self.session.execute(insert(AcknowledgementRow), rows)

    def _version_of(self, source: str, version: int) -> Values:
        return {"source_id": source, "snapshot_id": self._versions[source, version]}

    def _numbered(self, table: type[DeclarativeBase], rows: list[Values]) -> list[int]:
        """Insert rows and give their ids back, in the order of the rows."""
        id_ = table.__table__.c.id
        return list(self.session.scalars(insert(table).returning(id_, sort_by_parameter_order=True), rows))


def _evidence(evidence: Evidence) -> Values:
    return {
        "evidence_block": evidence.block,
        "evidence_heading": list(evidence.heading),
        "evidence_quote": evidence.quote,
    }
