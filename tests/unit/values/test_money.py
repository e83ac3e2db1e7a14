"""Money with currency and unit, normalised to one million tokens."""

from __future__ import annotations

from decimal import Decimal

import pytest

from monitor.extract.values.money import find_money, percent_off, plain, unit_in_label


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("$0.07(5)\n$0.014", [("0.07", "USD", ""), ("0.014", "USD", "")]),
        ("\\$18.75 / MTok", [("18.75", "USD", "1M tokens")]),
        ("0.1元", [("0.1", "CNY", "")]),
        ("￥3", [("3", "CNY", "")]),
        ("$0.10/1K tokens", [("100", "USD", "1M tokens")]),
        ("$1,250.50 per million tokens", [("1250.5", "USD", "1M tokens")]),
        ("$0.04 per image", [("0.04", "USD", "image")]),
        ("128K", []),
    ],
)
def test_amounts_are_read_with_currency_and_unit(text: str, expected: list[tuple[str, str, str]]) -> None:
    assert [(plain(m.amount), m.currency, m.unit) for m in find_money(text)] == expected


def test_a_price_called_reduced_is_marked() -> None:
    now, before = find_money("$0.0036 (75% off\n(3)\n)\n$0.0145")
    assert now.discounted
    assert not before.discounted


@pytest.mark.parametrize(
    ("label", "unit"),
    [
        ("1M INPUT TOKENS (CACHE HIT)", "1M tokens"),
        ("Price per 1K tokens", "1M tokens"),
        ("百万tokens输出", "1M tokens"),
    ],
)
def test_a_label_states_the_unit_of_its_numbers(label: str, unit: str) -> None:
    assert unit_in_label(label)[0] == unit


def test_discounts_in_both_languages() -> None:
    assert percent_off("75% off") == percent_off("2.5 折") == Decimal(75)
