"""Facts of data files and modules that list models."""

from __future__ import annotations

import json
from datetime import date

from tests.unit.facts.pages import facts_of, said


def test_prices_by_token_are_told_by_the_million_and_a_long_prompt_is_its_own_band() -> None:
    listing = {
        "acme/acme-pro-2": {
            "input_cost_per_token": 1.25e-06,
            "input_cost_per_token_above_200k_tokens": 2.5e-06,
            "output_cost_per_audio_token": 1e-05,
            "max_input_tokens": 262144,
            "supports_vision": True,
        }
    }
    found = facts_of(json.dumps(listing), "json")
    assert said(found, "price") == {
        ("acme/acme-pro-2", "input_price", "", "1.25"),
        ("acme/acme-pro-2", "input_price", "over_200k", "2.5"),
        ("acme/acme-pro-2", "output_price", "audio", "10"),
    }
    assert said(found, "limit") == {("acme/acme-pro-2", "context_window", "", "262144")}
    assert said(found, "capability") == {("acme/acme-pro-2", "supports_vision", "", "true")}


def test_a_provider_that_holds_its_models_is_passed_through() -> None:
    tree = {
        "name": "Acme",
        "pricing_urls": ["https://acme.example/pricing"],
        "models": [{"id": "acme-pro-2", "name": "Acme Pro 2", "prices": {"input_mtok": 0.5}}],
    }
    found = facts_of(json.dumps(tree), "json")
    assert said(found, "model") == {("acme-pro-2", "listed", "", "true")}
    assert said(found, "price") == {("acme-pro-2", "input_price", "", "0.5")}


def test_records_of_one_name_are_told_apart_by_their_tier() -> None:
    text = (
        "- model: Acme Pro 2\n  tier: Default\n  input: $5.00\n"
        "- model: Acme Pro 2\n  tier: Long context\n  input: $10.00\n"
    )
    assert said(facts_of(text, "yaml"), "price") == {
        ("Acme Pro 2", "input_price", "default", "5"),
        ("Acme Pro 2", "input_price", "long_context", "10"),
    }


def test_a_list_of_stages_lists_models_and_a_list_of_shutdowns_does_not() -> None:
    stages = (
        "- name: Acme Pro 2\n  release_status: GA\n- name: Acme Pro 1\n  release_status: 'Closing down: 2030-07-01'\n"
    )
    assert {name for name, *_ in said(facts_of(stages, "yaml"), "model")} == {"Acme Pro 2", "Acme Pro 1"}
    ends = "- name: Acme Pro 1\n  retirement_date: '2030-07-01'\n  suggested_alternative: Acme Pro 2\n"
    assert said(facts_of(ends, "yaml"), "model") == set()
    assert ("Acme Pro 1", "replacement", "", "Acme Pro 2") in said(facts_of(ends, "yaml"), "lifecycle")


def test_what_a_list_says_is_supported_is_a_capability() -> None:
    record = {"id": "acme/acme-pro-2", "context_length": 8192, "supported_parameters": ["tools"]}
    assert said(facts_of(json.dumps(record), "json"), "capability") == {("acme/acme-pro-2", "tools", "", "true")}


def test_dated_prices_hold_in_their_time() -> None:
    text = (
        "models:\n- id: acme-pro-2\n  prices:\n  - prices: {input_mtok: 3}\n"
        "  - constraint: {start_date: 2030-02-01}\n    prices: {input_mtok: 2}\n"
        "  - constraint: {start_date: 2030-06-01}\n    prices: {input_mtok: 1}\n"
    )
    before, now = (facts_of(text, "yaml", today=day) for day in (date(2030, 1, 1), date(2030, 3, 1)))
    assert ("acme-pro-2", "input_price", "", "3") in said(before, "price")
    assert said(now, "price") == {
        ("acme-pro-2", "input_price", "", "2"),
        ("acme-pro-2", "input_price", "scheduled", "1"),
    }


