"""Shapes of pages whose meaning stands beside the value: the address, the heading, a header row, a component."""

from __future__ import annotations

from tests.unit.facts.pages import facts_of, said


def test_a_page_about_one_model_need_not_repeat_its_name() -> None:
    page = (
        "ACME-4\n\nPrice\n\n131,072 context window\n\nText tokens\n\nPer 1M tokens\n\nInput\n\n$4.00\n\n"
        "Output\n\n$12.00\n\nAlias\n\nacme-4-latest\n"
    )
    facts = facts_of(page, url="https://docs.acme.example/models/acme-4-latest")
    assert said(facts, "price") == {
        ("acme-4-latest", "input_price", "", "4"),
        ("acme-4-latest", "output_price", "", "12"),
    }
    assert said(facts, "limit") == {("acme-4-latest", "context_window", "", "131,072")}
    assert said(facts_of(page, url="https://docs.acme.example/models"), "price") == set()


def test_a_comparison_with_other_models_is_not_about_the_page_s_own() -> None:
    page = "Text tokens\n\nPer 1M tokens\n\nInput\n\n$4.00\n\nQuick comparison\n\nacme-4-mini\n\n$0.15\n\nacme-4\n"
    facts = facts_of(page, url="https://docs.acme.example/models/acme-4")
    assert said(facts, "price") == {("acme-4", "input_price", "", "4")}


def test_the_order_of_two_prices_is_what_the_page_says_it_is() -> None:
    page = (
        "Prices are given as output / input per 1M tokens.\n\n| Model | Price |\n| --- | --- |\n"
        "| acme-4 | $8 / $2 |\n| acme-3 | $4 / $1 |\n"
    )
    assert said(facts_of(page), "price") >= {
        ("acme-4", "output_price", "", "8"),
        ("acme-4", "input_price", "", "2"),
    }


def test_a_header_row_in_a_table_of_its_own_heads_the_next_table() -> None:
    page = (
        "<table><tr><th>Model</th><th>Input price per 1M tokens</th></tr></table>"
        "<table><tr><td>acme-4</td><td>$2</td></tr><tr><td>acme-3</td><td>$1</td></tr></table>"
    )
    assert ("acme-4", "input_price", "", "2") in said(facts_of(page, "text/html"), "price")


def test_an_equivalent_in_brackets_is_what_the_alias_stands_for() -> None:
    page = (
        "| Model | Context |\n| --- | --- |\n| `acme-plus`<br>Currently equivalent to `acme-plus-0428` | 128K |\n"
        "| `acme-max` | 32K |\n"
    )
    assert ("acme-plus", "target", "", "acme-plus-0428") in said(facts_of(page), "alias")


def test_constants_of_an_mdx_page_stand_where_they_are_used() -> None:
    page = "export const latest = 'acme-4-0601'\n\n# Models\n\nThe alias `acme-latest` points to `{latest}`.\n"
    assert ("acme-latest", "target", "", "acme-4-0601") in said(facts_of(page, "text/mdx"), "alias")


def test_the_enum_of_a_model_parameter_lists_models() -> None:
    page = (
        '{"openapi": "3.1.0", "info": {"title": "Acme", "version": "1"}, "paths": {"/v1/chat": {"post": {"requestBody":'
        '{"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Chat"}}}}, "responses": {}}}},'
        '"components": {"schemas": {"Chat": {"type": "object", "properties": {"model": {"$ref":'
        '"#/components/schemas/Models"}}}, "Models": {"type": "string", "enum": ["acme-4", "acme-3-mini"]}}}}'
    )
    facts = facts_of(page, "application/json")
    assert {subject for subject, *_ in said(facts, "model")} == {"acme-4", "acme-3-mini"}
    assert ("POST /v1/chat", "operation", "", "/v1/chat") in said(facts, "endpoint")


def test_names_after_a_colon_are_what_the_sentence_ends() -> None:
    page = "# Notes\n\nThe following preview models will be shut down on December 9, 2030: `acme-live-preview`.\n"
    assert said(facts_of(page), "lifecycle") == {("acme-live-preview", "retirement_date", "", "2030-12-09")}


def test_units_other_than_tokens_are_read_from_sentences() -> None:
    page = "# News\n\n## 2030-01-02\n\nWe reduced the price of `acme-draw-2` to $0.04 per image.\n"
    assert said(facts_of(page), "price") == {("acme-draw-2", "price", "", "0.04")}
