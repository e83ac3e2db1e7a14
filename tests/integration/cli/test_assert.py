"""`headwater assert` as a CI job runs it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.integration.cli.conftest import Run

KEPT = ("--database", "sqlite:///kept.db")
RELIED_ON = """acme-chat:
  alias.target: [Acme-next, acme-2]
  lives: {days} days
"""


@pytest.fixture
def kept(run: Run, history: Path) -> Run:
    """The commands on a store with a recorded history."""
    assert run("replay", str(history), "--store", "kept.db").code == 0
    return run


def test_a_file_of_what_is_relied_on(kept: Run, tmp_path: Path) -> None:
    (tmp_path / "relied-on.yaml").write_text(RELIED_ON.format(days=30))
    asked = ("assert", "--file", "relied-on.yaml", "--at", "2026-05-01", *KEPT)
    answer = kept(*asked)
    assert (answer.code, answer.err) == (0, "")
    assert answer.out.startswith("✓ acme-chat  alias.target: Acme-next or acme-2\n    acme-next · acme-log@2\n")
    (tmp_path / "relied-on.yaml").write_text(RELIED_ON.format(days=90))
    answer = kept(*asked)
    assert answer.code == 1
    assert "■ acme-chat  lives: no end within 90 days\n    ends 24 Jul 2026 (in 84 days) · acme-log@2 · " in answer.out
    assert (
        "relied-on.yaml:3\n    The names acme-chat and acme-reasoner will be discontinued on 2026-07-24." in answer.out
    )
    assert answer.err == "headwater: Of 2 expectations 1 holds, 1 is broken.\n"


def test_the_answer_for_programs(kept: Run) -> None:
    answer = kept("assert", "acme-chat", "alias.target=acme-9", "--at", "2026-05-01", "--json", *KEPT)
    assert (answer.code, answer.json["holds"]) == (1, False)
    (told,) = answer.json["expectations"]
    assert {key: told[key] for key in ("subject", "fact", "wanted", "verdict", "because", "value", "source")} == {
        "subject": "acme-chat",
        "fact": "alias.target",
        "wanted": "acme-9",
        "verdict": "broken",
        "because": "acme-next",
        "value": "acme-next",
        "source": "acme-log",
    }


def test_an_answer_may_be_too_old(kept: Run) -> None:
    answer = kept("assert", "acme-chat", "alias.target=acme-next", "--at", "2026-05-01", "--max-age", "2d", *KEPT)
    assert answer.code == 1
    assert "? acme-chat" in answer.out
    assert "acme-log was last read well 25 Apr 2026" in answer.out


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("acme: 1\n", "relied-on.yaml:1: A name wants facts under it"),
        ("acme:\n  lives: soon\n", 'relied-on.yaml:2: "soon" is not a duration.'),
        ("acme:\n  context: 1\n", 'relied-on.yaml:2: "context" is no fact.'),
        ("acme:\n  alias.target:\n", 'relied-on.yaml:2: "alias.target" is to be nothing at all.'),
        ("acme:\n  lives: 1d\n  lives: 2d\n", "relied-on.yaml:3: lives is given twice."),
        ("- acme\n", "relied-on.yaml:1: The file must map names to facts"),
        ("", "relied-on.yaml: there is nothing in it to assert."),
        ("acme: [\n", "relied-on.yaml:2: This is not YAML"),
    ],
)
def test_a_file_that_cannot_be_asserted(run: Run, tmp_path: Path, text: str, told: str) -> None:
    (tmp_path / "relied-on.yaml").write_text(text)
    answer = run("assert", "-f", "relied-on.yaml", *KEPT)
    assert answer.code == 3
    assert told in answer.err


@pytest.mark.parametrize(
    "arguments", [(), ("acme",), ("acme", "lives=1d", "-f", "x.yaml"), ("acme", "lives=long"), ("acme", "x=1")]
)
def test_wrong_usage_is_told(run: Run, arguments: tuple[str, ...]) -> None:
    answer = run("assert", *arguments, *KEPT)
    assert (answer.code, answer.out) == (2, "")
    assert answer.err.startswith("headwater: ")
