"""States of life that stand around a name."""

from __future__ import annotations

import pytest

from tests.unit.facts.pages import facts_of, said


def test_a_cell_says_what_becomes_of_the_name_it_holds() -> None:
    page = (
        "| Model | API model ID |\n| --- | --- |\n"
        "| Acme 3 <br /><small>Deprecated. Retiring May 11, 2030.</small> | `acme-3-0219` |\n"
        "| Acme 2 <br /><small>Retired</small> | `acme-2-0219` |\n| Acme 4 | `acme-4` |\n"
    )
    assert said(facts_of(page), "lifecycle") == {
        ("acme-3-0219", "retirement_date", "", "2030-05-11"),
        ("acme-2-0219", "status", "", "retired"),
    }


def test_what_stands_over_a_table_holds_for_its_rows() -> None:
    table = "| Model ID | Context |\n| --- | --- |\n| acme-2 | 8K |\n| acme-1 | 4K |\n"
    expected = {("acme-2", "status", "", "retired"), ("acme-1", "status", "", "retired")}
    assert said(facts_of(f"## Retired models\n\n{table}"), "lifecycle") == expected
    assert said(facts_of(f"The following models are **retired**:\n\n{table}"), "lifecycle") == expected
    assert said(facts_of(f"## Models\n\n{table}"), "lifecycle") == set()


def test_a_heading_with_a_day_ends_what_the_table_under_it_lists() -> None:
    table = "| Model | Replacement |\n| --- | --- |\n| acme-2-0919 | acme-4-max |\n| acme-1-0809 | acme-4-plus |\n"
    ends = {("acme-2-0919", "retirement_date", "", "2030-10-20"), ("acme-1-0809", "retirement_date", "", "2030-10-20")}
    for heading in ("Models to be shut down on October 20, 2030", "2030年10月20日将下线模型"):
        assert ends <= said(facts_of(f"### {heading}\n\n{table}"), "lifecycle")
    assert not ends & said(facts_of(f"### Replacements for models retired on October 20, 2030\n\n{table}"), "lifecycle")


def test_a_replacement_that_is_deprecated_itself_does_not_end_what_it_replaces() -> None:
    page = "| Model | Price |\n| --- | --- |\n| `acme-5` (replaces Acme 2 (deprecated)) | $1 |\n| `acme-6` | $2 |\n"
    assert ("acme-5", "status", "", "deprecated") not in said(facts_of(page), "lifecycle")


@pytest.mark.parametrize(
    "page",
    [
        "# Notice\n\nThe following models will be removed on October 20, 2030:\n\n| Model | Use |\n| --- | --- |\n",
        "# Notice\n\nWe will be removing a list of models on October 20, 2030 (UTC).\n\n## Impacted models\n\n"
        "See below.\n\n| Impacted model | Recommended alternative |\n| --- | --- |\n",
    ],
)
def test_one_day_for_all_that_a_table_lists_is_said_above_it(page: str) -> None:
    facts = facts_of(page + "| acme-3-mini | acme-4-mini |\n| acme-3-large | acme-4-large |\n")
    assert {fact for fact in said(facts, "lifecycle") if fact[1] != "replacement"} == {
        ("acme-3-mini", "retirement_date", "", "2030-10-20"),
        ("acme-3-large", "retirement_date", "", "2030-10-20"),
    }


def test_a_day_that_is_said_of_other_models_is_not_that_of_a_table() -> None:
    page = (
        "# Notice\n\nWe will be removing `acme-2` on October 20, 2030.\n\n| Model | Context window |\n| --- | --- |\n"
        "| acme-3-mini | 128K |\n| acme-3-large | 256K |\n"
    )
    assert {fact[0] for fact in said(facts_of(page), "lifecycle")} == {"acme-2"}


def test_names_of_any_form_are_listed_under_the_words_that_end_them() -> None:
    page = "# 公告\n\n以下模型服务将于2030年4月15日停止服务，届时将无法调用：\n\n- ACME-3.5-8K-2906\n- ACME-Lite-8K\n"
    assert {fact[0] for fact in said(facts_of(page), "lifecycle")} == {"ACME-3.5-8K-2906", "ACME-Lite-8K"}


def test_headings_that_tell_what_happened_to_models_name_none() -> None:
    page = "# Changelog\n\n## Acme 1.6 models deprecation\n\nA.\n\n## Acme 2 release\n\nB.\n\n## Acme 1.5\n\nC.\n"
    assert said(facts_of(page), "model") == set()


def test_a_list_of_ends_may_give_nothing_but_days_and_names() -> None:
    page = (
        "# Shutdowns\n\n- **2030-06-30**: `acme-2`, `acme-2-mini` (replacement: `acme-4-mini`)\n"
        "- **2030-07-31**: a talk about `acme-3`\n"
    )
    assert said(facts_of(page.replace("Shutdowns", "Upcoming shutdowns, removed models")), "lifecycle") == {
        ("acme-2", "retirement_date", "", "2030-06-30"),
        ("acme-2-mini", "retirement_date", "", "2030-06-30"),
    }
    assert said(facts_of(page.replace("Shutdowns", "Events")), "lifecycle") == set()
