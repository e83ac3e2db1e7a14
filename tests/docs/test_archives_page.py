"""The page about archives shows a file that can be imported, and the schema is that of the models."""

from __future__ import annotations

import json
import os
import re
from datetime import UTC, datetime
from pathlib import Path

from snapshots.archives.jsonl_import import import_jsonl
from snapshots.archives.model import LINES
from snapshots.archives.reading import Limits
from snapshots.archives.schema import json_schema
from snapshots.db import Database
from tests.integration.store.archived import exported

DOCS = Path(__file__).parents[2] / "docs"
PAGE = (DOCS / "archives.md").read_text(encoding="utf-8")
SCHEMA = DOCS / "headwater-jsonl.schema.json"


def test_the_example_is_imported_and_exported_as_it_stands(tmp_path: Path) -> None:
    (example,) = re.findall(r"^```jsonl\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
    (tmp_path / "acme.jsonl").write_text(example, encoding="utf-8")
    database = Database(f"sqlite:///{tmp_path / 'copy.db'}")
    database.upgrade()
    import_jsonl(tmp_path / "acme.jsonl", database, now=datetime(2026, 2, 1, tzinfo=UTC))
    assert b"".join(exported(database)).decode() == "".join(example.splitlines(keepends=True)[1:])
    database.close()


def test_the_committed_schema_is_current() -> None:
    current = json.dumps(json_schema(), indent=2, ensure_ascii=False) + "\n"
    if os.environ.get("HEADWATER_WRITE_GOLDEN"):
        SCHEMA.write_text(current, encoding="utf-8")
    assert SCHEMA.read_text(encoding="utf-8") == current


def test_every_record_is_described_in_the_order_of_the_file() -> None:
    described = re.findall(r"^\| `([a-z]+)` \|.*\|.*\|$", PAGE.partition("## Facts and changes")[2], re.MULTILINE)
    assert described[1:] == ["header", *LINES]


def test_the_limits_on_the_page_are_the_defaults() -> None:
    assert (Limits().max_bytes, Limits().max_lines) == (1_000_000_000, 2_000_000)
    assert "at most 1 GB and 2,000,000 lines" in PAGE
