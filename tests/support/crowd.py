"""A store with thousands of changes, made by rows, for what takes long when there is much. One seed, one store."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta

from sqlalchemy import insert

from snapshots import blobs
from snapshots.changes.catalogue import KINDS
from snapshots.changes.model import Change
from snapshots.db import Database
from snapshots.facts import name_key
from snapshots.tables import (
    AcknowledgementRow,
    ChangeRow,
    CheckRow,
    DeliveryChangeRow,
    DeliveryRow,
    FactRow,
    SnapshotRow,
    SourceRow,
)

NOW = datetime(2026, 8, 17, 9, 40, tzinfo=UTC)
_PROVIDERS = ("acme", "borealis", "cumulus", "delta")
_KINDS = (
    "price-increased",
    "alias-retargeted",
    "context-window-reduced",
    "license-changed",
    "model-added",
    "shutdown-date-set",
)
_ATTRIBUTES = {"price-increased": "output_price", "alias-retargeted": "target", "license-changed": "license"}
_CHUNK = 2_000


def build(database: Database, *, changes: int = 10_000, sources: int = 40, seed: int = 7) -> None:
    """Fill an empty database: versions, facts, checks, changes of which nine in ten are open, and deliveries."""
    database.upgrade()
    dice = random.Random(seed)
    names = [f"{dice.choice(_PROVIDERS)}-{dice.choice('abcdef')}{n}" for n in range(max(1, changes // 4))]
    with database.writing() as session:
        for n in range(sources):
            session.add(
                SourceRow(
                    id=f"source-{n:03}",
                    kind="web-page",
                    url=f"https://docs.example/{n}",
                    provider=_PROVIDERS[n % 4],
                    title=f"Page {n}",
                    authoritative_for=[],
                    interval_seconds=3_600,
                    next_check_at=NOW + timedelta(minutes=n % 50 + 1),
                    last_checked_at=NOW - timedelta(minutes=n % 50 + 1),
                    last_ok_at=NOW - timedelta(minutes=n % 50 + 1),
                )
            )
        session.flush()
        versions = []
        for n in range(sources):
            for sequence in (1, 2):
                rows = "".join(f"| `{name}` | {n + sequence} |\n" for name in names[n::sources][:60])
                digest = blobs.put(
                    session, f"# Prices {n}\n\n| Model | Output |\n| --- | --- |\n{rows}".encode(), base=None
                )
                versions.append(
                    SnapshotRow(
                        source_id=f"source-{n:03}",
                        sequence=sequence,
                        raw_digest=digest,
                        text_digest=digest,
                        observed_at=NOW - timedelta(days=400 - 100 * sequence),
                        last_confirmed_at=NOW,
                        content_type="text/markdown",
                        final_url=f"https://docs.example/{n}",
                    )
                )
        session.add_all(versions)
        session.flush()
        ids = [row.id for row in versions]
        session.execute(insert(CheckRow), [_check(n % sources, n // sources) for n in range(sources * 40)])
        session.execute(insert(FactRow), [_fact(names[n % len(names)], n, ids, sources) for n in range(changes)])
        made = [_change(dice, names, n, ids, sources) for n in range(changes)]
        for start in range(0, len(made), _CHUNK):
            session.execute(insert(ChangeRow), made[start : start + _CHUNK])
        session.execute(insert(DeliveryRow), [_delivery(n) for n in range(changes // 10)])
        links = [{"delivery_id": f"{n // 10:026}", "change_id": n + 1, "role": "told"} for n in range(changes)]
        session.execute(insert(DeliveryChangeRow), links)
        session.execute(
            insert(AcknowledgementRow),
            [
                {"at": NOW, "actor": "mara", "via": "web", "action": "acknowledge", "change_id": n + 1, "text": ""}
                for n in range(0, changes, 10)
            ],
        )


def _check(source: int, number: int) -> dict[str, object]:
    at = NOW - timedelta(hours=number, minutes=source)
    return {
        "source_id": f"source-{source:03}",
        "scheduled_for": at,
        "started_at": at,
        "finished_at": at,
        "outcome": "not-modified",
        "http_status": 304,
        "duration_ms": 90,
    }


def _fact(name: str, n: int, versions: list[int], sources: int) -> dict[str, object]:
    source = n % sources
    return {
        "source_id": f"source-{source:03}",
        "snapshot_id": versions[source * 2 + 1],
        "subject": name,
        "subject_key": name_key(name),
        "predicate": "price.output_price",
        "qualifier": f"tier {n // len(versions)}",
        "value": f"{n % 90}.5",
        "value_key": f"{n % 90}.5 USD",
        "detail": {"currency": "USD"},
        "valid_key": "",
        "observed_from": NOW - timedelta(days=200),
        "precision": "unknown",
        "confidence": 1.0,
        "evidence_block": "b",
        "evidence_heading": ["Prices"],
        "evidence_quote": f"{name} | {n % 90}.5",
    }


def _change(dice: random.Random, names: list[str], n: int, versions: list[int], sources: int) -> dict[str, object]:
    kind = dice.choice(_KINDS)
    source = n % sources
    attribute = _ATTRIBUTES.get(kind, kind.rpartition("-")[0].replace("-", "_"))
    after = "2026-12-01" if kind == "shutdown-date-set" else f"{dice.randrange(1, 90)}.5"
    name = dice.choice(names)
    seen = NOW - timedelta(minutes=dice.randrange(60, 600_000))
    change = Change(kind, name, attribute, "1.25", after, KINDS[kind].level)
    dated = dice.random() < 0.5
    return {
        "public_id": f"{n:08x}",
        "fingerprint": f"{n:064x}",
        "source_id": f"source-{source:03}",
        "from_snapshot_id": versions[source * 2],
        "to_snapshot_id": versions[source * 2 + 1],
        "kind": kind,
        "level": KINDS[kind].level,
        "subject": name,
        "subject_key": name_key(name),
        "attribute": attribute,
        "qualifier": "",
        "before": "1.25",
        "after": after,
        "before_detail": {"currency": "USD"},
        "after_detail": {"currency": "USD"},
        "effective_at": seen.replace(hour=0, minute=0, second=0, microsecond=0) if dated else None,
        "effective_precision": "day" if dated else "unknown",
        "detected_at": seen,
        "confidence": 1.0,
        "evidence_block": "b",
        "evidence_heading": ["Prices"],
        "evidence_quote": f"{name} | {after}",
        "correlation_key": change.correlation_key,
        "state": "open",
        "origin": "check",
        "review_state": "acknowledged" if n % 10 == 0 else "open",
    }


def _delivery(n: int) -> dict[str, object]:
    at = NOW - timedelta(minutes=n)
    return {
        "id": f"{n:026}",
        "channel": "#llm-platform",
        "incident": f"{n:012}",
        "kind": "incident",
        "state": "sent",
        "created_at": at,
        "next_attempt_at": at,
        "attempts": 1,
        "sent_at": at,
    }
