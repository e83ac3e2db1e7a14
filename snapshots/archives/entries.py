"""What the lines of the JSON archive say: the entries of each record, read off the store one by one.

The order is that of the moments at which things became known, then of the source, and within one reading of one source
that of the document; no row id appears. Where two claims tie, answers go by that order, so a copy answers as its
original does.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session, aliased

from snapshots.history import AS_LEARNED
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
Entry = dict[str, Any]


class Entries:
    """The entries of each record for chosen sources (`None`: all), streamed.

    `left_out` counts the conflicts of which a side is another source's, once those were read.
    """

    def __init__(self, session: Session, sources: Collection[str] | None) -> None:
        self.session = session
        self.sources = sources
        self.left_out = 0
        self.conflicts: dict[int, str] = {}
        self.corrections: dict[int, int] = {}
        self._writers: dict[str, Callable[[], Iterator[Entry]]] = {
            "source": self._of_sources,
            "version": self._of_versions,
            "fact": self._of_facts,
            "change": self._of_changes,
            "conflict": self._of_conflicts,
            "correction": self._of_corrections,
            "acknowledgement": self._of_acknowledgements,
        }

    def of(self, record: str) -> Iterator[Entry]:
        """The entries of a record. Decisions name only conflicts and corrections that were read before them."""
        return self._writers[record]()

    def count(self, record: str) -> int:
        """How many entries of a record there are, without reading them; of sources, versions, facts and changes."""
        table: Any = {"source": SourceRow, "version": SnapshotRow, "fact": FactRow, "change": ChangeRow}[record]
        column = SourceRow.id if record == "source" else table.source_id
        return self.session.scalar(self._chosen(select(func.count()).select_from(table), column)) or 0

    def _chosen(self, query: Any, column: Any) -> Any:
        return query if self.sources is None else query.where(column.in_(self.sources))

    def _is_chosen(self, source_id: str | None) -> bool:
        return source_id is not None and (self.sources is None or source_id in self.sources)

    def _stream(self, query: Any) -> Iterator[Any]:
        # Rows are turned into lines one by one; none is kept.
        return iter(self.session.execute(query.execution_options(yield_per=_BATCH)))

    def _of_sources(self) -> Iterator[Entry]:
        query = self._chosen(select(SourceRow), SourceRow.id).order_by(SourceRow.id)
        for row in self.session.scalars(query):
            yield {
                "id": row.id,
                "kind": row.kind,
                "url": row.url,
                "provider": row.provider,
                "title": row.title,
                "document": row.document,
                "authoritative_for": row.authoritative_for,
                "interval_seconds": row.interval_seconds,
                "last_checked_at": instant_of(row.last_checked_at),
                "last_ok_at": instant_of(row.last_ok_at),
                "last_changed_at": instant_of(row.last_changed_at),
            }

    def _of_versions(self) -> Iterator[Entry]:
        query = (
            select(SnapshotRow, BlobRow.size)
            .join(BlobRow, BlobRow.digest == SnapshotRow.raw_digest)
            .order_by(SnapshotRow.source_id, SnapshotRow.sequence)
        )
        for row, size in self._stream(self._chosen(query, SnapshotRow.source_id)):
            yield {
                "source": row.source_id,
                "version": row.sequence,
                "sha256": row.raw_digest.hex(),
                "size": size,
                "text_sha256": row.text_digest.hex(),
                "observed_at": instant_of(row.observed_at),
                "last_confirmed_at": instant_of(row.last_confirmed_at),
                "content_type": row.content_type,
                "url": row.final_url,
                "held": row.held,
            }

    def _of_facts(self) -> Iterator[Entry]:
        query = (
            select(FactRow, SnapshotRow.sequence)
            .join(SnapshotRow, SnapshotRow.id == FactRow.snapshot_id)
            .order_by(*AS_LEARNED)
        )
        for row, version in self._stream(self._chosen(query, FactRow.source_id)):
            yield {
                "source": row.source_id,
                "version": version,
                "subject": row.subject,
                "predicate": row.predicate,
                "qualifier": row.qualifier,
                "value": row.value,
                "value_key": row.value_key,
                "detail": _sorted(row.detail),
                "valid_from": instant_of(row.valid_from),
                "valid_to": instant_of(row.valid_to),
                "observed_from": instant_of(row.observed_from),
                "observed_to": instant_of(row.observed_to),
                "read_at": instant_of(row.read_at),
                "superseded_at": instant_of(row.superseded_at),
                "precision": row.precision,
                "confidence": row.confidence,
                "evidence": _evidence(row),
            }

    def _of_changes(self) -> Iterator[Entry]:
        before, after = aliased(SnapshotRow), aliased(SnapshotRow)
        query = (
            select(ChangeRow, before.sequence, after.sequence)
            .join(before, before.id == ChangeRow.from_snapshot_id)
            .join(after, after.id == ChangeRow.to_snapshot_id)
            .order_by(ChangeRow.detected_at, ChangeRow.source_id, ChangeRow.id)
        )
        for row, from_version, to_version in self._stream(self._chosen(query, ChangeRow.source_id)):
            yield {
                "id": row.public_id,
                "fingerprint": row.fingerprint,
                "source": row.source_id,
                "from_version": from_version,
                "to_version": to_version,
                "kind": row.kind,
                "level": row.level,
                "subject": row.subject,
                "attribute": row.attribute,
                "qualifier": row.qualifier,
                "before": row.before,
                "after": row.after,
                "before_detail": _sorted(row.before_detail),
                "after_detail": _sorted(row.after_detail),
                "effective_at": instant_of(row.effective_at),
                "effective_precision": row.effective_precision,
                "detected_at": instant_of(row.detected_at),
                "confidence": row.confidence,
                "evidence": _evidence(row),
                "correlation_key": row.correlation_key,
                "state": row.state,
                "origin": row.origin,
                "review_state": row.review_state,
                "snoozed_until": instant_of(row.snoozed_until),
            }

    def _of_conflicts(self) -> Iterator[Entry]:
        self.conflicts, self.left_out = {}, 0
        query = select(ConflictRow).order_by(ConflictRow.opened_at, ConflictRow.scope, ConflictRow.public_id)
        for row in self.session.scalars(query).all():
            claims = self.session.execute(
                select(ConflictClaimRow, SnapshotRow.sequence)
                .join(SnapshotRow, SnapshotRow.id == ConflictClaimRow.snapshot_id)
                .where(ConflictClaimRow.conflict_id == row.id)
                .order_by(ConflictClaimRow.position)
            ).all()
            if not all(self._is_chosen(claim.source_id) for claim, _ in claims):
                self.left_out += 1
                continue
            self.conflicts[row.id] = row.public_id
            yield {
                "id": row.public_id,
                "scope": row.scope,
                "subject": row.subject,
                "predicate": row.predicate,
                "qualifier": row.qualifier,
                "opened_at": instant_of(row.opened_at),
                "closed_at": instant_of(row.closed_at),
                "closed_why": row.closed_why,
                "review_state": row.review_state,
                "snoozed_until": instant_of(row.snoozed_until),
                "claims": [_claim(claim, version) for claim, version in claims],
            }

    def _of_corrections(self) -> Iterator[Entry]:
        self.corrections = {}
        query = (
            select(CorrectionRow, SnapshotRow.sequence)
            .join(SnapshotRow, SnapshotRow.id == CorrectionRow.snapshot_id)
            .order_by(CorrectionRow.corrected_at, CorrectionRow.source_id, CorrectionRow.id)
        )
        for number, (row, version) in enumerate(self._stream(self._chosen(query, CorrectionRow.source_id)), start=1):
            self.corrections[row.id] = number
            yield {
                "number": number,
                "source": row.source_id,
                "version": version,
                "subject": row.subject,
                "predicate": row.predicate,
                "qualifier": row.qualifier,
                "replaces_key": row.replaces_key,
                "value": row.value,
                "value_key": row.value_key,
                "valid_from": instant_of(row.valid_from),
                "precision": row.precision,
                "reason": row.reason,
                "actor": row.actor,
                "via": row.via,
                "corrected_at": instant_of(row.corrected_at),
                "withdrawn_at": instant_of(row.withdrawn_at),
            }

    def _of_acknowledgements(self) -> Iterator[Entry]:
        """The decisions about what is exported; conflicts and corrections must have been listed before."""
        query = (
            select(AcknowledgementRow, ChangeRow.public_id, ChangeRow.source_id, SnapshotRow.sequence)
            .outerjoin(ChangeRow, ChangeRow.id == AcknowledgementRow.change_id)
            .outerjoin(SnapshotRow, SnapshotRow.id == AcknowledgementRow.snapshot_id)
            .order_by(AcknowledgementRow.at, AcknowledgementRow.id)
        )
        for row, change, source_of_change, version in self._stream(query):
            about_change = change is not None and self._is_chosen(source_of_change)
            about_source = self._is_chosen(row.source_id) and change is None
            known = row.conflict_id in self.conflicts or row.correction_id in self.corrections
            if not about_change and not known and not about_source:
                continue
            # A row may name the source of what it is about besides; a line says one thing once.
            alone = not about_change and not known
            yield {
                "at": instant_of(row.at),
                "actor": row.actor,
                "via": row.via,
                "action": row.action,
                "change": change,
                "conflict": self.conflicts.get(row.conflict_id),
                "correction": self.corrections.get(row.correction_id),
                "source": row.source_id if alone else None,
                "version": version if alone else None,
                "until": instant_of(row.until),
                "text": row.text,
            }


def _claim(row: ConflictClaimRow, version: int) -> Entry:
    return {
        "source": row.source_id,
        "version": version,
        "value": row.value,
        "value_key": row.value_key,
        "detail": _sorted(row.detail),
        "valid_from": instant_of(row.valid_from),
        "precision": row.precision,
        "evidence": _evidence(row),
    }


def _evidence(row: FactRow | ChangeRow | ConflictClaimRow) -> Entry:
    return {"block": row.evidence_block, "heading": list(row.evidence_heading), "quote": row.evidence_quote}


def _sorted(detail: Mapping[str, Any]) -> Entry:
    return dict(sorted(detail.items()))


def instant_of(instant: datetime | None) -> str | None:
    """An instant as ISO 8601, in UTC."""
    return instant.astimezone(UTC).isoformat().replace("+00:00", "Z") if instant else None
