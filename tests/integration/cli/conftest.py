"""The command line as a user meets it, and a recorded history to run it on."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import structlog

from monitor.cli import main

LOG = """# Change log

## 2026-04-24

The names `acme-chat` and `acme-reasoner` will be discontinued on 2026-07-24.
Until then `acme-chat` points to `acme-next`.

## 2025-12-01

The `acme-chat` model has been upgraded to Acme-2.
"""
EARLIER = "# Change log\n\n" + LOG[LOG.index("## 2025-12-01") :]


class Answer(NamedTuple):
    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


Run = Callable[..., Answer]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Iterator[Run]:
    """Run `headwater ARGUMENTS` in an empty folder. Commands set up logging; what they set is undone."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.delenv("HEADWATER_CONFIG", raising=False)

    def call(*arguments: str) -> Answer:
        monkeypatch.setattr(sys, "argv", ["headwater", *arguments])
        code = 0
        try:
            main()
        except SystemExit as ended:
            code = int(ended.code or 0)
        told = capsys.readouterr()
        return Answer(code, told.out, told.err)

    yield call
    structlog.reset_defaults()


@pytest.fixture
def history(tmp_path: Path) -> Path:
    """A recorded history of a change log in two versions."""
    folder = tmp_path / "acme-log"
    folder.mkdir()
    source = {
        "id": "acme-log",
        "official_url": "https://docs.acme.example/log",
        "kind": "changelog",
        "content_type": "text/markdown",
    }
    (folder / "source.json").write_text(json.dumps(source))
    (folder / "001__2026-01-02.md").write_text(EARLIER)
    (folder / "002__2026-04-25.md").write_text(LOG)
    return folder
