"""A small store with something of everything, and what it answers."""

from __future__ import annotations

from dataclasses import asdict
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

from sqlalchemy import select

from monitor.schedule.leases import claim_one
from snapshots import store
from snapshots.archives.files import hold_still
from snapshots.archives.jsonl_export import write_jsonl
from snapshots.blobs import digest_of
from snapshots.changes.model import Change, Level
from snapshots.db import Database
from snapshots.facts import Evidence, Fact, Precision
from snapshots.history import deadlines, facts_at
from snapshots.journal import Filter, list_changes
from snapshots.outcome import CheckOutcome, NewSnapshot, Outcome
from snapshots.tables import (
    AcknowledgementRow,
    ChangeRow,
    ConflictClaimRow,
    ConflictRow,
    CorrectionRow,
    FactRow,
    SnapshotRow,
    SourceRow,
)
from snapshots.timeline import history_of
from tests.integration.store.conftest import MORNING

LOG, PRICES = "acme-log", "acme-prices"
ENDS = Precision.DAY


def add_source(database: Database, source_id: str, *areas: str) -> None:
    with database.writing() as session:
        session.add(
            SourceRow(
                id=source_id,
                kind="web-page",
                url=f"https://docs.acme.example/{source_id}",
                provider="acme",
                title="Acme 文档",
                authoritative_for=list(areas),
                interval_seconds=3600,
                next_check_at=MORNING,
            )
        )


def check(
    database: Database, source_id: str, minutes: int, outcome: Outcome, body: bytes | None = None, **more: Any
) -> store.Recorded:
    at = MORNING + timedelta(minutes=minutes)
    snapshot = None
    if body is not None:
        held = more.pop("held", None)
        url = more.pop("url", f"https://docs.acme.example/{source_id}")
        snapshot = NewSnapshot(body, digest_of(body), digest_of(body.lower()), "text/html", url, held)
    more.setdefault("http_status", 304 if outcome is Outcome.NOT_MODIFIED else 200)
    found = CheckOutcome(outcome, at, at, at + timedelta(hours=1), "every hour", snapshot=snapshot, **more)
    with database.writing() as session:
        claim = claim_one(session, source_id, owner=f"{source_id}-{minutes}", now=at)
        assert claim is not None
        return store.record(session, claim, found)


def says(quote: str) -> Evidence:
    return Evidence("page/table", ("Pricing", "模型"), quote)


def fill(database: Database) -> None:
    """Two sources, three versions, a held one, changes of both, and everything people can decide."""
    add_source(database, PRICES, "price")
    add_source(database, LOG)
    dear = Fact(
        "acme-chat", "price.output_price", "2", says("$2"), value_key="2", detail={"unit": "1M", "currency": "$"}
    )
    cheap = Fact("Acme Chat", "price.output_price", "1", says("$1"), value_key="1", detail={"currency": "$"})
    end = Fact(
        "acme-chat", "lifecycle.retirement_date", "2026-07-24", says("ends"), value_key="2026-07-24", precision=ENDS
    )
    target = Fact("acme-chat", "alias.target", "Acme-2", says("upgraded"), value_key="acme-2", valid_from=MORNING)
    check(database, PRICES, 0, Outcome.BASELINE, b"<p>$1</p>", facts=(cheap, end))
    check(database, LOG, 0, Outcome.BASELINE, b"<p>log</p>", facts=(target, end))
    check(database, PRICES, 10, Outcome.SAME_BYTES)
    check(database, PRICES, 20, Outcome.HELD, b"<p>shell</p>", held="1 of 1 facts are missing.\r\nX-Evil: 1")
    rise = Change("price-increased", "acme-chat", "output_price", "1", "2", Level.WARNING, evidence=says("$2"))
    gone = Change("model-removed", "acme-old", "listed", "true", None, Level.CRITICAL, removal=True)
    check(database, PRICES, 30, Outcome.NEW_VERSION, b"<p>$2</p>", facts=(dear, end), changes=(rise, gone))
    check(database, PRICES, 40, Outcome.NOT_MODIFIED)
    check(database, PRICES, 50, Outcome.TIMEOUT, http_status=None, detail="no answer in 30 s")
    _decide(database)


