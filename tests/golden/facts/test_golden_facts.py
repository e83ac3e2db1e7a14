"""Pages of our own writing in the shapes that providers use, and exactly the facts that are read from them."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from monitor.extract.reading import read
from snapshots.facts import Fact
from tests.golden.files import assert_golden

FOLDER = Path(__file__).parent
PAGES = sorted(path for path in FOLDER.iterdir() if path.suffix in (".html", ".md"))


def plain(fact: Fact) -> dict[str, Any]:
    """The fact as the golden file has it: what was not stated is left out."""
    every = {
        "subject": fact.subject,
        "predicate": fact.predicate,
        "qualifier": fact.qualifier,
        "value": fact.value,
        "detail": dict(fact.detail),
        "valid_from": fact.valid_from.isoformat() if fact.valid_from else "",
        "quote": fact.evidence.quote,
    }
    return {name: value for name, value in every.items() if value not in ("", {})}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_exactly_these_facts_are_read(page: Path) -> None:
    content_type = "text/html" if page.suffix == ".html" else "text/markdown"
    facts = [plain(fact) for fact in read(page.read_bytes(), content_type, today=date(2030, 5, 1)).facts]
    assert_golden(page.with_suffix(".json"), facts)
