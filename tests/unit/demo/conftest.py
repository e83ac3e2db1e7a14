from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from snapshots.db import Database


@pytest.fixture
def demo_store(tmp_path: Path) -> Iterator[Database]:
    database = Database(f"sqlite:///{tmp_path / 'headwater.db'}")
    database.upgrade()
    yield database
    database.close()
