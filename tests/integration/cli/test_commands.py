"""The commands as a user runs them: what they print, what they answer in JSON, how they end."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.integration.cli.conftest import LOG, Run


def test_a_replay_prints_one_object_a_line_for_each_pair(run: Run, history: Path) -> None:
    answer = run("replay", str(history), "--json")
    assert answer.code == 0
    (record,) = [json.loads(line) for line in answer.out.splitlines()]
    assert (record["from"], record["to"], record["outcome"]) == ("001__2026-01-02.md", "002__2026-04-25.md", "changed")
    kinds = {(change["kind"], change["subject"]) for change in record["changes"]}
    assert {("alias-retargeted", "acme-chat"), ("shutdown-date-set", "acme-chat")} <= kinds
    moved = next(change for change in record["changes"] if change["kind"] == "alias-retargeted")
    assert (moved["before"], moved["after"], moved["effective_at"]) == ("Acme-2", "acme-next", "2026-04-24")
    assert "acme-next" in moved["evidence"]["quote"]


def test_a_kept_store_answers_what_a_name_meant_and_what_ends(run: Run, history: Path) -> None:
    assert run("replay", str(history), "--store", "kept.db").code == 0
    database = ("--database", "sqlite:///kept.db")

    def meaning(at: str) -> list[str | None]:
        answer = run("facts", "ACME-chat", "--at", at, "--json", *database)
        return [fact["value"] for fact in answer.json["facts"] if fact["predicate"] == "alias.target"]

    assert meaning("2026-01-15") == ["Acme-2"]
    assert meaning("2026-05-01T00:00:00Z") == ["acme-next"]
    assert meaning("2026-07-26") == [None]
    ends = {end["subject"]: end["ends"] for end in run("deadlines", "--json", *database).json}
    assert ends == {"acme-chat": "2026-07-24", "acme-reasoner": "2026-07-24"}


def test_changes_are_listed_and_shown_with_their_proof(run: Run, history: Path) -> None:
    run("replay", str(history), "--store", "kept.db")
    database = ("--database", "sqlite:///kept.db")
    listed = run("changes", "list", "--level", "critical", "--json", *database).json
    assert {change["level"] for change in listed} == {"critical"}
    shown = run("changes", "show", listed[0]["id"], *database)
    assert shown.code == 0
    assert listed[0]["subject"] in shown.out
    assert "https://docs.acme.example/log" in shown.out
    assert run("changes", "list", "--subject", "nobody", "--json", *database).json == []


def test_sources_are_listed_with_their_state(run: Run, history: Path) -> None:
    run("replay", str(history), "--store", "kept.db")
    (source,) = run("sources", "list", "--json", "--database", "sqlite:///kept.db").json
    assert (source["id"], source["state"], source["versions"]) == ("acme-log", "ok", 2)
    shown = run("sources", "show", "acme-log", "--database", "sqlite:///kept.db")
    assert "new-version" in shown.out


def test_a_start_from_nothing(run: Run) -> None:
    assert run("init").code == 0
    assert run("init").code == 2
    assert run("config", "check", "--json").json["ok"] is True
    assert "is empty. Run `headwater db upgrade`" in run("changes", "list").err
    assert run("db", "upgrade").code == 0
    assert run("changes", "list").out.strip() == "No recorded change matches."
    assert run("alerts", "resend").code == 2
    assert run("alerts", "resend", "--all").code == 1
    assert run("alerts", "resend", "--all", "--json").json == {"deliveries": [], "channels": []}
    assert run("alerts", "deliveries", "--dead").out == "Nothing was given up.\n"
    tested = run("alerts", "test", "log", "--json")
    assert tested.json["ok"] is True


@pytest.mark.parametrize(
    ("arguments", "code", "sentence"),
    [
        (("config", "check"), 3, "headwater.yaml: there is no such file. `headwater init` writes one to start from."),
        (("facts", "x", "--at", "yesterday", "--database", "sqlite:///x.db"), 2, '"yesterday" is not a time.'),
        (("changes", "list", "--level", "loud"), 2, '"loud" is not a level.'),
        (("changes", "list", "--kind", "alias-retarget"), 2, "Did you mean alias-retargeted?"),
        (("changes", "list", "--database", "mysql://x/y"), 4, "mysql is not supported."),
        (("changes", "list", "--database", "nonsense"), 4, '"nonsense" is not a database address.'),
        (("replay", "nowhere"), 2, "nowhere/source.json: cannot be read"),
    ],
)
def test_a_mistake_gets_a_sentence_and_a_status(run: Run, arguments: tuple[str, ...], code: int, sentence: str) -> None:
    answer = run(*arguments)
    assert answer.code == code
    assert sentence in answer.err
    assert "Traceback" not in answer.err


def test_a_database_of_another_program_is_left_alone(run: Run, tmp_path: Path) -> None:
    import sqlite3

    with sqlite3.connect(tmp_path / "theirs.db") as theirs:
        theirs.execute("CREATE TABLE songs (name TEXT)")
    theirs.close()
    answer = run("db", "upgrade", "--database", "sqlite:///theirs.db")
    assert answer.code == 4
    assert "holds tables of another program" in answer.err
    (tmp_path / "torn.db").write_bytes(b"SQLite format 3\0" + b"\xff" * 500)
    assert run("changes", "list", "--database", "sqlite:///torn.db").code == 4


def test_text_from_outside_cannot_reach_the_terminal(run: Run, history: Path) -> None:
    hostile = LOG.replace("points to", "\x1b[31m\u202epoints to")
    (history / "002__2026-04-25.md").write_text(hostile)
    for arguments in (("replay", str(history)), ("replay", str(history), "--store", "kept.db")):
        answer = run(*arguments)
        assert "\x1b[31m" not in answer.out
    for command in (("changes", "list"), ("facts", "acme-chat"), ("deadlines",)):
        answer = run(*command, "--database", "sqlite:///kept.db")
        assert "\x1b[31m" not in answer.out
        assert "\u202e" not in answer.out
