"""A migrated store on each database, and changes recorded in it as a check would."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from alerts.rules.routes import Route
from snapshots import outbox
from snapshots.changes.catalogue import kind_of
from snapshots.changes.model import Change
from snapshots.clock import FixedClock
from snapshots.db import Database
from snapshots.facts import Evidence, Precision
from snapshots.tables import BlobRow, ChangeRow, DeliveryChangeRow, DeliveryRow, SnapshotRow, SourceRow
from tests.integration.store.conftest import database

__all__ = ["database"]

NOON = datetime(2026, 4, 24, 12, 0, tzinfo=UTC)


def a_change(
    subject: str = "acme-chat", after: str | None = "Acme-2", *, kind: str = "alias-retargeted", **more: object
) -> Change:
    """A change as an extractor would report it; `more` are fields of `Change`."""
    made = Change(
        kind=kind,
        subject=subject,
        attribute="target",
        before="Acme-1",
        after=after,
        level=kind_of(kind).level,
        effective_at=datetime(2026, 4, 24, tzinfo=UTC),
        effective_precision=Precision.DAY,
        evidence=Evidence("p1", ("Change log",), f"`{subject}` points to {after}."),
    )
    return replace(made, **more)  # type: ignore[arg-type]


def a_route(**given: Any) -> Route:
    """A route as the configuration file has it."""
    return Route.model_validate(given)


@dataclass
class Recorder:
    """Records changes of sources, each with an event in the outbox, as the transaction of a check does."""

    database: Database
    clock: FixedClock
    _sequences: dict[str, int] = field(default_factory=dict)

    def pass_time(self, gone: timedelta) -> None:
        """Let the clock go on."""
        self.clock.set(self.clock.now() + gone)

    def record(self, source: str, *changes: Change, provider: str = "acme") -> list[int]:
        """Record what one check of a source found; return the row ids."""
        with self.database.writing() as session:
            sequence = self._sequences.get(source, 0)
            if not sequence:
                sequence = 1
                session.add(_source(source, provider, self.clock.now()))
                session.add(_blob(source, 1))
                session.flush()
                session.add(_snapshot(source, 1, self.clock.now()))
            self._sequences[source] = sequence + 1
            session.add(_blob(source, sequence + 1))
            session.flush()
            kept = _snapshot(source, sequence + 1, self.clock.now())
            session.add(kept)
            session.flush()
            prints = [f"{source}{sequence}{place}" for place in range(len(changes))]
            pairs = zip(changes, prints, strict=True)
            rows = [_row(change, source, kept.id, fingerprint, self.clock.now()) for change, fingerprint in pairs]
            session.add_all(rows)
            session.flush()
            ids = [row.id for row in rows]
            payload = {"source_id": source, "check_id": sequence, "change_ids": ids}
            outbox.append(session, "changes-recorded", f"check:{source}:{sequence}", payload, self.clock.now())
        return ids


def _source(source: str, provider: str, now: datetime) -> SourceRow:
    return SourceRow(
        id=source,
        kind="web-page",
        url=f"https://docs.acme.example/{source}",
        provider=provider,
        title=f"The {source} page",
        authoritative_for=[],
        interval_seconds=int(timedelta(hours=1).total_seconds()),
        next_check_at=now,
    )


def _digest(source: str, sequence: int) -> bytes:
    return f"{source}@{sequence}".encode().ljust(32, b"\0")[:32]


def _blob(source: str, sequence: int) -> BlobRow:
    return BlobRow(digest=_digest(source, sequence), size=1, encoding="zstd", depth=0, content=b"x")


def _snapshot(source: str, sequence: int, now: datetime) -> SnapshotRow:
    digest = _digest(source, sequence)
    return SnapshotRow(
        source_id=source,
        sequence=sequence,
        raw_digest=digest,
        text_digest=digest,
        observed_at=now,
        last_confirmed_at=now,
        content_type="text/html",
        final_url=f"https://docs.acme.example/{source}",
    )


def _row(change: Change, source: str, snapshot: int, fingerprint: str, now: datetime) -> ChangeRow:
    assert change.evidence is not None
    return ChangeRow(
        public_id=fingerprint.replace("-", "")[-12:],
        fingerprint=fingerprint,
        source_id=source,
        from_snapshot_id=snapshot - 1,
        to_snapshot_id=snapshot,
        kind=change.kind,
        level=change.level,
        subject=change.subject,
        attribute=change.attribute,
        qualifier=change.qualifier,
        before=change.before,
        after=change.after,
        before_detail=dict(change.before_detail),
        after_detail=dict(change.after_detail),
        effective_at=change.effective_at,
        effective_precision=change.effective_precision,
        detected_at=now,
        confidence=change.confidence,
        evidence_block=change.evidence.block,
        evidence_heading=list(change.evidence.heading),
        evidence_quote=change.evidence.quote,
        correlation_key=change.correlation_key,
        state="open",
    )


@pytest.fixture
def clock() -> FixedClock:
    """A clock that stands at noon."""
    return FixedClock(NOON)


@pytest.fixture
def recorder(database: Database, clock: FixedClock) -> Recorder:
    """Puts changes into the store."""
    return Recorder(database, clock)


Told = tuple[str, str, str, tuple[int, ...], tuple[int, ...]]


def told(database: Database) -> Sequence[Told]:
    """The deliveries by time: channel, kind, state, changes told, changes joined."""
    with database.reading() as session:
        rows = session.scalars(
            select(DeliveryRow).order_by(DeliveryRow.created_at, DeliveryRow.channel, DeliveryRow.id)
        ).all()
        parts = session.scalars(select(DeliveryChangeRow).order_by(DeliveryChangeRow.change_id)).all()
    return [
        (
            row.channel,
            row.kind,
            row.state,
            tuple(p.change_id for p in parts if p.delivery_id == row.id and p.role == "told"),
            tuple(p.change_id for p in parts if p.delivery_id == row.id and p.role == "joined"),
        )
        for row in rows
    ]
