"""Facts of specification tables: prices, limits, capabilities, aliases, addresses."""

from __future__ import annotations

from datetime import date

from tests.unit.facts.pages import PRICING, facts_of, said


def test_prices_have_their_attribute_and_a_promotion_stands_beside_its_list_price() -> None:
    assert said(facts_of(PRICING), "price") == {
        ("acme-swift", "input_price_cache_hit", "", "0.02"),
        ("acme-pro", "input_price_cache_hit", "", "0.08"),
        ("acme-pro", "input_price_cache_hit", "promo", "0.04"),
        ("acme-swift", "output_price", "", "0.28"),
        ("acme-pro", "output_price", "", "0.87"),
    }


def test_limits_keep_the_writing_of_the_page() -> None:
    assert said(facts_of(PRICING), "limit") == {
        ("acme-swift", "context_window", "", "128K"),
        ("acme-pro", "context_window", "", "1M"),
        ("acme-swift", "default_output", "", "4K"),
        ("acme-swift", "max_output", "", "8K"),
        ("acme-pro", "max_output", "", "384K"),
        ("acme-swift", "concurrency", "", "2500"),
        ("acme-pro", "concurrency", "", "500"),
    }


def test_ticks_and_crosses_are_capabilities() -> None:
    assert said(facts_of(PRICING), "capability") == {
        ("acme-swift", "json_output", "", "true"),
        ("acme-pro", "json_output", "", "false"),
    }


def test_the_version_row_says_what_a_name_stands_for_and_in_which_mode() -> None:
    aliases = {f.subject: (f.value, f.detail.get("mode")) for f in facts_of(PRICING) if f.predicate == "alias.target"}
    assert aliases == {"acme-swift": ("Acme-V4-Swift", "thinking"), "acme-pro": ("Acme-V4-Pro-0813", None)}


def test_an_address_is_one_endpoint_however_often_it_stands() -> None:
    assert said(facts_of(PRICING), "endpoint") == {
        ("https://api.acme.example", "base_url", "openai", "https://api.acme.example")
    }


def test_every_fact_is_proved_by_words_of_the_page() -> None:
    for fact in facts_of(PRICING):
        assert 0 < len(fact.evidence.quote) <= 400
        assert fact.evidence.block


def test_a_table_announced_for_later_is_scheduled_beside_what_holds() -> None:
    page = PRICING + (
        "\nThe new prices take effect at 16:00 UTC on August 16, 2030, as follows:\n\n"
        "| MODEL | BAND | 1M INPUT TOKENS (CACHE HIT) | 1M OUTPUT TOKENS |\n| --- | --- | --- | --- |\n"
        "| acme-swift | OFF-PEAK | $0.03 | $0.33 |\n| acme-swift | PEAK | $0.06 | $0.66 |\n"
    )
    prices = {
        (f.attribute, f.qualifier, f.value)
        for f in facts_of(page, today=date(2030, 8, 1))
        if f.area == "price" and f.subject == "acme-swift"
    }
    assert ("output_price", "scheduled.off_peak", "0.33") in prices
    assert ("output_price", "scheduled.peak", "0.66") in prices
    assert ("output_price", "", "0.28") in prices


def test_an_announced_table_that_stands_alone_is_in_force_once_its_day_has_come() -> None:
    page = (
        "New prices take effect on August 16, 2030:\n\n| MODEL | 1M OUTPUT TOKENS |\n| --- | --- |\n| "
        "acme-swift | $0.33 |\n| acme-pro | $0.99 |\n"
    )
    before = {f.qualifier for f in facts_of(page, today=date(2030, 8, 1)) if f.area == "price"}
    after = {f.qualifier for f in facts_of(page, today=date(2030, 8, 20)) if f.area == "price"}
    assert (before, after) == ({"scheduled"}, {""})


def test_an_api_id_leads_its_display_name() -> None:
    page = (
        "| Feature | Sonata Opera 4.6 | Sonata Aria 4.5 |\n| --- | --- | --- |\n"
        "| **API ID** | sonata-opera-4-6 | sonata-aria-4-5-20301001 |\n| **API alias** | "
        "sonata-opera-4-6 | sonata-aria-4-5 |\n"
        "| **Pricing** | \\$5 / input MTok<br/>\\$25 / output MTok | \\$1 / input MTok<br/>\\$5 / output MTok |\n"
    )
    facts = facts_of(page)
    assert ("sonata-opera-4-6", "output_price", "", "25") in said(facts, "price")
    assert ("sonata-aria-4-5-20301001", "input_price", "", "1") in said(facts, "price")
    assert said(facts, "alias") == {("sonata-aria-4-5", "target", "", "sonata-aria-4-5-20301001")}


