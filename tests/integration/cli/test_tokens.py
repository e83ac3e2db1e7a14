from __future__ import annotations

import json
from pathlib import Path

import pytest

from snapshots.clock import SystemClock
from snapshots.db import Database
from snapshots.tokens import find_token
from tests.integration.cli.conftest import Run


@pytest.fixture
def store(tmp_path: Path) -> str:
    url = f"sqlite:///{tmp_path / 'headwater.db'}"
    database = Database(url)
    database.upgrade()
    database.close()
    return url


def test_a_token_is_shown_once_and_works_until_it_is_revoked(run: Run, store: str) -> None:
    made = run("tokens", "add", "release-bot", "--scope", "review", "--as", "mara", "--database", store)
    token = made.out.strip()
    listed = run("tokens", "list", "--json", "--database", store)
    assert [(one["name"], one["scope"], one["created_by"]) for one in json.loads(listed.out)] == [
        ("release-bot", "review", "mara")
    ]
    assert token not in listed.out
    assert works(store, token)
    assert run("tokens", "revoke", "1", "--database", store).code == 0
    assert not works(store, token)
    assert "No token works" in run("tokens", "list", "--database", store).out
    again = run("tokens", "revoke", "1", "--database", store)
    assert (again.code, "No token 1 works" in again.err) == (1, True)


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("bot", "--scope", "root"), '"root" is not a scope. Scopes are feed, read, review, admin.'),
        (("bot", "--until", "2020-01-01"), "would let nobody in"),
        ((" ",), "needs the name of a person"),
    ],
)
def test_a_token_that_makes_no_sense_is_refused(run: Run, store: str, words: tuple[str, ...], sentence: str) -> None:
    answer = run("tokens", "add", *words, "--database", store)
    assert answer.code == 2
    assert sentence in answer.err
    assert "Traceback" not in answer.err


def works(store: str, token: str) -> bool:
    database = Database(store)
    with database.reading() as session:
        found = find_token(session, token, SystemClock().now())
    database.close()
    return found is not None
