"""Values that people type are keyed as extractors key what they read."""

from __future__ import annotations

import pytest

from monitor.extract.byhand import UnreadableValueError, day_typed, typed
from snapshots.facts import Precision
from tests.unit.facts.pages import PRICING, facts_of


@pytest.mark.parametrize(
    ("subject", "predicate", "text"),
    [
        ("acme-swift", "price.output_price", "$0.28 / 1M tokens"),
        ("acme-swift", "price.output_price", "0.28 USD"),
        ("acme-swift", "limit.context_window", "128,000"),
        ("acme-pro", "limit.context_window", "1M"),
        ("acme-pro", "alias.target", "Acme V4 Pro 0813"),
        ("acme-pro", "capability.json_output", "no"),
    ],
)
def test_the_same_value_has_the_same_key(subject: str, predicate: str, text: str) -> None:
    keys = {f.value_key for f in facts_of(PRICING) if (f.subject, f.predicate) == (subject, predicate)}
    assert typed(predicate, text).key in keys


def test_a_bare_number_takes_the_currency_of_what_was_read_there() -> None:
    assert typed("price.output_price", "0.3", {"currency": "CNY", "unit": "1M tokens"}).key == "0.3 CNY 1M tokens"
    with pytest.raises(UnreadableValueError, match="with its currency"):
        typed("price.output_price", "0.3")


def test_an_end_is_a_time_with_its_precision() -> None:
    assert typed("lifecycle.retirement_date", "24 July 2026").value == "2026-07-24"
    bound = typed("lifecycle.retirement_date", "not sooner than 2026-07-24")
    assert (bound.key, bound.precision) == ("not-sooner-than-2026-07-24", Precision.NOT_SOONER_THAN)
    with pytest.raises(UnreadableValueError, match="is not a time"):
        typed("lifecycle.retirement_date", "soon")
    with pytest.raises(UnreadableValueError, match="is not a time"):
        day_typed("yesterday")


def test_licenses_go_by_their_identifier() -> None:
    assert typed("license.license", "the MIT License").value == "MIT"
    assert typed("license.license", "Acme Community License").key == "acme-community-license"