def _decide(database: Database) -> None:
    later = MORNING + timedelta(days=1)
    with database.writing() as session:
        version = {(v.source_id, v.sequence): v.id for v in session.scalars(select(SnapshotRow))}
        change = session.scalars(select(ChangeRow).where(ChangeRow.kind == "price-increased")).one()
        change.review_state, change.snoozed_until = "snoozed", later
        old = session.scalars(select(FactRow).where(FactRow.predicate == "alias.target")).one()
        old.superseded_at = later
        session.add(
            FactRow(
                **{c.name: getattr(old, c.name) for c in FactRow.__table__.columns if c.name != "id"}
                | {"value": "Acme-2.1", "value_key": "acme-2.1", "read_at": later, "superseded_at": None}
            )
        )
        conflict = ConflictRow(
            public_id="c0ffee00",
            scope="acme",
            subject="acme-chat",
            predicate="price.output_price",
            qualifier="",
            opened_at=later,
        )
        correction = CorrectionRow(
            source_id=LOG,
            snapshot_id=version[LOG, 1],
            subject="acme-chat",
            predicate="alias.target",
            qualifier="",
            replaces_key="acme-2",
            value="Acme-2.1",
            value_key="acme-2.1",
            precision="unknown",
            reason="misread",
            actor="ada",
            via="cli",
            corrected_at=later,
        )
        session.add_all([conflict, correction])
        session.flush()
        for position, (source, value) in enumerate([(PRICES, "2"), (LOG, "3")]):
            session.add(
                ConflictClaimRow(
                    conflict_id=conflict.id,
                    position=position,
                    source_id=source,
                    snapshot_id=version[source, 1],
                    value=value,
                    value_key=value,
                    detail={"currency": "$"},
                    precision="unknown",
                    evidence_block="b",
                    evidence_heading=["Pricing"],
                    evidence_quote=f"${value}",
                )
            )
        said = {"actor": "ada", "via": "cli", "at": later}
        session.add_all(
            [
                AcknowledgementRow(**said, action="snooze", change_id=change.id, until=later, text="after the launch"),
                AcknowledgementRow(**said, action="comment", conflict_id=conflict.id, text="asked Acme"),
                AcknowledgementRow(**said, action="correct", correction_id=correction.id),
                AcknowledgementRow(**said, action="baseline", source_id=PRICES, snapshot_id=version[PRICES, 1]),
            ]
        )


def exported(database: Database, *sources: str) -> list[bytes]:
    """The lines of an export, without the header."""
    out = BytesIO()
    with database.reading() as session:
        hold_still(session)
        write_jsonl(session, out, sources, now=MORNING, software="headwater/test")
    return out.getvalue().splitlines(keepends=True)[1:]


def export_to(path: Path, database: Database) -> Path:
    with path.open("wb") as out, database.reading() as session:
        hold_still(session)
        write_jsonl(session, out, now=MORNING, software="headwater/test")
    return path


def answers(database: Database) -> dict[str, Any]:
    """What people would be told of the store, without row ids."""
    moments = [MORNING + timedelta(days=day) for day in (-1, 0, 1, 2, 400)]
    with database.reading() as session:
        return {
            "facts": [
                [asdict(answer) for answer in facts_at(session, "ACME chat", at, known)]
                for at in moments
                for known in moments
            ],
            "history": [asdict(one) for one in history_of(session, "acme-chat", moments[-1])],
            "changes": [
                {key: value for key, value in asdict(one).items() if key != "id"}
                for one in list_changes(session, Filter(), limit=100)
            ],
            "deadlines": [[asdict(one) for one in deadlines(session, known)] for known in moments],
        }
