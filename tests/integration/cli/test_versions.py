"""The kept versions of a document from the command line: listed, shown, exported, compared, and read anew."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from tests.integration.cli.conftest import EARLIER, LOG, Run

KEPT = ("--database", "sqlite:///kept.db")


@pytest.fixture
def store(run: Run, history: Path) -> Run:
    """`run`, with both versions of the change log in kept.db."""
    assert run("replay", str(history), "--store", "kept.db").code == 0
    return run


def test_versions_are_listed_with_what_each_costs(store: Run) -> None:
    first, second = store("snapshots", "list", "acme-log", "--json", *KEPT).json
    assert (first["version"], second["version"]) == ("acme-log@1", "acme-log@2")
    assert first["bytes"] == len(EARLIER.encode())
    assert second["sha256"] == hashlib.sha256(LOG.encode()).hexdigest()
    assert "acme-log@2" in store("snapshots", "list", "acme-log", *KEPT).out


def test_a_version_is_exported_byte_for_byte_and_replaces_nothing(store: Run, tmp_path: Path) -> None:
    assert store("snapshots", "export", "acme-log@1", "one.md", *KEPT).code == 0
    assert (tmp_path / "one.md").read_bytes() == EARLIER.encode()
    again = store("snapshots", "export", "acme-log", "one.md", *KEPT)
    assert (again.code, (tmp_path / "one.md").read_bytes()) == (2, EARLIER.encode())
    assert "exists already" in again.err
    assert store("snapshots", "export", "acme-log", "one.md", "--force", *KEPT).code == 0
    assert (tmp_path / "one.md").read_bytes() == LOG.encode()


def test_a_version_is_shown_as_it_is_read(store: Run) -> None:
    shown = store("snapshots", "show", "acme-log@2", "--json", *KEPT).json
    assert "Until then acme-chat points to acme-next." in shown["text"]
    assert shown["url"] == "https://docs.acme.example/log"
    assert "acme-next" in store("snapshots", "show", "acme-log", *KEPT).out


def test_a_comparison_tells_facts_first_and_then_the_words(store: Run) -> None:
    told = store("diff", "acme-log", "--json", *KEPT).json
    assert (told["from"], told["to"]) == ("acme-log@1", "acme-log@2")
    assert ("alias-retargeted", "acme-chat", "Acme-2", "acme-next") in {
        (c["kind"], c["subject"], c["before"], c["after"]) for c in told["changes"]
    }
    assert any("acme-next" in (text["after"] or "") for text in told["text"])
    shown = store("diff", "acme-log", "1", "2", *KEPT).out
    assert shown.index("alias-retargeted") < shown.index("+ The names acme-chat and acme-reasoner")
    assert "before" in store("diff", "acme-log", "--side-by-side", *KEPT).out
    assert "+ The names" not in store("diff", "acme-log", "--facts", *KEPT).out


def test_a_comparison_backwards_takes_the_end_back(store: Run) -> None:
    told = store("diff", "acme-log", "2", "1", "--json", *KEPT).json
    assert ("deprecation-withdrawn", "2026-07-24") in {(c["kind"], c["before"]) for c in told["changes"]}


def test_the_history_of_a_name_quotes_its_sources(store: Run) -> None:
    statements = store("history", "ACME chat", "--json", *KEPT).json["statements"]
    targets = [(s["value"], s["replaced"], s["snapshot"]) for s in statements if s["predicate"] == "alias.target"]
    assert targets == [("Acme-2", None, "acme-log@1"), ("acme-next", "Acme-2", "acme-log@2")]
    assert all(s["quote"] for s in statements)
    shown = store("history", "acme-chat", "--about", "alias", *KEPT).out
    assert "24 Apr 2026  acme-next" in shown
    assert "acme-log@2: “Until then acme-chat points to acme-next.”" in shown
    assert "lifecycle" not in shown


def test_the_history_as_known_earlier_lacks_what_came_later(store: Run) -> None:
    known = store("history", "acme-chat", "--known-at", "2026-02-01", "--json", *KEPT).json["statements"]
    assert [s["value"] for s in known if s["predicate"] == "alias.target"] == ["Acme-2"]


def test_reading_anew_with_the_same_extractors_changes_nothing(store: Run) -> None:
    (told,) = store("reextract", "--json", *KEPT).json["sources"]
    assert (told["versions"], told["facts_replaced"], told["facts_added"], told["changes"]) == (2, 0, 0, [])
    assert "0 changes that the old reading missed." in store("reextract", "acme-log", *KEPT).out


@pytest.mark.parametrize(
    ("arguments", "code", "sentence"),
    [
        (("diff", "nobody"), 1, "There is no source nobody."),
        (("diff", "acme-log", "7"), 1, "acme-log has no version 7. It has versions 1 to 2."),
        (("snapshots", "list", "nobody"), 1, "There is no source nobody."),
        (("snapshots", "show", "acme-log@x"), 2, '"x" is no number of a version.'),
        (("snapshots", "export", "acme-log@2", "nowhere/x.md"), 2, "cannot be written"),
        (("history", "nobody"), 1, "No document we hold says anything about nobody."),
        (("reextract", "nobody"), 1, "There is no source nobody."),
    ],
)
def test_what_is_not_there_is_said(store: Run, arguments: tuple[str, ...], code: int, sentence: str) -> None:
    answer = store(*arguments, *KEPT)
    assert (answer.code, sentence in answer.err, "Traceback" in answer.err) == (code, True, False)
