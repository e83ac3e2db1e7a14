"""Two versions of a page of our own writing, and exactly the changes that are told of them.

A folder holds `before.*`, `after.*` and `changes.json`. A pair is read as the service reads it: the second version with
the names of the first, and what is only recorded left out.
"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from monitor.extract.reading import read
from snapshots.changes.compare import compare
from snapshots.changes.contract import change_to_json
from tests.golden.files import assert_golden

SEEN = datetime(2030, 5, 1, 12, 0, tzinfo=UTC)
PAIRS = sorted(path for path in Path(__file__).parent.iterdir() if (path / "changes.json").exists())


@pytest.mark.parametrize("folder", PAIRS, ids=lambda folder: folder.name)
def test_exactly_these_changes_are_told(folder: Path) -> None:
    (before,), (after,) = folder.glob("before.*"), folder.glob("after.*")
    content_type = before.suffix.lstrip(".")
    old = read(before.read_bytes(), content_type, today=SEEN.date())
    new = read(after.read_bytes(), content_type, today=SEEN.date(), known=old.vocabulary)
    found = compare(old.facts, new.facts, old.passages, new.passages, now=SEEN)
    told = [change_to_json(change) for change in found if change.kind != "document-text-changed"]
    assert_golden(folder / "changes.json", told)


@pytest.mark.parametrize("folder", PAIRS, ids=lambda folder: folder.name)
@pytest.mark.parametrize("version", ["before", "after"])
def test_a_version_beside_itself_tells_nothing(folder: Path, version: str) -> None:
    (page,) = folder.glob(f"{version}.*")
    reading = read(page.read_bytes(), page.suffix.lstrip("."), today=SEEN.date())
    assert compare(reading.facts, reading.facts, reading.passages, reading.passages, now=SEEN) == ()
