"""A configuration is taken up while work goes on, or not at all."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from monitor.app import build_app
from monitor.service import Service
from monitor.wiring.configuration import load


def test_a_store_that_cannot_be_prepared_leaves_the_service_as_it_was(tmp_path: Path) -> None:
    config = tmp_path / "headwater.yaml"
    config.write_text("database: sqlite:///kept.db\n")
    with Service(lambda: load(config), lambda found: build_app(found, environ={})) as service:
        service.app.prepare()
        before = service.app
        assert service.reload(apply=True) is not None
        after = service.app
        assert after is not before
        (tmp_path / "kept.db").rename(tmp_path / "away.db")
        with sqlite3.connect(tmp_path / "kept.db") as foreign:
            foreign.execute("CREATE TABLE theirs (id INTEGER)")
        assert service.reload(apply=True) is None
        assert service.app is after
