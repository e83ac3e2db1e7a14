"""One edit on a page, one change told: the shapes that providers, hosts and registries write their terms in."""

from __future__ import annotations

import pytest

from tests.unit.changes.test_compare import changes, told

RESELLER = """# Models

| Model | Provider | Token Type | Provider Price per 1M tokens | Our Price per 1M tokens |
| --- | --- | --- | --- | --- |
| Acme Sonata 4 | Acme | Input | $3.00 | $3.30 |
| | Acme | Output | $15.00 | $16.50 |
| | Acme | Input - Cache Write | $3.75 | $4.125 |
| Bolt 5 | Bolt | Input | $1.25 | $1.375 |
| | Bolt | Output | $10.00 | $11.00 |
"""

TOKENS_AND_TILES = """## Pricing

| Model | Price in Tokens | Price in Units |
| --- | --- | --- |
| @at/acme/acme-3.2-3b | $0.051 per M input tokens <br/> $0.335 per M output tokens | 4625 units per M input tokens |
| @at/bolt/bolt-r1-32b | $0.497 per M input tokens <br/> $4.881 per M output tokens | 45170 units per M input tokens |
| @at/hear/hear-2 | $0.0005 per audio minute | 41 units per audio minute |
"""

SHIFTED = """## Production models

Developer | Model ID | Requests per minute (RPM) | Requests per day (RPD) |
---|---|---|---|
Bolt | |||
Bolt-R1 | 10 | 2000 | |
Acme | |||
Acme-3.3-70B-Instruct | 30 | 3600 | |
Acme-3.2-3B-Instruct | 60 | 7200 | |
"""

QUOTAS = (
    "<h2>Quotas</h2><table><tr><th></th><th>Free</th><th>Pay as you go</th></tr><tr><th colspan=3>acme-4</th></tr>"
    "<tr><td>RPM</td><td>5</td><td>500</td></tr><tr><td>TPM</td><td>32,000</td><td>2,000,000</td></tr>"
    "<tr><th colspan=3>acme-3</th></tr><tr><td>RPM</td><td>10</td><td>1000</td></tr></table>"
)

LIFECYCLE = """# Lifecycle

## Legacy versions

| Model version | Legacy date | EOL date | Recommended replacement |
| --- | --- | --- | --- |
| Acme Sonata v1 | January 6, 2030 | July 21, 2030 | Acme Sonata v2 |

## Active versions

| Provider | Model | Model ID | Launch date | EOL date |
| --- | --- | --- | --- | --- |
| Acme | Nova Pro | acme.nova-pro-v1:0 | 2029-12-03 | No sooner than 2030-12-03 |
| Acme | Nova Micro | acme.nova-micro-v1:0 | 2029-12-03 | No sooner than 2030-12-03 |
"""

ITEMS = """# Supported models

- **acme-large-2411** — Context: 128k, $2/M in, $6/M out, License: Acme Research License
- **acme-small-2501** — Context: 32k, $0.1/M in, $0.3/M out, License: Apache 2.0
- **acme-tiny-2410** (deprecated, retires 2030-06-30) — Context: 32k
"""

CARDS = """# Pricing

<CardGroup>
<Card title="acme-4">**Input** $3 / MTok · **Output** $15 / MTok · **Context** 200K</Card>
<Card title="acme-3">**Input** $1 / MTok · **Output** $5 / MTok · **Context** 100K</Card>
</CardGroup>
"""

COMPACT = """| Model | Context | Price (in/out) |
|---|---|---|
| `acme-4` | 200k in / 64k out | $3/$15 |
| `acme-3` | 100k in / 8k out | $1/$5 |
"""

FLAT_CARDS = """Acme models

rank-2

acme/rank-2

Input $0.05 / 1M tokens

rank-2-lite

acme/rank-2-lite

Input $0.02 / 1M tokens
"""

SPANNED = (
    "<table><tr><th>模型名称</th><th>版本</th><th>最大输出</th><th>输出成本</th></tr><tr><th></th><th></th>"
    "<th>（Token数）</th><th>（每千Token）</th></tr><tr><td>acme-max</td><td>稳定版</td><td rowspan=2>8,192</td>"
    "<td>0.0096元</td></tr><tr><td>acme-max-2030-01-25</td><td>快照版</td><td>0.0096元</td></tr></table>"
)

