"""`headwater config apply`: the plan first, then the rows; what is known stays."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tests.integration.cli.conftest import Answer, Run

WAITING = "not checked yet"


def configure(folder: Path, *sources: dict[str, Any]) -> None:
    settings = {"database": "sqlite:///kept.db", "sources": [{"interval": "1h", **source} for source in sources]}
    (folder / "headwater.yaml").write_text(json.dumps(settings))


def source(name: str, **more: Any) -> dict[str, Any]:
    return {"id": name, "url": f"https://docs.acme.example/{name}", "provider": "acme", **more}


def planned(answer: Answer) -> dict[str, list[str]]:
    assert answer.code == 0, answer.err
    return {key: value for key, value in answer.json.items() if key not in ("applied", "unchanged") and value}


def states(run: Run) -> dict[str, str]:
    known = run("sources", "list", "--json", "--database", "sqlite:///kept.db").json
    return {one["id"]: one["state"] for one in known}


def test_a_dry_run_plans_and_changes_nothing(run: Run, tmp_path: Path) -> None:
    configure(tmp_path, source("prices"), source("models"))
    assert run("db", "upgrade", "--database", "sqlite:///kept.db").code == 0
    assert planned(run("config", "apply", "--dry-run", "--json")) == {"added": ["prices", "models"]}
    assert states(run) == {}


def test_every_kind_of_change_is_planned_and_applied(run: Run, tmp_path: Path) -> None:
    configure(tmp_path, source("prices"), source("models"), source("terms"), source("old", paused=True))
    run("db", "upgrade", "--database", "sqlite:///kept.db")
    run("config", "apply", "--yes")
    configure(
        tmp_path,
        source("prices", interval="2h"),
        source("models", paused=True),
        source("old"),
        source("news"),
    )
    expected = {
        "added": ["news"],
        "changed": ["prices"],
        "paused": ["models"],
        "resumed": ["old"],
        "removed": ["terms"],
    }
    assert planned(run("config", "apply", "--yes", "--json")) == expected
    assert states(run) == {
        "models": "paused",
        "news": WAITING,
        "old": WAITING,
        "prices": WAITING,
        "terms": "removed",
    }
    assert "Nothing to do" in run("config", "apply").out


def test_a_mistake_is_told_with_its_line_and_applies_nothing(run: Run, tmp_path: Path) -> None:
    configure(tmp_path, source("prices"))
    run("db", "upgrade", "--database", "sqlite:///kept.db")
    run("config", "apply", "--yes")
    (tmp_path / "headwater.yaml").write_text("database: sqlite:///kept.db\nsources:\n  - {id: prices, urll: x}\n")
    answer = run("config", "apply", "--yes")
    assert answer.code == 3
    assert "headwater.yaml:3" in answer.err
    assert states(run) == {"prices": WAITING}
