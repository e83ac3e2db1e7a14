"""A store that has lived: versions, facts, changes, messages, decisions, a conflict, a correction, old days."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from sqlalchemy import select

from monitor.schedule.leases import claim_one
from snapshots import store
from snapshots.blobs import digest_of
from snapshots.changes.model import Change, Level
from snapshots.db import Database
from snapshots.facts import Evidence, Fact, Precision
from snapshots.outcome import CheckOutcome, NewSnapshot, Outcome
from snapshots.tables import (
    AcknowledgementRow,
    ChangeRow,
    CheckDayRow,
    ConflictClaimRow,
    ConflictRow,
    CorrectionRow,
    DeliveryAttemptRow,
    DeliveryChangeRow,
    DeliveryRow,
    OutboxEventRow,
    SnapshotRow,
    SourceRow,
)

START = datetime(2025, 1, 1, 6, 0, 0, 123456, tzinfo=UTC)
DAY = timedelta(days=1)
QUOTE = Evidence("pricing/table", ("Preise", "模型 ✓"), "acme-chat | $1.00 «été»")


def page(version: int) -> bytes:
    rows = [f"<tr><td>model-{i}</td><td>{(i * 2654435761) % 1_000_003}</td></tr>" for i in range(300)]
    rows[version % len(rows)] = f"<tr><td>changed in version {version}</td></tr>"
    return "\n".join(rows).encode()


def add_source(database: Database, source: str) -> None:
    with database.writing() as session:
        session.add(
            SourceRow(
                id=source,
                kind="web-page",
                url=f"https://docs.acme.example/{source}",
                provider="acme",
                document="pricing",
                authoritative_for=["price"],
                interval_seconds=86_400,
                next_check_at=START,
            )
        )


def price(value: str, valid_from: datetime | None = None) -> Fact:
    return Fact("Acme Chat", "price.output_price", value, QUOTE, value_key=value, valid_from=valid_from)


def check(database: Database, source: str, version: int, at: datetime, *changes: Change) -> store.Recorded:
    """Record that the source showed a version at an instant."""
    body = page(version)
    outcome = CheckOutcome(
        outcome=Outcome.NEW_VERSION if changes else Outcome.BASELINE,
        started_at=at,
        finished_at=at + timedelta(seconds=1),
        next_check_at=at + DAY,
        next_check_reason="every day",
        http_status=200,
        duration_ms=1_000,
        snapshot=NewSnapshot(body, digest_of(body), digest_of(body), "text/html", "https://docs.acme.example/p"),
        facts=(price(str(version)), Fact("acme-chat", "alias.target", "Acme-1", QUOTE, value_key="acme-1")),
        changes=changes,
    )
    with database.writing() as session:
        claim = claim_one(session, source, owner="worker", now=at)
        assert claim is not None
        return store.record(session, claim, outcome)


def rise(version: int, level: Level = Level.WARNING) -> Change:
    before, after = str(version - 1), str(version)
    return Change("price-increased", "acme-chat", "output_price", before, after, level, evidence=QUOTE)


def live(database: Database, source: str = "acme-pricing", *, versions: int = 6) -> None:
    """A version a day, a change in each, the first of them acknowledged, and a row of every other kind."""
    add_source(database, source)
    for version in range(1, versions + 1):
        changes = (rise(version),) if version > 1 else ()
        check(database, source, version, START + version * DAY, *changes)
    with database.writing() as session:
        snapshots = session.scalars(select(SnapshotRow).order_by(SnapshotRow.sequence)).all()
        change = session.scalars(select(ChangeRow).order_by(ChangeRow.id)).first()
        assert change is not None
        change.review_state = "acknowledged"
        event = session.scalars(select(OutboxEventRow).order_by(OutboxEventRow.id)).first()
        assert event is not None
        event.processed_at = START + 2 * DAY
        session.add_all(
            [
                DeliveryRow(
                    id="d" * 32,
                    channel="log",
                    incident="i",
                    kind="incident",
                    state="sent",
                    created_at=START,
                    next_attempt_at=START,
                    sent_at=START,
                ),
                ConflictRow(
                    public_id="c0ffee00",
                    scope="acme",
                    subject="acme-chat",
                    predicate="price.output_price",
                    qualifier="",
                    opened_at=START,
                ),
                CorrectionRow(
                    source_id=source,
                    snapshot_id=snapshots[-1].id,
                    subject="acme-chat",
                    predicate="price.output_price",
                    qualifier="",
                    value_key="7",
                    valid_from=START,
                    precision=Precision.DAY,
                    reason="the table was read upside down",
                    actor="ada",
                    via="cli",
                    corrected_at=START,
                ),
                CheckDayRow(
                    source_id=source, day=START.date(), outcome="same-bytes", checks=3, duration_ms=5_000_000_000
                ),
            ]
        )
        session.flush()
        session.add_all(
            [
                DeliveryChangeRow(delivery_id="d" * 32, change_id=change.id),
                DeliveryAttemptRow(
                    delivery_id="d" * 32, started_at=START, finished_at=START, outcome="sent", reason=None
                ),
                ConflictClaimRow(
                    conflict_id=1,
                    position=0,
                    source_id=source,
                    snapshot_id=snapshots[-1].id,
                    value="7",
                    value_key="7",
                    detail={"unit": "1M"},
                    precision=Precision.UNKNOWN,
                    evidence_block="b",
                    evidence_heading=["h"],
                    evidence_quote="q",
                ),
                AcknowledgementRow(
                    at=START, actor="ada", via="cli", action="acknowledge", change_id=change.id, text="seen\n✓"
                ),
            ]
        )
