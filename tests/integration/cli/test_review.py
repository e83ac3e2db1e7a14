"""Reviewing from the command line: changes, confirmed versions, corrections, conflicts."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.integration.cli.conftest import Run

KEPT = ("--database", "sqlite:///kept.db")
CARD = """---
license: mit
---
# Acme-2

## License

The code and the weights of Acme-2 are released under the Apache 2.0 license. {more}
"""


@pytest.fixture
def kept(run: Run, history: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """The commands on a store with a recorded history."""
    monkeypatch.delenv("HEADWATER_ACTOR", raising=False)
    assert run("replay", str(history), "--store", "kept.db").code == 0

    def call(*arguments: str) -> object:
        return run(*arguments, *KEPT)

    return call  # type: ignore[return-value]


def test_a_change_is_decided_about_and_its_trail_shown(kept: Run) -> None:
    first, second = (change["id"] for change in kept("changes", "list", "--limit", "2", "--json").json)
    answer = kept("changes", "acknowledge", first[:5], second, first, "--as", "alice", "--json")
    assert {one["id"]: one["recorded"] for one in answer.json} == {first: True, second: True}
    assert "already; nothing was added" in kept("changes", "acknowledge", first, "--as", "alice").out
    assert kept("changes", "snooze", first, "--until", "2999-01-01", "--as", "bob").code == 0
    kept("changes", "comment", first, "--text", "wait [red]for[/] them", "--as", "alice")
    shown = kept("changes", "show", first)
    assert "Review      snoozed until 1 Jan 2999" in shown.out
    assert "alice (cli)  comment: wait [red]for[/] them" in shown.out
    trail = kept("changes", "show", first, "--json").json["review"]
    assert [(one["actor"], one["action"]) for one in trail] == [
        ("alice", "acknowledge"),
        ("bob", "snooze"),
        ("alice", "comment"),
    ]
    (snoozed,) = kept("changes", "list", "--review", "snoozed", "--json").json
    assert (snoozed["id"], snoozed["review_state"], snoozed["origin"]) == (first, "snoozed", "check")
    assert "snoozed until" in kept("changes", "list", "--review", "snoozed").out
    assert kept("changes", "reopen", first).code == 0
    assert first in {one["id"] for one in kept("changes", "list", "--review", "open", "--json").json}


def test_one_wrong_id_leaves_all_as_they_were(kept: Run) -> None:
    (first,) = (change["id"] for change in kept("changes", "list", "--limit", "1", "--json").json)
    answer = kept("changes", "acknowledge", first, "nothing")
    assert (answer.code, "There is no change nothing" in answer.err) == (1, True)
    assert kept("changes", "list", "--review", "acknowledged", "--json").json == []


@pytest.mark.parametrize(
    ("arguments", "code", "sentence"),
    [
        (("changes", "dismiss", "ID"), 2, "Dismissing needs a reason"),
        (("changes", "snooze", "ID", "--until", "2001-01-01"), 2, "2001-01-01 00:00 UTC has passed"),
        (("changes", "comment", "ID"), 2, "A comment needs words"),
        (("changes", "acknowledge", "ID", "--as", ""), 2, "needs the name of a person"),
        (("changes", "list", "--review", "done"), 2, '"done" is not a review state'),
        (("conflicts", "show", "abc"), 1, "There is no conflict abc"),
        (("conflicts", "dismiss", "\x1b[31m", "--because", "x"), 1, "U+001B"),
        (("sources", "pin", "nobody"), 1, "There is no source nobody"),
        (("sources", "pin", "acme-log@9"), 1, "acme-log has no version 9"),
        (("diff", "acme-log", "--baseline"), 1, "acme-log has no baseline"),
        (("diff", "acme-log", "1", "--baseline"), 2, "not both"),
        (("corrections", "withdraw", "7"), 2, "There is no correction 7"),
        (("corrections", "add", "a", "alias.target", "b", "--because", "x"), 2, "with --source"),
        (("corrections", "add", "a", "alias.target", "--source", "acme-log"), 2, "or --nothing"),
        (
            ("corrections", "add", "a", "price.price", "cheap", "--source", "acme-log", "--because", "x"),
            2,
            "with its currency",
        ),
    ],
)
def test_a_decision_that_cannot_be_taken_gets_a_sentence(
    kept: Run, arguments: tuple[str, ...], code: int, sentence: str
) -> None:
    (change,) = kept("changes", "list", "--limit", "1", "--json").json
    answer = kept(*(change["id"] if word == "ID" else word for word in arguments))
    assert answer.code == code
    assert sentence in answer.err
    assert "Traceback" not in answer.err


def test_the_newest_version_is_compared_with_the_confirmed_one(kept: Run) -> None:
    pinned = kept("sources", "pin", "acme-log@1", "--as", "alice", "--because", "read it", "--json").json
    assert (pinned["baseline"]["version"], pinned["recorded"]) == ("acme-log@1", True)
    assert "nothing was added" in kept("sources", "pin", "acme-log@1").out
    compared = kept("diff", "acme-log", "--baseline", "--json").json
    assert (compared["from"], compared["to"]) == ("acme-log@1", "acme-log@2")
    assert "alias-retargeted" in {change["kind"] for change in compared["changes"]}
    assert "Confirmed   acme-log@1, by alice" in kept("sources", "show", "acme-log").out
    assert kept("sources", "pin", "acme-log").code == 0
    assert kept("diff", "acme-log", "--baseline", "--json").json["changes"] == []
    assert kept("sources", "unpin", "acme-log").code == 0
    assert "had no baseline" in kept("sources", "unpin", "acme-log").out


def test_a_wrong_reading_is_corrected_and_answers_say_so(kept: Run) -> None:
    because = ("--source", "acme-log", "--because", "it says [i]so[/]", "--as", "alice")
    made = kept("corrections", "add", "acme-chat", "alias.target", "Acme-Next-2", *because, "--json").json
    assert (made["replaces_key"], made["snapshot"]) == ("acme-next", "acme-log@2")
    facts = kept("facts", "acme-chat", "--at", "2026-05-01", "--json").json["facts"]
    (target,) = [fact for fact in facts if fact["predicate"] == "alias.target"]
    assert (target["value"], target["by_hand"]) == ("Acme-Next-2", "alice, because it says [i]so[/]")
    assert "by hand: alice, because it says [i]so[/]" in kept("facts", "acme-chat", "--at", "2026-05-01").out
    assert "by hand: alice" in kept("history", "acme-chat").out
    ended = kept("corrections", "add", "acme-reasoner", "lifecycle.retirement_date", "--nothing", *because)
    assert ended.code == 0
    assert {end["subject"] for end in kept("deadlines", "--json").json} == {"acme-chat"}
    assert "acme-reasoner lifecycle.retirement_date" in kept("corrections", "list").out
    assert kept("corrections", "withdraw", str(made["id"]), "--because", "no").code == 0
    assert [one["id"] for one in kept("corrections", "list", "--json").json] == [made["id"] + 1]
    assert len(kept("corrections", "list", "--all", "--json").json) == 2
    facts = kept("facts", "acme-chat", "--at", "2026-05-01", "--json").json["facts"]
    assert {fact["by_hand"] for fact in facts} == {None}


def test_an_older_entry_of_a_change_log_is_corrected_by_its_day(kept: Run) -> None:
    because = ("--source", "acme-log", "--because", "a typing error", "--valid-from", "2025-12-01")
    assert kept("corrections", "add", "acme-chat", "alias.target", "Acme-2-Exp", *because).code == 0

    def meaning(at: str) -> list[object]:
        facts = kept("facts", "acme-chat", "--at", at, "--json").json["facts"]
        return [fact["value"] for fact in facts if fact["predicate"] == "alias.target"]

    assert (meaning("2026-01-15"), meaning("2026-05-01")) == (["Acme-2-Exp"], ["acme-next"])


def test_a_card_that_contradicts_itself_is_listed_shown_and_dismissed(run: Run, tmp_path: Path) -> None:
    folder = tmp_path / "acme-card"
    folder.mkdir()
    url = "https://huggingface.co/acme/acme-2/raw/main/README.md"
    source = {"id": "acme-card", "official_url": url, "kind": "model-card", "content_type": "text/markdown"}
    (folder / "source.json").write_text(json.dumps(source))
    (folder / "001__2026-01-02.md").write_text(CARD.format(more=""))
    (folder / "002__2026-01-03.md").write_text(CARD.format(more="\x1b[31mNews."))
    answer = run("replay", str(folder), "--store", "kept.db", "--json")
    assert "license" not in {change["kind"].partition("-")[0] for change in json.loads(answer.out)["changes"]}
    (entry,) = run("conflicts", "--json", *KEPT).json
    assert (entry["scope"], entry["predicate"], entry["not_seen_since"]) == (
        "hugging-face:acme/acme-2",
        "license.license",
        [],
    )
    assert [(c["value"], c["snapshot"]) for c in entry["claims"]] == [
        ("MIT", "acme-card@1"),
        ("Apache-2.0", "acme-card@1"),
    ]
    assert "hugging-face:acme/acme-2 license.license" in run("conflicts", *KEPT).out
    shown = run("conflicts", "show", entry["id"][:6], *KEPT)
    assert "> license: mit" in shown.out
    assert "Apache 2.0 license" in shown.out
    assert run("conflicts", "dismiss", entry["id"], "--because", "front matter leads", *KEPT).code == 0
    assert run("conflicts", "--review", "open", "--json", *KEPT).json == []
    assert "front matter leads" in run("conflicts", "show", entry["id"], *KEPT).out
    (folder / "003__2026-01-04.md").write_text(CARD.format(more="").replace("Apache 2.0", "MIT"))
    assert run("replay", str(folder), "--store", "after.db").code == 0
    after = ("--database", "sqlite:///after.db")
    assert run("conflicts", "--json", *after).json == []
    assert [one["closed_why"] for one in run("conflicts", "--all", "--json", *after).json] == ["agreed"]
