from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from alerts.render.message import compose
from snapshots.facts import Precision
from snapshots.wording import moments
from snapshots.wording.spans import text_of
from snapshots.wording.values import attribute, band, money
from snapshots.wording.words import headline, lead, short_title
from tests.unit.alerts_render.samples import NOW, USD, entry, prices_by_band

HEADLINES: list[tuple[str, str, str | None, str | None, dict[str, Any], str]] = [
    ("alias-retargeted", "target", "a-1", "a-2", {}, "m now means a-2"),
    (
        "alias-retargeted",
        "target",
        "a-1",
        "a-2",
        {"effective_at": datetime(2026, 5, 1, tzinfo=UTC), "effective_precision": Precision.DAY},
        "m will mean a-2; in effect 1 May 2026 (in 7 days)",
    ),
    ("alias-retargeted", "target", "a-1", "a-2", {"confidence": 0.7}, "Probably: m now means a-2"),
    ("alias-removed", "target", "a-1", None, {}, "m is no longer offered; it meant a-1"),
    ("license-changed", "license", None, "MIT", {}, "License of m is now MIT"),
    ("license-changed", "license", "MIT", None, {}, "License of m is no longer stated; was MIT"),
    ("shutdown-date-set", "retirement_date", None, "shortly", {}, "m stops working “shortly”"),
    ("shutdown-date-set", "retirement_date", None, "2026-05-24", {}, "m stops working 24 May 2026 (in 30 days)"),
    ("shutdown-date-set", "retirement_date", None, "2026-04-22", {}, "m stopped working 22 Apr 2026 (2 days ago)"),
    (
        "shutdown-date-moved-later",
        "retirement_date",
        "2026-06-17",
        "2026-10-16",
        {},
        "m stops working later: 16 Oct 2026, was 17 Jun 2026 (121 days later)",
    ),
    (
        "shutdown-date-moved-earlier",
        "retirement_date",
        "2026-10-16",
        "2026-10-15",
        {},
        "m stops working sooner: 15 Oct 2026, was 16 Oct 2026 (1 day earlier)",
    ),
    ("deprecation-announced", "status", None, "deprecated", {}, "m is deprecated"),
    ("deprecation-announced", "legacy_date", None, "2026-05-24", {}, "m is legacy from 24 May 2026 (in 30 days)"),
    ("context-window-increased", "context_window", "64K", "128K", {}, "Context window of m grew from 64K to 128K"),
    (
        "context-window-reduced",
        "context_window",
        "216000",
        "128000",
        {},
        "Context window of m shrank from 216,000 to 128,000",
    ),
    ("context-window-reduced", "context_window", "64K", None, {}, "Context window of m is no longer stated; was 64K"),
    (
        "price-decreased",
        "output_price",
        "0.42",
        "0.28",
        {"before_detail": USD, "after_detail": USD},
        "m costs less: output $0.42 is now $0.28",
    ),
    (
        "price-band-changed",
        "input_price_cache_hit",
        None,
        "0.035",
        {"qualifier": "off_peak", "after_detail": USD},
        "m has a new price: cached input $0.035 off-peak",
    ),
    (
        "price-announced",
        "output_price",
        None,
        "3.96",
        {
            "qualifier": "scheduled.peak",
            "after_detail": USD,
            "effective_at": datetime(2026, 4, 27, 16, tzinfo=UTC),
            "effective_precision": Precision.INSTANT,
        },
        "m gets a new price: output $3.96 at peak; in effect 27 Apr 2026, 16:00 UTC (in 3 days)",
    ),
    (
        "endpoint-parameter-became-required",
        "parameter",
        "optional",
        "required",
        {"qualifier": "prompt"},
        "m now requires prompt",
    ),
    ("capability-removed", "function_calling", "true", None, {}, "m no longer supports function calling"),
    ("model-added", "listed", None, "true", {}, "m is now offered"),
    ("model-version-changed", "version", "V1", "V2", {}, "m has another version: V2; was V1"),
    (
        "document-moved",
        "address",
        "https://example.org/a",
        "https://example.org/b",
        {"title": "The docs"},
        "The docs moved to https://example.org/b",
    ),
]