REGISTRY = """{"data": [{"id": "acme/acme-4", "canonical_slug": "acme/acme-4-0601", "name": "Acme 4",
"context_length": 200000, "pricing": {"prompt": "0.000003", "completion": "0.000015"}}]}"""

TIERED = """{"model_code": "acme-flash", "model_pricing": [
{"input_range": "0<input<=128K", "unit": "元/千tokens", "input": 0.00015, "output": 0.0015},
{"input_range": "128K<input<=256K", "unit": "元/千tokens", "input": 0.0006, "output": 0.006}],
"model_limits": {"max_output_length": "32K", "rpm": 15000}}"""

PLUGIN = """model: acme-4
model_type: llm
model_properties: {mode: chat, context_size: 128000}
parameter_rules:
  - name: max_tokens
    default: 1024
    max: 8192
pricing: {input: '3.00', output: '15.00', currency: USD}
"""

LOG = """# 更新日志

## 2030年4月28日

- 新增说明。

## 2030年3月1日

- `acme-chat` 指向 `acme-v1`。
"""

CASES = {
    "cache price of a reseller": (
        RESELLER, "$4.125", "$4.25", "md",
        [("price-increased", "Acme Sonata 4", "cache_write_price", "4.125", "4.25")],
    ),
    "price of a row without its name": (
        RESELLER, "$10.00", "$12.00", "md", [("price-increased", "Bolt 5", "output_price", "10", "12")],
    ),
    "second amount of a cell": (
        TOKENS_AND_TILES, "$0.335", "$0.350", "md",
        [("price-increased", "@at/acme/acme-3.2-3b", "output_price", "0.335", "0.35")],
    ),
    "price by the minute": (
        TOKENS_AND_TILES, "$0.0005", "$0.0006", "md",
        [("price-increased", "@at/hear/hear-2", "price", "0.0005", "0.0006")],
    ),
    "rates in rows that lost a cell": (
        SHIFTED, "Bolt-R1 | 10 | 2000", "Bolt-R1 | 20 | 2000", "md",
        [("rate-limit-changed", "Bolt-R1", "requests_per_minute", "10", "20")],
    ),
    "rate of a plan under a name that heads a group": (
        QUOTAS, "<td>500</td>", "<td>400</td>", "html",
        [("rate-limit-changed", "acme-4", "requests_per_minute", "500", "400")],
    ),
    "promise that moved": (
        LIFECYCLE, "No sooner than 2030-12-03 |\n| Acme |", "No sooner than 2031-06-03 |\n| Acme |",
        "md", [("shutdown-date-moved-later", "acme.nova-pro-v1:0", "retirement_date", "2030-12-03", "2031-06-03")],
    ),
    "price in a list item": (
        ITEMS, "$6/M out", "$5/M out", "md", [("price-decreased", "acme-large-2411", "output_price", "6", "5")],
    ),
    "context in a list item": (
        ITEMS, "2501** — Context: 32k", "2501** — Context: 64k", "md",
        [("context-window-increased", "acme-small-2501", "context_window", "32K", "64K")],
    ),
    "license in a list item": (
        ITEMS, "Acme Research License", "Apache 2.0", "md",
        [("license-changed", "acme-large-2411", "license", "Acme Research License", "Apache-2.0")],
    ),
    "end in brackets": (
        ITEMS, "2030-06-30", "2030-09-30", "md",
        [("shutdown-date-moved-later", "acme-tiny-2410", "retirement_date", "2030-06-30", "2030-09-30")],
    ),
    "price on a card": (CARDS, "$15", "$12", "mdx", [("price-decreased", "acme-4", "output_price", "15", "12")]),
    "context on a card": (
        CARDS, "100K", "128K", "mdx", [("context-window-increased", "acme-3", "context_window", "100K", "128K")],
    ),
    "both sides in one cell": (
        COMPACT, "64k out", "32k out", "md", [("max-output-reduced", "acme-4", "max_output", "64k", "32k")],
    ),
    "cards flattened to lines": (
        FLAT_CARDS, "$0.02", "$0.03", "md",
        [("price-increased", "acme/rank-2-lite", "input_price", "0.02", "0.03")],
    ),
    "Chinese price by the thousand": (
        SPANNED, "<td>0.0096元</td></tr><tr><td>acme-max-2030", "<td>0.0080元</td></tr><tr><td>acme-max-2030", "html",
        [("price-decreased", "acme-max", "output_price", "9.6", "8")],
    ),
    "what an id stands for": (
        REGISTRY, "acme-4-0601", "acme-4-0901", "json",
        [("alias-retargeted", "acme/acme-4", "target", "acme/acme-4-0601", "acme/acme-4-0901")],
    ),
    "price of a range": (
        TIERED, '"output": 0.006}', '"output": 0.004}', "json",
        [("price-decreased", "acme-flash", "output_price", "6", "4")],
    ),
    "range of a parameter": (
        PLUGIN, "8192", "16384", "yaml", [("max-output-increased", "acme-4", "max_output", "8192", "16384")],
    ),
    "alias in a Chinese log": (
        LOG, "- 新增说明。", "- `acme-chat` 现已指向 `acme-v2`。", "md",
        [("alias-retargeted", "acme-chat", "target", "acme-v1", "acme-v2")],
    ),
    "price announced in a sentence": (
        LOG, "- 新增说明。", "- 自 2030年5月10日 起，`acme-v1` 输入价格由 2 元/百万tokens 下调至 1 元/百万tokens。",
        "md",
        [("price-announced", "acme-v1", "input_price", "2", "1")],
    ),
    "operation that ends": (
        LOG, "- 新增说明。", "- The `/v1/complete` endpoint will be removed on June 30, 2030. Use `/v1/messages`.",
        "md",
        [("shutdown-date-set", "/v1/complete", "retirement_date", None, "2030-06-30")],
    ),
    "end counted from the day of the entry": (
        LOG, "- 新增说明。", "- `acme-chat` will be discontinued in three months.", "md",
        [("shutdown-date-set", "acme-chat", "retirement_date", None, "2030-07")],
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_one_edit_is_one_change(case: tuple[str, str, str, str, list[tuple[str | None, ...]]]) -> None:
    page, old, new, content_type, expected = case
    assert page.count(old) == 1
    assert told(changes(page, page.replace(old, new), content_type)) == expected


def test_a_model_that_moves_to_the_table_of_ends_is_ending_and_not_gone() -> None:
    row = "| Acme | Nova Pro | acme.nova-pro-v1:0 | 2029-12-03 | No sooner than 2030-12-03 |\n"
    ended = "| Nova Pro | April 20, 2030 | October 20, 2030 | Acme Nova Pro 2 |\n"
    new = LIFECYCLE.replace(row, "").replace("| Acme Sonata v1", f"{ended}| Acme Sonata v1")
    kinds = {(kind, subject) for kind, subject, *_ in told(changes(LIFECYCLE, new))}
    assert ("shutdown-date-moved-earlier", "acme.nova-pro-v1:0") in kinds
    assert not any(kind == "model-removed" for kind, _ in kinds)


def test_an_update_of_a_change_log_dates_what_stands_in_it() -> None:
    old = '# Changelog\n\n<Update label="April 1, 2030">\nBug fixes.\n</Update>\n'
    update = (
        '<Update label="April 28, 2030">\n## New model\n\n`acme-vision-2` is now available in the API.\n</Update>\n\n'
    )
    (change,) = changes(old, old.replace("<Update", f"{update}<Update", 1), "mdx")
    assert (change.kind, change.subject) == ("model-added", "acme-vision-2")
    assert change.effective_at is not None
    assert change.effective_at.date().isoformat() == "2030-04-28"


def test_a_table_taken_apart_or_put_together_is_no_change() -> None:
    head = "| Model | Input | Output |\n|---|---|---|\n"
    rows = ["| acme-1 | $1 | $2 |\n", "| acme-2 | $3 | $4 |\n", "| acme-3 | $5 | $6 |\n"]
    whole = f"Prices per 1M tokens.\n\n{head}{''.join(rows)}"
    by_rows = f"Prices per 1M tokens.\n\n{head}{rows[0]}\n### Large\n\n{head}{rows[1]}{rows[2]}"
    by_columns = (
        "Prices per 1M tokens.\n\n| Model | Input |\n|---|---|\n| acme-1 | $1 |\n| acme-2 | $3 |\n| acme-3 | $5 |\n\n"
        "| Model | Output |\n|---|---|\n| acme-1 | $2 |\n| acme-2 | $4 |\n| acme-3 | $6 |\n"
    )
    for other in (by_rows, by_columns):
        assert changes(whole, other) == []
        assert changes(other, whole) == []


def test_the_same_amount_in_another_unit_is_no_change() -> None:
    page = "| Model | Input |\n|---|---|\n| acme-1 | $1 / 1M tokens |\n| acme-2 | $3 / 1M tokens |\n"
    assert changes(page, page.replace("$1 / 1M tokens", "$0.001 / 1K tokens")) == []


def test_hyphens_of_another_kind_are_no_change() -> None:
    page = "Prices per 1M tokens.\n\n| Model | Input |\n|---|---|\n| acme-1 | $1 |\n| acme-2 | $3 |\n"
    assert changes(page, page.replace("acme-1", "acme\u20111").replace("acme-2", "ACME\u20102")) == []


def test_a_table_of_new_prices_announces_only_those_that_differ() -> None:
    table = "| Model | Output per 1M tokens |\n|---|---|\n| acme-1 | $2 |\n| acme-2 | $4 |\n"
    old = f"# Prices\n\n{table}"
    later = table.replace("$4", "$5")
    new = f"# Prices\n\nFrom May 15, 2030, the following prices take effect:\n\n{later}\nNow:\n\n{table}"
    assert told(changes(old, new)) == [("price-announced", "acme-2", "output_price", None, "5")]


OFFERED = """# Models and their lifecycle

## Latest models

| Model ID | Release date | Retirement date |
| --- | --- | --- |
| acme-2-001 | June 1, 2029 | June 1, 2031 |

## Legacy models

| Model ID | Release date | Retirement date | Recommended upgrade | On dedicated hosts |
| --- | --- | --- | --- | --- |
| acme-1-001 | June 1, 2028 | June 1, 2030 | acme-2-001 | Yes |

| Base model | Auto-updated version | Corresponding stable version |
| --- | --- | --- |
| Acme 2 | acme-2 | acme-2-001 |
| Acme 1 | acme-1 | acme-1-001 |
"""


def test_a_table_that_says_since_when_offers_its_models() -> None:
    row = "| acme-3-001 | May 1, 2030 | May 1, 2031 |\n"
    after = OFFERED.replace("| acme-2-001 | June 1, 2029", row + "| acme-2-001 | June 1, 2029")
    assert set(told(changes(OFFERED, after))) == {
        ("model-added", "acme-3-001", "listed", None, "true"),
        ("shutdown-date-set", "acme-3-001", "retirement_date", None, "2031-05-01"),
    }


def test_an_upgrade_is_a_replacement_and_a_corresponding_version_the_target() -> None:
    after = OFFERED.replace("June 1, 2030 | acme-2-001 |", "June 1, 2030 | acme-3-001 |")
    assert set(told(changes(OFFERED, after))) == {
        ("replacement-changed", "acme-1-001", "replacement", "acme-2-001", "acme-3-001")
    }
    after = OFFERED.replace("| acme-2 | acme-2-001 |", "| acme-2 | acme-2-002 |")
    assert set(told(changes(OFFERED, after))) == {("alias-retargeted", "acme-2", "target", "acme-2-001", "acme-2-002")}


def test_the_next_default_version_is_a_move_announced() -> None:
    head = "| Model | Current default version | New default version |\n| --- | --- | --- |\n"
    page = f"{head}| `acme-4` | 2029-05-13 | - |\n"
    after = page.replace("| - |", "| 2029-08-06 |")
    assert set(told(changes(page, after))) == {("alias-retargeted", "acme-4", "target", None, "2029-08-06")}


def test_what_was_known_by_its_end_is_able_to_do_nothing_new_among_the_ended() -> None:
    page = "# Ends\n\n| Removal date | Model |\n| --- | --- |\n| 2030-04-01 | `acme/acme-2-7b` |\n"
    history = "\n## History\n\n| Removal date | Model | On dedicated hosts |\n| --- | --- | --- |\n"
    before = page + history + "| 2029-04-01 | `acme/acme-1-7b` | Yes |\n"
    moved = before.replace("| 2030-04-01 | `acme/acme-2-7b` |\n", "") + "| 2030-04-01 | `acme/acme-2-7b` | Yes |\n"
    assert changes(before, moved) == []


def test_an_entry_that_drops_out_of_a_feed_takes_nothing_back() -> None:
    def feed(*entries: tuple[str, str]) -> str:
        items = "".join(
            f"<item><title>{name} is generally available</title><pubDate>{day}</pubDate>"
            f"<description>{name} is now available.</description></item>"
            for name, day in entries
        )
        return f'<?xml version="1.0"?><rss version="2.0"><channel><title>News</title>{items}</channel></rss>'

    first, second = ("Acme 4.1", "Mon, 01 Apr 2030 10:00:00 GMT"), ("Acme 4.5", "Mon, 29 Apr 2030 10:00:00 GMT")
    found = changes(feed(first), feed(second), "application/rss+xml")
    assert told(found) == [("model-added", "Acme 4.5", "listed", None, "true")]


def test_rows_of_one_model_are_told_apart_by_how_long_a_prompt_is() -> None:
    page = (
        "| Model | Input tokens of one request | Input price per 1M tokens |\n| --- | --- | --- |\n"
        "| acme-max | 0<Token≤32K | $1.00 |\n| acme-max | 32K<Token≤128K | $2.00 |\n"
    )
    found = changes(page, page.replace("$2.00", "$1.50"))
    assert [(c.subject, c.qualifier, c.before, c.after) for c in found] == [("acme-max", "32k_token_128k", "2", "1.5")]


def test_a_limit_that_a_sentence_says_was_moved_is_a_change() -> None:
    log = "# Updates\n\n## April 1, 2030\n\n- We launched Acme 4.5.\n"
    entry = "# Updates\n\n## April 29, 2030\n\n- We've increased the context window of Acme 4.5 to 1M tokens.\n"
    found = changes(log, log.replace("# Updates\n", entry, 1))
    assert told(found) == [("context-window-increased", "Acme 4.5", "context_window", None, "1M")]


def test_what_a_tool_costs_is_a_price() -> None:
    page = "| Tool | Cost |\n| --- | --- |\n| Web search | $10.00 / 1k calls |\n| File search | $2.50 / 1k calls |\n"
    found = changes(page, page.replace("$10.00", "$8.00"))
    assert told(found) == [("price-decreased", "Web search", "price", "10", "8")]


QUIET = """# Models

| Model | Context window | Output price per 1M tokens |
| --- | --- | --- |
| `acme-large-2` | 128K | $6.00 |
| `acme-small-2` | 32K | $0.60 |

## Fixed

- Retries count tokens once.

## Questions

What is the base URL? Use `https://api.acme.example/v1`.
"""


@pytest.mark.parametrize(
    "added",
    [
        '```python\nclient = Client(base_url="https://api.acme.example/v1")\n```\n',
        "500,000 output tokens with `acme-large-2` cost $3.00 at $6 per million.\n",
        "Incident: `acme-large-2` was unavailable for 12 minutes on 2030-04-18.\n",
        "| Benchmark | acme-large-2 | acme-small-2 | Bolt-4 |\n| --- | --- | --- | --- |\n| MMLU | 88 | 80 | 89 |\n",
        "## Fixed\n\n- The page of `acme-small-2` now shows the correct 32K context window.\n",
    ],
)
def test_what_a_page_adds_for_its_readers_changes_no_terms(added: str) -> None:
    assert changes(QUIET, f"{QUIET}\n{added}") == []


def test_badges_side_by_side_say_one_thing_each() -> None:
    shield = "https://img.shields.io/badge"
    card = (
        f"# Acme-7B-Instruct\n\n[![License]({shield}/License-Apache_2.0-blue.svg)](LICENSE) "
        f"[![Downloads]({shield}/downloads-12k-green)](stats)\n"
    )
    assert changes(card, card.replace("12k", "19k")) == []
    found = changes(card, card.replace("Apache_2.0", "Acme_Community"))
    assert told(found) == [("license-changed", "*", "license", "Apache-2.0", "Acme Community")]


def test_a_row_of_planned_ends_is_told_by_its_day_whatever_else_the_table_ticks() -> None:
    page = (
        "# Planned deprecations\n\n| Deprecation date | Model | Dedicated endpoint |\n| --- | --- | --- |\n"
        "| 2030-08-25 | `acme/acme-7b-v0.2` | Yes |\n"
    )
    found = changes(page, f"{page}| 2030-09-10 | `acme/acme-3-70b` | No |\n")
    assert told(found) == [
        ("deprecation-announced", "acme/acme-3-70b", "deprecation_date", None, "2030-09-10"),
    ]


def test_an_operation_that_is_named_for_its_end_has_not_come() -> None:
    page = "# Changelog\n\n## News\n\nWords.\n"
    found = changes(page, f"{page}\n- `POST /v1/complete` is deprecated and will be removed on 2030-09-01\n")
    assert told(found) == [("shutdown-date-set", "POST /v1/complete", "retirement_date", None, "2030-09-01")]
