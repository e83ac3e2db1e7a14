"""Token limits that sentences state."""

from __future__ import annotations

import pytest

from tests.unit.facts.pages import facts_of, said


@pytest.mark.parametrize(
    ("text", "limits"),
    [
        ("`acme-4` has a context window of 128K tokens.", {("acme-4", "context_window", "", "128K")}),
        ("# Acme 4\n\n* Context length: 2048 tokens\n", {("Acme 4", "context_window", "", "2048")}),
        ("# Acme 4 model card\n\n- Total output context up to 128K tokens.\n", {("Acme 4", "max_output", "", "128K")}),
        ("Acme 4 includes:\n\n* 1 million token context window\n", {("Acme 4", "context_window", "", "1M")}),
        ("Acme-4 支持 128K 上下文长度。", {("Acme-4", "context_window", "", "128K")}),
        ("Up to 200 concurrent streams with `acme-rt-4`: that is the limit.", {("*", "concurrency", "", "200")}),
        ("`acme-rt-4` allows up to 200 concurrent streams.", {("acme-rt-4", "concurrency", "", "200")}),
        ("Concurrency limit: 200 concurrent streams for paid accounts.", {("*", "concurrency", "", "200")}),
        (
            "We've increased the context window of Acme 4.5 to 1M tokens.",
            {("Acme 4.5", "context_window", "", "1M")},
        ),
        ("Acme 4 was trained with a context length of 32K tokens.", set()),
        ("Prompts beyond 200K tokens of context cost $2 with `acme-4`.", set()),
    ],
)
def test_a_sentence_states_a_limit_of_the_name_it_speaks_of(
    text: str, limits: set[tuple[str, str, str, str | None]]
) -> None:
    assert said(facts_of(text), "limit") == limits


def test_a_rate_of_an_account_holds_for_a_plan() -> None:
    page = (
        "| Credits bought | Requests per minute | Requests per day |\n| --- | --- | --- |\n"
        "| Less than 10 | 20 | 50 |\n| At least 10 | 20 | 1000 |\n"
    )
    assert ("*", "requests_per_day", "at_least_10", "1000") in said(facts_of(page), "limit")


def test_both_stands_for_the_names_of_the_sentence_before() -> None:
    page = "# News\n\n## Acme-V4, 2030-04-24\n\nUse `acme-4-pro` or `acme-4-swift`. Both take 1M tokens of context.\n"
    assert said(facts_of(page), "limit") == {
        ("acme-4-pro", "context_window", "", "1M"),
        ("acme-4-swift", "context_window", "", "1M"),
    }


def test_rates_are_read_where_a_sentence_limits_them() -> None:
    page = "# API\n\nThe rate limit of `acme-4` is 60 requests per minute. `acme-4` writes 90 tokens per second.\n"
    assert said(facts_of(page), "limit") == {("acme-4", "requests_per_minute", "", "60")}


def test_a_limit_that_was_moved_is_the_one_it_was_moved_to() -> None:
    for text, attribute, value in (
        ("The context window of `acme-4` has been increased from 128K to 256K tokens.", "context_window", "256K"),
        ("The maximum output of `acme-4` is 64K tokens.", "max_output", "64K"),
        ("`acme-4` 的上下文长度已由 128K 提升至 256K。", "context_window", "256K"),
    ):
        assert said(facts_of(f"# Notes\n\n{text}\n"), "limit") == {("acme-4", attribute, "", value)}


def test_rates_under_the_heading_of_a_plan_are_those_of_the_plan() -> None:
    page = (
        "# Usage limits\n\n### Free plan\n\n- 10 requests per minute\n\n### Pro plan\n\n- 60 RPM\n\n"
        "The maximum number of concurrent requests is 5.\n"
    )
    assert said(facts_of(page), "limit") == {
        ("*", "requests_per_minute", "free_plan", "10"),
        ("*", "requests_per_minute", "pro_plan", "60"),
        ("*", "concurrency", "", "5"),
    }
    assert said(facts_of("# Speed\n\n### Free plan\n\n- 10 requests per minute\n"), "limit") == set()