def test_rows_of_one_name_are_told_apart_by_the_length_they_are_for() -> None:
    page = (
        "| 模型 | 上下文 | 输入 | 输出 |\n| --- | --- | --- | --- |\n"
        "| Acme-4 | 输入长度 [0, 32K) | 2元 / 百万tokens | 8元 / 百万tokens |\n"
        "| Acme-4 | 输入长度 [32K, 200K) | 4元 / 百万tokens | 16元 / 百万tokens |\n"
    )
    assert said(facts_of(page), "price") == {
        ("Acme-4", "input_price", "输入长度_0_32k", "2"),
        ("Acme-4", "output_price", "输入长度_0_32k", "8"),
        ("Acme-4", "input_price", "输入长度_32k_200k", "4"),
        ("Acme-4", "output_price", "输入长度_32k_200k", "16"),
    }


def test_rows_of_one_name_are_told_apart_by_what_goes_in_not_by_the_side_that_is_paid() -> None:
    page = (
        "| Model | Modality | Type | Price per 1M tokens |\n| --- | --- | --- | --- |\n"
        "| acme-live-4 | Text | Input | $4 |\n| acme-live-4 | Audio | Output | $64 |\n"
    )
    assert said(facts_of(page), "price") == {
        ("acme-live-4", "input_price", "text", "4"),
        ("acme-live-4", "output_price", "audio", "64"),
    }


def test_what_costs_nothing_has_a_price_where_others_have_one() -> None:
    page = (
        "| Model | Input | Output | Tier |\n| --- | --- | --- | --- |\n"
        "| acme-4-swift | Free | 免费 | Free |\n| acme-4-pro | $2 / 1M tokens | $8 / 1M tokens | Paid |\n"
    )
    assert {fact for fact in said(facts_of(page), "price") if fact[0] == "acme-4-swift"} == {
        ("acme-4-swift", "input_price", "", "0"),
        ("acme-4-swift", "output_price", "", "0"),
    }


def test_a_row_of_units_under_the_header_says_what_its_columns_count() -> None:
    page = (
        "| 模型名称 | 上下文长度 | 输入成本 | 输出成本 |\n| --- | --- | --- | --- |\n"
        "| | (Token数) | (每千Token) | (每千Token) |\n| acme-max-4 | 32,768 | 0.0024元 | 0.0096元 |\n"
    )
    assert said(facts_of(page), "price") == {
        ("acme-max-4", "input_price", "", "2.4"),
        ("acme-max-4", "output_price", "", "9.6"),
    }


def test_a_display_name_beside_its_id_in_one_cell_leaves_the_id() -> None:
    page = (
        "| Model | Retirement date |\n| --- | --- |\n| Acme Mini 3B `acme-mini-3b-2910` | 2030/12/31 |\n"
        "| Acme Code 2901 `acme-code-2901` | 2030/05/31 |\n"
    )
    assert {fact.subject for fact in facts_of(page) if fact.area == "lifecycle"} == {
        "acme-mini-3b-2910",
        "acme-code-2901",
    }


def test_a_bracket_before_an_amount_is_about_that_amount() -> None:
    page = (
        "| Base model | $ / 1M tokens |\n| --- | --- |\n"
        "| Acme K2 Instruct, Acme K2 Thinking | $0.60 input (cached: $0.15), $2.80 output |\n"
    )
    expected = {("input_price", "0.6"), ("input_price_cache_hit", "0.15"), ("output_price", "2.8")}
    for name in ("Acme K2 Instruct", "Acme K2 Thinking"):
        assert {(f[1], f[3]) for f in said(facts_of(page), "price") if f[0] == name} == expected


def test_a_column_of_measures_labels_the_limits_of_its_rows() -> None:
    page = (
        "| Tier | Rate limits | Acme Free | Acme Pro |\n| --- | --- | --- | --- |\n"
        "| Acme-4 | Requests per minute | 15 | 20 |\n| Acme-4 | Requests per day | 150 | 300 |\n"
    )
    assert said(facts_of(page), "limit") == {
        ("Acme-4", "requests_per_minute", "acme_free", "15"),
        ("Acme-4", "requests_per_minute", "acme_pro", "20"),
        ("Acme-4", "requests_per_day", "acme_free", "150"),
        ("Acme-4", "requests_per_day", "acme_pro", "300"),
    }


def test_a_cell_may_state_the_unit_of_its_rates() -> None:
    page = (
        "| Endpoint | Without API key | With API key |\n| --- | --- | --- |\n"
        "| `acme-embed-4` | block | 500 RPM & 1,000,000 TPM |\n| `acme-rank-4` | 20 requests/minute | 5 things |\n"
    )
    assert said(facts_of(page), "limit") == {
        ("acme-embed-4", "requests_per_minute", "with_api_key", "500"),
        ("acme-embed-4", "tokens_per_minute", "with_api_key", "1,000,000"),
        ("acme-rank-4", "requests_per_minute", "without_api_key", "20"),
    }