@pytest.mark.parametrize(("kind", "field", "before", "after", "more", "expected"), HEADLINES)
def test_a_change_reads_as_one_sentence(
    kind: str, field: str, before: str | None, after: str | None, more: dict[str, Any], expected: str
) -> None:
    message = compose([entry(kind, "m", field, before, after, **more)], now=NOW, delivery_id="d", incident="i")
    assert message.headline == expected


def test_bands_of_one_price_are_one_headline() -> None:
    outputs = [each for each in prices_by_band() if each.change.attribute == "output_price"]
    said = headline(outputs, None, datetime(2026, 8, 17, tzinfo=UTC))
    assert text_of(said.claim) == "deepseek-v4-pro costs more: output $0.87 is now $1.98 off-peak and $3.96 at peak"
    assert text_of(short_title(outputs, NOW)) == "deepseek-v4-pro costs more"
    assert text_of(lead(outputs, NOW)) == "Nothing breaks; the same use costs more."


@pytest.mark.parametrize(
    ("amount", "detail", "expected"),
    [
        ("0.28", USD, "$0.28"),
        ("1.5", {"currency": "CNY", "unit": "1M tokens"}, "¥1.50"),
        ("0.0028", USD, "$0.0028"),
        ("3", USD, "$3"),
        ("40", {"currency": "USD", "unit": "1K images"}, "$40 per 1K images"),
        ("1000000", {"currency": "CHF"}, "1,000,000 CHF"),
        ("0", USD, "$0"),
        ("on request", USD, "on request"),
        ("2.50", {}, "2.50"),
    ],
)
def test_amounts_carry_their_currency_and_unit(amount: str, detail: dict[str, str], expected: str) -> None:
    assert money(amount, detail) == expected


def test_bands_and_attributes_are_words() -> None:
    assert [band(each) for each in ("off_peak", "scheduled.peak", "promo", "Amazon SageMaker", "")] == [
        "off-peak",
        "at peak",
        "in promotion",
        "Amazon SageMaker",
        "",
    ]
    assert attribute("fim_completion") == "FIM completion"
    assert attribute("input_price_cache_miss") == "uncached input"


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("2026-07-24T15:59:00Z", "24 Jul 2026, 15:59 UTC"),
        ("2026-07-24T17:59:00+02:00", "24 Jul 2026, 15:59 UTC"),
        ("2026-07-24", "24 Jul 2026"),
        ("2026-07", "Jul 2026"),
        ("2026-13-45", "2026-13-45"),
        ("in the future", "in the future"),
        (None, ""),
    ],
)
def test_stored_dates_are_said_as_exactly_as_they_are_known(value: str | None, expected: str) -> None:
    assert moments.said(value) == expected


@pytest.mark.parametrize(
    ("at", "precision", "expected"),
    [
        (datetime(2026, 7, 24, 15, 59, tzinfo=UTC), Precision.INSTANT, "in 91 days"),
        (datetime(2026, 4, 24, 17, 30, tzinfo=UTC), Precision.INSTANT, "in 3 hours"),
        (datetime(2026, 4, 24, 14, 7, tzinfo=UTC), Precision.INSTANT, "in 1 minute"),
        (NOW, Precision.INSTANT, "now"),
        (datetime(2026, 4, 20, tzinfo=UTC), Precision.INSTANT, "4 days ago"),
        (datetime(2026, 4, 25, tzinfo=UTC), Precision.DAY, "in 1 day"),
        (datetime(2026, 4, 24, tzinfo=UTC), Precision.DAY, "today"),
        (datetime(2026, 4, 23, tzinfo=UTC), Precision.DAY, "1 day ago"),
    ],
)
def test_relative_time_is_rounded_down(at: datetime, precision: Precision, expected: str) -> None:
    assert moments.relative(at, precision, NOW) == expected


@pytest.mark.parametrize(
    ("precision", "expected"),
    [
        (Precision.MONTH, "Jul 2026"),
        (Precision.QUARTER, "Q3 2026"),
        (Precision.YEAR, "2026"),
        (Precision.NOT_SOONER_THAN, "24 Jul 2026"),
    ],
)
def test_a_time_is_never_said_more_exactly_than_it_was_stated(precision: Precision, expected: str) -> None:
    assert moments.stated(datetime(2026, 7, 24, 15, 59, tzinfo=UTC), precision) == expected
