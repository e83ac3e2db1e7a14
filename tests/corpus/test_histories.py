"""Every recorded history replays, and what is reported is what the labels call material."""

from __future__ import annotations

import json
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from monitor.replay import open_history, replay
from snapshots.db import Database

SILENT = "document-text-changed"


@pytest.fixture(scope="module")
def records(corpus: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[dict[str, Any]]]:
    """What the pipeline says of each history, each in a store of its own."""
    scratch = tmp_path_factory.mktemp("histories")
    said = {}
    for description in sorted(corpus.glob("*/source.json")):
        database = Database(f"sqlite:///{scratch / description.parent.name}.db")
        database.upgrade()
        said[description.parent.name] = list(replay([open_history(description.parent)], database))
        database.close()
    return said


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
