"""Models that dated entries release."""

from __future__ import annotations

from datetime import date

import pytest

from tests.unit.facts.pages import facts_of


@pytest.mark.parametrize(
    ("entry", "names"),
    [
        ("- 2030-01-02: We released Acme 4 (`acme-4-0102`).", {"acme-4-0102"}),
        ("- 🔥 News: 2030/01/02: 我们开源了 Acme-4-9B 模型。", {"Acme-4-9B"}),
        ("[2030.01.02] We release `acme-4-72b`.", {"acme-4-72b"}),
        (
            "- 2030-01-02: [Acme 4 Pro](/a) (`acme-4-pro`) and Acme 4 Mini (`acme-4-mini`) are generally available.",
            {"acme-4-pro", "acme-4-mini"},
        ),
        ("- 2030-01-02: We added support for `acme-4-0102` in the SDK.", set()),
        ("We released Acme 4 (`acme-4-0102`).", set()),
    ],
)
def test_a_dated_entry_lists_what_it_releases(entry: str, names: set[str]) -> None:
    assert {fact.subject for fact in facts_of(entry) if fact.predicate == "model.listed"} == names


def test_a_day_may_leave_its_year_to_the_heading_above() -> None:
    (fact,) = (f for f in facts_of("## August, 2030\n\n### Aug 26\n\nReleased `acme-4-0826`.\n") if f.area == "model")
    assert fact.valid_from is not None
    assert fact.valid_from.date().isoformat() == "2030-08-26"


def test_a_change_log_may_be_kept_by_months() -> None:
    page = "# Changelog\n\n## February 2030\n\n- Added `acme-4-vision` with image input\n- Removed `acme-1`\n"
    facts = facts_of(page, today=date(2030, 3, 1))
    assert {(f.subject, f.predicate, f.value) for f in facts} == {
        ("acme-4-vision", "model.listed", "true"),
        ("acme-1", "lifecycle.status", "retired"),
    }
    assert {f.valid_from.date() for f in facts if f.valid_from} == {date(2030, 2, 1)}
