"""Every recorded history replays, and what is reported is what the labels call material."""

from __future__ import annotations

import json
from collections import Counter
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from alerts.dispatch import dispatch_events
from alerts.rules.hours import DigestHours, next_digest
from alerts.rules.routes import Routing
from monitor.replay import open_history, replay
from snapshots.db import Database
from snapshots.tables import DeliveryRow

SILENT = "document-text-changed"


@pytest.fixture(scope="module")
def records(corpus: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[dict[str, Any]]]:
    """What the pipeline says of each history, each in a store of its own.

    After each version it is decided who is told by the default routes; `told` are the kinds of the messages made then.
    """
    scratch = tmp_path_factory.mktemp("histories")
    said = {}
    for description in sorted(corpus.glob("*/source.json")):
        database = Database(f"sqlite:///{scratch / description.parent.name}.db")
        database.upgrade()
        replayed = replay([open_history(description.parent)], database)
        said[description.parent.name] = [one | {"told": tell(database, seen_at(one["to"]))} for one in replayed]
        database.close()
    return said


def seen_at(file: str) -> datetime:
    """When the replay sees a version."""
    number, day = file[: file.index("__")], file[file.index("__") + 2 :][:10]
    return datetime.fromisoformat(day).replace(tzinfo=UTC) + timedelta(seconds=int(number))


def tell(database: Database, now: datetime) -> list[str]:
    dispatch_events(database, channels=("team",), routing=Routing(), now=now)
    with database.reading() as session:
        made = session.scalars(select(DeliveryRow.kind).where(DeliveryRow.created_at == now))
        return sorted(kind for kind in made if kind != "summary")


def test_each_pair_with_loud_changes_is_one_message_and_the_rest_a_digest_or_nothing(
    records: dict[str, list[dict[str, Any]]],
) -> None:
    counted: Counter[str] = Counter()
    for source, found in records.items():
        digests: set[datetime] = set()
        for record in found:
            levels = {change["level"] for change in record["changes"]}
            at = seen_at(record["to"])
            wanted = ["incident"] if levels & {"critical", "warning"} else []
            if not wanted and "info" in levels and (due := next_digest(at, DigestHours())) not in digests:
                digests.add(due)
                wanted = ["digest"]
            # A page that fails and an end that has come are no messages about a change.
            told = [kind for kind in record["told"] if kind not in ("notice", "resolved")]
            assert told == wanted, f"{source} {record['from']} {record['to']}"
            counted[wanted[0] if wanted else "nothing"] += 1
    assert counted["incident"] > 50
    assert counted["nothing"] > 100


def test_each_consecutive_pair_of_each_history_gets_one_record(
    corpus: Path, records: dict[str, list[dict[str, Any]]]
) -> None:
    for source, found in records.items():
        files = sorted(path.name for path in (corpus / source).iterdir() if "__" in path.name)
        assert [(r["from"], r["to"]) for r in found] == list(pairwise(files)), source


def test_a_wrong_page_is_held_and_yields_no_change(records: dict[str, list[dict[str, Any]]]) -> None:
    for source in (name for name in records if name.endswith("-fallback")):
        assert [change for record in records[source] for change in record["changes"] if change["kind"] != SILENT] == []


def test_what_is_told_of_the_reference_provider_is_material_and_little_is_missed(
    corpus: Path, records: dict[str, list[dict[str, Any]]]
) -> None:
    said = material = both = 0
    for source in (name for name in records if name.startswith(("deepseek-", "hf-deepseek"))):
        labels = json.loads((corpus / source / "labels.json").read_text(encoding="utf-8"))
        by_pair = {(record["from"][:3], record["to"][:3]): record for record in records[source]}
        for pair in (pair for pair in labels if not pair.get("ambiguous")):
            key = tuple(f"{v:03d}" if isinstance(v, int) else v[:3] for v in (pair["from"], pair["to"]))
            told = any(change["kind"] != SILENT for change in by_pair[key]["changes"])  # type: ignore[index]
            said, material, both = said + told, material + pair["material"], both + (told and pair["material"])
    assert both / said >= 0.8
    assert both / material >= 0.8