def test_tiers_by_prompt_size_are_bands() -> None:
    prices = {"input_mtok": {"base": 1.25, "tiers": [{"start": 200000, "price": 2.5}]}}
    text = json.dumps({"models": [{"id": "acme-pro-2", "prices": prices}]})
    assert said(facts_of(text, "json"), "price") == {
        ("acme-pro-2", "input_price", "", "1.25"),
        ("acme-pro-2", "input_price", "over_200000", "2.5"),
    }


def test_a_list_of_ends_is_no_list_of_what_is_offered() -> None:
    found = facts_of(
        json.dumps([{"model_id": "acme-pro-1", "shutdown_date": "2030-07-24", "replacement": "acme-pro-2"}]), "json"
    )
    assert said(found, "model") == set()
    assert said(found, "lifecycle") == {
        ("acme-pro-1", "retirement_date", "", "2030-07-24"),
        ("acme-pro-1", "replacement", "", "acme-pro-2"),
    }


def test_a_status_is_a_stage_an_end_with_its_day_or_a_status() -> None:
    rows = [("acme-pro-1", "Closing down: 2030-02-17"), ("acme-pro-2", "GA"), ("acme-pro-3", "deprecated")]
    text = "".join(f"- name: {name}\n  release_status: '{status}'\n  ask_mode: true\n" for name, status in rows)
    found = facts_of(text, "yaml")
    assert said(found, "lifecycle") == {
        ("acme-pro-1", "retirement_date", "", "2030-02-17"),
        ("acme-pro-3", "status", "", "deprecated"),
    }
    assert ("acme-pro-2", "release_stage", "", "GA") in said(found, "capability")


def test_aliases_and_modalities_of_a_models_endpoint() -> None:
    model = {
        "id": "acme-pro-2",
        "object": "model",
        "aliases": ["acme-pro-latest"],
        "input_modalities": ["text", "image"],
    }
    found = facts_of(json.dumps({"data": [model]}), "json")
    assert said(found, "alias") == {("acme-pro-latest", "target", "", "acme-pro-2")}
    assert ("acme-pro-2", "input_image", "", "true") in said(found, "capability")


def test_a_typescript_module_is_read_as_the_table_it_assigns() -> None:
    module = (
        "export const acmeModels: Record<string, ModelInfo> = {\n"
        "  'acme-pro-2': { contextWindow: 131_072, inputPrice: 0.6, supportsImages: false },\n} as const\n"
    )
    found = facts_of(module, "text/plain")
    assert said(found, "limit") == {("acme-pro-2", "context_window", "", "131072")}
    assert said(found, "price") == {("acme-pro-2", "input_price", "", "0.6")}


def test_a_hub_record_names_the_license_its_card_calls_other() -> None:
    record = {
        "id": "acme/Acme-Pro-2",
        "modelId": "acme/Acme-Pro-2",
        "cardData": {"license": "other", "license_name": "acme-research"},
    }
    assert ("acme/Acme-Pro-2", "license", "", "acme-research") in said(facts_of(json.dumps(record), "json"), "license")


def test_a_configuration_states_limits_of_the_model_it_belongs_to() -> None:
    config = {"architectures": ["AcmeForCausalLM"], "max_position_embeddings": 262144, "vocab_size": 1000}
    assert said(facts_of(json.dumps(config), "json"), "limit") == {("*", "max_position_embeddings", "", "262144")}


def test_a_mapping_of_aliases_says_what_each_stands_for() -> None:
    text = '[[models]]\nid = "acme-3"\ncontext_window = 8192\n\n[aliases]\nacme-latest = "acme-3"\nacme-3 = "acme-3"\n'
    assert said(facts_of(text, "application/toml"), "alias") == {("acme-latest", "target", "", "acme-3")}


def test_an_end_may_lie_in_a_mapping_of_its_own_and_a_flag_may_say_it() -> None:
    text = (
        '{"data": [{"id": "acme-2", "max_tokens": 8192, "active": true, "deprecation": {"date": "2030-06-01"}},'
        ' {"id": "acme-1", "max_tokens": 8192, "active": false}]}'
    )
    assert said(facts_of(text, "application/json"), "lifecycle") == {
        ("acme-2", "deprecation_date", "", "2030-06-01"),
        ("acme-1", "status", "", "inactive"),
    }
