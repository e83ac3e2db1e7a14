"""The page of change kinds is the catalogue."""

from __future__ import annotations

import os
from pathlib import Path

from snapshots.changes.page import catalogue_page

PAGE = Path(__file__).parents[2] / "docs" / "changes.md"


def test_the_page_of_change_kinds_is_current() -> None:
    if os.environ.get("HEADWATER_WRITE_GOLDEN"):
        PAGE.write_text(catalogue_page(), encoding="utf-8")
    assert PAGE.read_text(encoding="utf-8") == catalogue_page()
