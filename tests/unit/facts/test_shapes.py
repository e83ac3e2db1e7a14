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


def test_the_lines_of_a_cell_have_conditions_of_their_own() -> None:
    page = (
        "## Acme 2 Pro\n\n| | Free | Paid, per 1M tokens in USD |\n| --- | --- | --- |\n"
        "| Output price (including thinking) | - | $10.00, prompts <= 200k tokens<br>$15.00, prompts > 200k tokens |\n"
        "| Input price | - | $0.30 (text / image)<br>$1.00 (audio) |\n"
        "| Context caching price | - | $0.31<br>$4.50 / 1,000,000 tokens per hour (storage price) |\n"
    )
    assert said(facts_of(page), "price") == {
        ("Acme 2 Pro", "output_price", "", "10"),
        ("Acme 2 Pro", "output_price", "long_context", "15"),
        ("Acme 2 Pro", "input_price", "text_image", "0.3"),
        ("Acme 2 Pro", "input_price", "audio", "1"),
        ("Acme 2 Pro", "input_price_cache_hit", "", "0.31"),
        ("Acme 2 Pro", "storage_price", "", "4.5"),
    }


def test_icons_are_ticks_and_crosses() -> None:
    mdx = "| Model | Tools | Images |\n| --- | --- | --- |\n| `acme-4` | <Check size={18} /> | <Cross size={18} /> |\n"
    html = (
        "<table><tr><th>Model</th><th>Tools</th><th>Images</th></tr><tr><td><code>acme-4</code></td>"
        '<td><svg class="icon icon-check"></svg></td><td><i class="fa fa-times"></i></td></tr></table>'
    )
    able = {("acme-4", "tools", "", "true"), ("acme-4", "images", "", "false")}
    assert said(facts_of(mdx, "text/mdx"), "capability") == able
    assert said(facts_of(html, "text/html"), "capability") == able
    unrendered = html.replace('<svg class="icon icon-check"></svg>', '<check size="18"></check>')
    assert said(facts_of(unrendered, "text/html"), "capability") == able


def test_each_rate_of_a_cell_counts() -> None:
    page = "| Model | Rate limits |\n| --- | --- |\n| acme-4-0709 | 2Mtpm480rpm |\n"
    (before, after) = (
        {f.value_key for f in facts_of(text) if f.area == "limit"} for text in (page, page.replace("480", "900"))
    )
    assert before != after


def test_a_default_prefix_is_an_address_of_the_api() -> None:
    page = "- **baseURL** _string_\n\n  Use a proxy. The default prefix is `https://api.acme.example/v1`.\n"
    assert {name for name, *_ in said(facts_of(page), "endpoint")} == {"https://api.acme.example/v1"}


def test_lines_of_prices_are_those_of_their_heading_or_of_the_page_s_model() -> None:
    lines = "- Input: $3 / 1M tokens\n- Output: $15 / 1M tokens\n"
    both = {("input_price", "3"), ("output_price", "15")}
    for page, name in (
        (f"# Acme 4\n\nWords.\n\n## Pricing\n\n{lines}", "Acme 4"),
        (f"# Pricing\n\n## Sonata Pro\n\n{lines}", "Sonata Pro"),
        (f"# Pricing\n\n## Sonata+\n\n{lines}", "Sonata+"),
    ):
        assert {(f[0], f[1], f[3]) for f in said(facts_of(page), "price")} == {(name, *fact) for fact in both}
    assert said(facts_of(f"# Prices\n\n## Batch API\n\n{lines}"), "price") == set()


def test_one_unit_may_hold_for_the_prices_before_it() -> None:
    for text in (
        "`acme-4` is priced at $3 / $15 per million input/output tokens.",
        "`acme-4` pricing: $3.00 input, $15.00 output per 1M tokens.",
        "`acme-4` pricing: $0.003 input, $0.015 output per 1K tokens.",
    ):
        assert {(f[0], f[1], f[3]) for f in said(facts_of(f"# Notes\n\n{text}\n"), "price")} == {
            ("acme-4", "input_price", "3"),
            ("acme-4", "output_price", "15"),
        }


def test_an_operation_may_be_written_with_its_host_and_ends_before_a_full_stop() -> None:
    page = "# Endpoints\n\n- Rank: `POST https://api.acme.example/v1/rerank`\n\nDo not use GET /v1/complete.\n"
    assert {fact[0] for fact in said(facts_of(page), "endpoint")} >= {"POST /v1/rerank", "GET /v1/complete"}


def test_a_page_of_one_model_writes_counts_and_features_on_lines_of_their_own() -> None:
    page = (
        "<main><h1>Acme 5</h1><div>Context window</div><div>400,000</div>"
        "<div>Max output tokens</div><div>128K tokens</div>"
        "<h2>Features</h2><ul><li>Streaming: Supported</li><li>Fine-tuning: Not supported</li></ul>"
        "<h2>Questions</h2><ul><li>Refunds: Yes</li></ul></main>"
    )
    facts = facts_of(page, "text/html")
    assert said(facts, "limit") == {
        ("Acme 5", "context_window", "", "400,000"),
        ("Acme 5", "max_output", "", "128K"),
    }
    assert said(facts, "capability") == {
        ("Acme 5", "streaming", "", "true"),
        ("Acme 5", "fine_tuning", "", "false"),
    }
    assert said(facts_of(page.replace("Acme 5", "Guide"), "text/html"), "limit") == set()