def test_a_section_of_prices_on_demand_and_in_batches_leaves_the_band_to_its_columns() -> None:
    columns = "| Model | Per 1,000 input tokens | Per 1,000 input tokens (batch) |\n| --- | --- | --- |\n"
    row = "| Acme Aria 4 | $0.003 | $0.0015 |\n"
    for heading in ("On-demand and batch pricing", "Batch pricing"):
        assert said(facts_of(f"# Prices\n\n## {heading}\n\n{columns}{row}"), "price") == {
            ("Acme Aria 4", "input_price", "", "3"),
            ("Acme Aria 4", "input_price", "batch", "1.5"),
        }


def test_a_status_may_say_when_a_model_closes_down() -> None:
    page = "| Model | Release status | Chat |\n| --- | --- | --- |\n| Acme Aria 4 | Closing down: 2030-03-17 | ✓ |\n"
    assert said(facts_of(page), "lifecycle") == {("Acme Aria 4", "retirement_date", "", "2030-03-17")}


def test_aliases_are_read_beside_the_version_they_refer_to() -> None:
    page = "| Auto-updated alias | Referenced stable version |\n| --- | --- |\n| `acme-swift` | `acme-swift-001` |\n"
    assert said(facts_of(page), "alias") == {("acme-swift", "target", "", "acme-swift-001")}


def test_a_stage_of_release_is_no_step_towards_an_end() -> None:
    page = (
        "| Model | Status | Chat |\n| --- | --- | --- |\n| Acme 4 | Public preview | ✓ |\n| Acme 3 | Deprecated | ✓ |\n"
    )
    facts = facts_of(page)
    assert said(facts, "lifecycle") == {("Acme 3", "status", "", "Deprecated")}
    assert ("Acme 4", "release_stage", "", "Public preview") in said(facts, "capability")


def test_bare_numbers_are_prices_where_the_line_above_says_so() -> None:
    table = "| Model | Input | Cached input | Output |\n| --- | --- | --- | --- |\n| acme-4 | 3.00 | 0.30 | 15.00 |\n"
    assert said(facts_of(f"# Prices\n\nPrices per 1M tokens (USD).\n\n{table}"), "price") == {
        ("acme-4", "input_price", "", "3"),
        ("acme-4", "input_price_cache_hit", "", "0.3"),
        ("acme-4", "output_price", "", "15"),
    }
    assert said(facts_of(f"# Scores\n\nPoints by side.\n\n{table}"), "price") == set()


def test_a_table_of_properties_is_about_the_model_of_its_page() -> None:
    table = "| | |\n| --- | --- |\n| **Context length** | 32K |\n| **License** | MIT |\n"
    facts = facts_of(f"# Acme 4 8B\n\n## Summary\n\n{table}")
    assert said(facts, "limit") == {("Acme 4 8B", "context_window", "", "32K")}
    assert said(facts_of(f"# Guide\n\n## Summary\n\n{table}"), "limit") == set()


def test_rows_of_one_name_may_be_told_apart_by_two_columns_together() -> None:
    page = "| Model | Resolution | Quality | Price per image |\n| --- | --- | --- | --- |\n" + "".join(
        f"| acme-image-1 | {size} | {quality} | ${price} |\n"
        for size, quality, price in (
            ("1024x1024", "low", "0.011"),
            ("1024x1024", "high", "0.167"),
            ("1024x1536", "low", "0.016"),
            ("1024x1536", "high", "0.25"),
        )
    )
    assert {(f[2], f[3]) for f in said(facts_of(page), "price")} == {
        ("1024x1024.low", "0.011"),
        ("1024x1024.high", "0.167"),
        ("1024x1536.low", "0.016"),
        ("1024x1536.high", "0.25"),
    }


def test_ends_are_read_from_the_columns_and_states_of_other_languages() -> None:
    page = (
        "| モデル ID | 廃止日 | 推奨 |\n| --- | --- | --- |\n| `acme-2` | 2030 年 6 月 17 日 | `acme-3` |\n\n"
        "| 模型 | 状态 |\n| --- | --- |\n| `acme-1` | 即将下线（2030年6月30日） |\n"
    )
    assert said(facts_of(page), "lifecycle") == {
        ("acme-2", "retirement_date", "", "2030-06-17"),
        ("acme-2", "replacement", "", "acme-3"),
        ("acme-1", "retirement_date", "", "2030-06-30"),
    }


def test_a_link_beside_a_property_is_not_its_value() -> None:
    page = (
        "# Acme 4 8B\n\n## Summary\n\n| Property | Value | Links |\n| --- | --- | --- |\n"
        "| Context length | 32K | [Docs](/c) |\n| License | [MIT](/mit) | [Docs](/l) |\n"
    )
    facts = facts_of(page)
    assert said(facts, "limit") == {("Acme 4 8B", "context_window", "", "32K")}
    assert said(facts, "license") == {("Acme 4 8B", "license", "", "MIT")}
