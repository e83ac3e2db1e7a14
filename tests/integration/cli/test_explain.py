"""`headwater explain` as a reviewer runs it: on a file, on a source, on what cannot be read."""

from __future__ import annotations

from pathlib import Path

from tests.integration.cli.conftest import Run

PAGE = (
    "<html><head><title>Prices</title></head><body><nav><a href='/'>Home</a></nav><main><h1>Prices</h1>"
    "<table><tr><th>Model</th><th>Output price per 1M tokens</th></tr><tr><td>acme-4</td><td>$1.50</td></tr></table>"
    "<p>Last updated: 2030-01-02</p></main><footer>Acme Inc.</footer></body></html>"
)


def test_a_file_is_shown_with_its_facts_and_what_was_left_out(run: Run, tmp_path: Path) -> None:
    (tmp_path / "prices.html").write_text(PAGE)
    shown = run("explain", "prices.html")
    assert shown.code == 0
    assert "acme-4  price.output_price = 1.5" in shown.out
    assert "Left out" in shown.out
    assert "Last updated" in shown.out
    told = run("explain", "prices.html", "--json").json
    assert {(fact["subject"], fact["predicate"]) for block in told["blocks"] for fact in block["facts"]} >= {
        ("acme-4", "price.output_price"),
        ("acme-4", "model.listed"),
    }


def test_a_version_of_a_source_is_shown_from_the_store(run: Run, history: Path) -> None:
    assert run("replay", str(history), "--store", "kept.db").code == 0
    first, second = (run("explain", f"acme-log@{number}", "--database", "sqlite:///kept.db").out for number in (1, 2))
    assert "acme-next" not in first
    assert "acme-chat  lifecycle.retirement_date = 2026-07-24" in second


def test_a_statement_that_a_newer_one_overrules_says_so(run: Run, tmp_path: Path) -> None:
    page = "# Models\n\n`acme-chat` points to `acme-3`.\n\n## 2026-01-02\n\n`acme-chat` now points to `acme-4`.\n"
    (tmp_path / "models.md").write_text(page)
    assert "acme-chat  alias.target = acme-3  sure to 95%  overruled by acme-4" in run("explain", "models.md").out
    facts = [fact for block in run("explain", "models.md", "--json").json["blocks"] for fact in block["facts"]]
    assert [fact["overruled_by"] and fact["overruled_by"]["value"] for fact in facts] == ["acme-4", None]


def test_what_cannot_be_explained_gets_a_sentence(run: Run, tmp_path: Path) -> None:
    (tmp_path / "broken.json").write_text('{"models": [')
    broken = run("explain", "broken.json")
    assert (broken.code, broken.out) == (1, "")
    assert "broken.json cannot be read as a document. This is not valid JSON" in broken.err
    assert run("explain", "nothing-here").code == 2
