"""Facts and changes as JSON lines: what was learned, without the bytes it was read off.

The order is that of the moments at which things became known, then of the source, and within one reading of one source
that of the document; no row id appears. Where two claims tie, answers go by that order, so a copy answers as its
original does.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterator, Mapping
from datetime import UTC, datetime
from typing import IO, Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session, aliased

from snapshots.archives.files import chosen_sources
from snapshots.archives.model import FORMAT, LINES, VERSION
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


def write_jsonl(
    session: Session,
    out: IO[bytes],
    sources: Collection[str] = (),
    *,
    now: datetime,
    software: str,
    progress: Callable[[int, int], None] = lambda done, of: None,
) -> Mapping[str, int]:
    """Write the file to `out` and return how many lines of each record it has.

    With `sources` only what rests on these: a conflict with a claim of another source is left out, and counted under
    `conflicts_left_out`. `now` goes into the header; `progress` is called now and then with the lines done and
    their total.

    Raises:
        UnknownVersionError: a source is named that there is not.
    """
    chosen = chosen_sources(session, sources)
    lines = _Lines(session, {row.id for row in chosen} if sources else None)
    # The counts stand in the first line and the store holds still, so they are taken from the queries themselves.
    counts = {record: sum(1 for _ in lines.of(record)) for record in ("conflict", "correction", "acknowledgement")}
    counts |= {record: lines.count(record) for record in ("source", "version", "fact", "change")}
    counts = {record: counts[record] for record in LINES}
    header = {
        "record": "header",
        "format": FORMAT,
        "version": VERSION,
        "created_at": _instant(now),
        "software": software,
        "counts": counts,
    }
    out.write(encoded(header))
    total, done = sum(counts.values()), 0
    for record in LINES:
        for entry in lines.of(record):
            out.write(encoded({"record": record} | entry))
            done += 1
            if done % _BATCH == 0:
                progress(done, total)
    return counts | ({"conflicts_left_out": lines.left_out} if lines.left_out else {})


def encoded(entry: Entry) -> bytes:
    """One line of UTF-8. What no database of ours could keep (U+0000, half a surrogate pair) becomes U+FFFD."""
    line = json.dumps(entry, ensure_ascii=False, separators=(",", ":"))
    if "\\u0000" in line or not _encodes(line):
        line = json.dumps(_mended(entry), ensure_ascii=False, separators=(",", ":"))
    return line.encode() + b"\n"


def _encodes(line: str) -> bool:
    try:
        line.encode()
    except UnicodeEncodeError:
        return False
    return True


def _mended(value: Any) -> Any:
    if isinstance(value, str):
        whole = value.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
        return whole.replace("\0", "\ufffd")
    if isinstance(value, dict):
        return {_mended(key): _mended(inner) for key, inner in value.items()}
    return [_mended(inner) for inner in value] if isinstance(value, list) else value


class _Lines:
    """The lines of each record for chosen sources (`None`: all), streamed."""

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
        return self._writers[record]()

    def count(self, record: str) -> int:
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
                "last_checked_at": _instant(row.last_checked_at),
                "last_ok_at": _instant(row.last_ok_at),
                "last_changed_at": _instant(row.last_changed_at),
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
                "observed_at": _instant(row.observed_at),
                "last_confirmed_at": _instant(row.last_confirmed_at),
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
                "valid_from": _instant(row.valid_from),
                "valid_to": _instant(row.valid_to),
                "observed_from": _instant(row.observed_from),
                "observed_to": _instant(row.observed_to),
                "read_at": _instant(row.read_at),
                "superseded_at": _instant(row.superseded_at),
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
                "effective_at": _instant(row.effective_at),
                "effective_precision": row.effective_precision,
                "detected_at": _instant(row.detected_at),
                "confidence": row.confidence,
                "evidence": _evidence(row),
                "correlation_key": row.correlation_key,
                "state": row.state,
                "origin": row.origin,
                "review_state": row.review_state,
                "snoozed_until": _instant(row.snoozed_until),
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
                "opened_at": _instant(row.opened_at),
                "closed_at": _instant(row.closed_at),
                "closed_why": row.closed_why,
                "review_state": row.review_state,
                "snoozed_until": _instant(row.snoozed_until),
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
                "valid_from": _instant(row.valid_from),
                "precision": row.precision,
                "reason": row.reason,
                "actor": row.actor,
                "via": row.via,
                "corrected_at": _instant(row.corrected_at),
                "withdrawn_at": _instant(row.withdrawn_at),
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
                "at": _instant(row.at),
                "actor": row.actor,
                "via": row.via,
                "action": row.action,
                "change": change,
                "conflict": self.conflicts.get(row.conflict_id),
                "correction": self.corrections.get(row.correction_id),
                "source": row.source_id if alone else None,
                "version": version if alone else None,
                "until": _instant(row.until),
                "text": row.text,
            }


def _claim(row: ConflictClaimRow, version: int) -> Entry:
    return {
        "source": row.source_id,
        "version": version,
        "value": row.value,
        "value_key": row.value_key,
        "detail": _sorted(row.detail),
        "valid_from": _instant(row.valid_from),
        "precision": row.precision,
        "evidence": _evidence(row),
    }


def _evidence(row: FactRow | ChangeRow | ConflictClaimRow) -> Entry:
    return {"block": row.evidence_block, "heading": list(row.evidence_heading), "quote": row.evidence_quote}


def _sorted(detail: Mapping[str, Any]) -> Entry:
    return dict(sorted(detail.items()))


def _instant(instant: datetime | None) -> str | None:
    return instant.astimezone(UTC).isoformat().replace("+00:00", "Z") if instant else None
