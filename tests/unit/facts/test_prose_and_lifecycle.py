"""Facts of sections, lists and status tables."""

from __future__ import annotations

from datetime import UTC, datetime

from tests.unit.facts.pages import facts_of, said


def test_a_dated_section_dates_what_it_says() -> None:
    page = (
        "# Change Log\n\n## Date: 2030-04-24\n\nThe `acme-chat` model has been upgraded to "
        "Acme-V4.\n\n## Date: 2029-12-26\n\nThe `acme-chat` model has been upgraded to Acme-V3.\n"
    )
    targets = {(f.value, f.valid_from) for f in facts_of(page) if f.predicate == "alias.target"}
    assert targets == {("Acme-V4", datetime(2030, 4, 24, tzinfo=UTC)), ("Acme-V3", datetime(2029, 12, 26, tzinfo=UTC))}


def test_a_list_under_a_lead_that_ends_it_is_ended() -> None:
    page = (
        "### 2030-04-04: Older models\n\nEffective April 4th, 2030, the following models will be "
        "retired:\n\n- `embed-small-v2`\n- `chorus-8b`\n\n"
        "We encourage you to migrate to:\n\n- `embed-small-v3`\n"
    )
    assert said(facts_of(page), "lifecycle") == {
        ("embed-small-v2", "retirement_date", "", "2030-04-04"),
        ("chorus-8b", "retirement_date", "", "2030-04-04"),
    }


def test_a_status_table_gives_one_fact_for_each_date() -> None:
    page = (
        "| API Model Name | Current State | Deprecated | Tentative Retirement Date |\n| --- | --- | --- | --- |\n"
        "| `sonata-3-20290307` | Active | N/A | Not sooner than March 7, 2030 |\n| "
        "`sonata-2-20280101` | Deprecated | June 30, 2029 | January 5, 2030 |\n"
    )
    facts = facts_of(page)
    assert said(facts, "lifecycle") == {
        ("sonata-3-20290307", "status", "", "Active"),
        ("sonata-3-20290307", "retirement_date", "", "2030-03-07"),
        ("sonata-2-20280101", "status", "", "Deprecated"),
        ("sonata-2-20280101", "deprecation_date", "", "2029-06-30"),
        ("sonata-2-20280101", "retirement_date", "", "2030-01-05"),
    }
    assert {
        f.precision.value for f in facts if f.subject == "sonata-3-20290307" and f.attribute == "retirement_date"
    } == {"not-sooner-than"}


def test_an_address_that_carries_its_own_end() -> None:
    page = (
        "Special is served via a temporary endpoint: "
        'base_url="https://api.acme.example/v3_special_expires_on_20301215".\n'
    )
    assert ("https://api.acme.example/v3_special_expires_on_20301215", "retirement_date", "", "2030-12-15") in said(
        facts_of(page), "lifecycle"
    )


def test_licenses_by_front_matter_badge_statement_and_text() -> None:
    assert said(facts_of("---\nlicense: mit\n---\n# Acme-V3\n"), "license") == {("*", "license", "", "MIT")}
    assert said(facts_of("---\nlicense: other\nlicense_name: acme-terms\n---\n# Acme-V3\n"), "license") == {
        ("*", "license", "", "acme-terms")
    }
    statement = (
        "# Acme\n\n## License\n\nThis repository and the model weights are licensed under the [MIT License](LICENSE).\n"
    )
    assert said(facts_of(statement), "license") == {("*", "license", "", "MIT")}
    badges = (
        "# Acme\n\n![Code License](https://img.shields.io/badge/Code_License-MIT-blue) ![Model "
        "License](https://img.shields.io/badge/Model_License-Model_Agreement-blue)\n"
    )
    assert said(facts_of(badges), "license") == {
        ("*", "license", "badge.code", "MIT"),
        ("*", "license", "badge.model", "Model Agreement"),
    }


def test_records_of_data_files_are_models_with_prices_and_limits() -> None:
    text = (
        '{"models": [{"id": "acme-5", "name": "Acme 5", "cost": {"input": 2.5, "output": 10, '
        '"cache_read": null}, "limit": {"context": 128000}, "reasoning": true}]}'
    )
    facts = facts_of(text, "application/json")
    assert said(facts, "price") == {("acme-5", "input_price", "", "2.5"), ("acme-5", "output_price", "", "10")}
    assert said(facts, "limit") == {("acme-5", "context_window", "", "128000")}
    assert said(facts, "capability") == {("acme-5", "reasoning", "", "true")}


def test_operations_of_an_api_description() -> None:
    text = (
        "openapi: 3.1.0\nservers:\n  - url: https://api.acme.example/v1\npaths:\n  /chat:\n    "
        "post:\n      operationId: chat\n      deprecated: true\n"
        "      requestBody:\n        content:\n          application/json:\n            schema:\n    "
        "          type: object\n              required: [model]\n"
        "              properties:\n                model: {type: string, enum: [acme-5]}\n          "
        "      stream: {type: boolean}\n"
    )
    facts = facts_of(text, "application/yaml")
    assert ("POST /chat", "operation", "", "/chat") in said(facts, "endpoint")
    assert ("POST /chat", "parameter", "model", "required") in said(facts, "endpoint")
    assert ("POST /chat", "parameter", "stream", "optional") in said(facts, "endpoint")
    assert said(facts, "lifecycle") == {("POST /chat", "status", "", "deprecated")}


def test_an_entry_that_begins_with_its_day_is_dated() -> None:
    page = (
        "# Notes\n\n- **2030-03-01**: The `acme-chat` model has been upgraded to Acme-V4.\n- 2030-01-02: "
        "The `acme-chat` model has been upgraded to Acme-V3.\n"
    )
    targets = {(f.value, f.valid_from) for f in facts_of(page) if f.predicate == "alias.target"}
    assert targets == {("Acme-V4", datetime(2030, 3, 1, tzinfo=UTC)), ("Acme-V3", datetime(2030, 1, 2, tzinfo=UTC))}


def test_an_announced_target_holds_from_its_day() -> None:
    page = "# Notes\n\nStarting June 1, 2030, `acme-latest` will point to `acme-5-pro`.\n"
    (fact,) = [f for f in facts_of(page) if f.predicate == "alias.target"]
    assert (fact.value, fact.valid_from) == ("acme-5-pro", datetime(2030, 6, 1, tzinfo=UTC))
