"""What a name meant on a day, from the provider's own recorded documents, through the store."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from monitor.replay import open_history, replay
from snapshots.care.backup import backup
from snapshots.care.restore import restore
from snapshots.db import Database
from snapshots.facts import name_key
from snapshots.history import TARGET, deadlines, end_instant, facts_at

LATER = datetime(2027, 1, 1, tzinfo=UTC)


def folded(name: str | None) -> str | None:
    return None if name is None else name_key(name)


@pytest.fixture(scope="module")
def asof(corpus: Path) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads((corpus / "asof.json").read_text(encoding="utf-8"))
    return loaded


@pytest.fixture(scope="module")
def read_once(corpus: Path, asof: dict[str, Any], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    """A store that has read the named documents once: of a named version, that one alone."""
    scratch = tmp_path_factory.mktemp("asof")
    folders = []
    for named in asof["sources"]:
        source, _, version = named.partition("/")
        folder = scratch / source
        folder.mkdir()
        for path in (corpus / source).iterdir():
            if path.name == "source.json" or (version or "__") in path.name:
                shutil.copy(path, folder)
        folders.append(open_history(folder))
    database = Database(f"sqlite:///{scratch / 'asof.db'}")
    database.upgrade()
    assert list(replay(folders, database)) == []
    yield database
    database.close()


@pytest.fixture(
    scope="module",
    params=[
        "",
        "sqlite",
        pytest.param("postgresql", marks=pytest.mark.postgres),
        pytest.param("postgresql sqlite", marks=pytest.mark.postgres),
    ],
    ids=["as read", "restored on SQLite", "restored on PostgreSQL", "restored from PostgreSQL on SQLite"],
)
def store(
    request: pytest.FixtureRequest,
    read_once: Database,
    new_database: Callable[[str], str],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Database]:
    """The store itself, and copies of it that went through backups to other databases."""
    opened = [read_once]
    folder = tmp_path_factory.mktemp("copies")
    for number, kind in enumerate(request.param.split()):
        backup(opened[-1], folder / f"{number}.hwb", LATER)
        opened.append(Database(new_database(kind)))
        restore(folder / f"{number}.hwb", opened[-1])
    yield opened[-1]
    for database in opened[1:]:
        database.close()


def test_every_recorded_question_gets_its_answer_with_its_proof(store: Database, asof: dict[str, Any]) -> None:
    wrong = []
    for question in asof["questions"]:
        at = datetime.fromisoformat(question["at"])
        with store.reading() as session:
            answers = [a.fact for a in facts_at(session, question["subject"], at, LATER) if a.fact.predicate == TARGET]
        got = [(folded(fact.value), fact.detail.get("mode")) for fact in answers if fact.quote]
        if got != [(folded(question["target"]), question["mode"])]:
            wrong.append((question["subject"], question["at"], got))
    assert wrong == []


def test_every_recorded_deadline_is_known_with_its_proof(store: Database, asof: dict[str, Any]) -> None:
    with store.reading() as session:
        known = {name_key(d.subject): d for d in deadlines(session, LATER) if d.quote}
    for wanted in asof["deadlines"]:
        found = known[name_key(wanted["subject"])]
        assert found.ends == datetime.fromisoformat(wanted["ends"])
        assert found.ends == end_instant(found.stated, found.precision)
