"""What a team relies on, judged: equality, bounds, ends, and what nobody says."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from monitor.expectations import expected
from monitor.verdicts import Verdict, fresh, judge
from snapshots.claimed import Claimed
from snapshots.facts import Precision
from snapshots.history import Answer

NOW = datetime(2030, 1, 10, 12, tzinfo=UTC)


def claim(predicate: str, value: str | None, qualifier: str = "", key: str = "", **detail: str) -> Claimed:
    return Claimed(
        subject="acme-chat", predicate=predicate, qualifier=qualifier, value=value, value_key=key or (value or ""),
        detail=detail, valid_from=None, valid_to=None, observed_from=NOW - timedelta(days=3), observed_to=None,
        precision=Precision.UNKNOWN, confidence=1.0, source="acme-log", snapshot="acme-log@1", quote="words",
        heading=(),
    )  # fmt: skip


SAID = tuple(
    Answer(fact, ())
    for fact in (
        claim("alias.target", "Acme-4", key="acme-4", mode="thinking"),
        claim("limit.context_window", "128K", key="128000"),
        claim("price.output_price", "1.10", key="1.10 USD 1M tokens", currency="USD", unit="1M tokens"),
        claim("price.input_price", "0.30", "off_peak", currency="USD", unit="1M tokens"),
        claim("price.input_price", "0.60", "peak", currency="USD", unit="1M tokens"),
        claim("license.license", "MIT", key="mit"),
    )
)


@pytest.mark.parametrize(
    ("fact", "wanted", "verdict"),
    [
        ("alias.target", "acme-4", Verdict.HOLDS),
        ("alias.target", "ACME 4 (thinking)", Verdict.HOLDS),
        ("alias.target", "acme-4 (non-thinking)", Verdict.BROKEN),
        ("alias.target", "acme-5", Verdict.BROKEN),
        ("limit.context_window", "128,000", Verdict.HOLDS),
        ("limit.context_window", "at least 100K", Verdict.HOLDS),
        ("limit.context_window", "at least 1M", Verdict.BROKEN),
        ("limit.context_window", "at most 128K", Verdict.HOLDS),
        ("limit.context_window", "at least plenty", Verdict.BROKEN),
        ("price.output_price", "$1.10", Verdict.HOLDS),
        ("price.output_price", "1.1", Verdict.HOLDS),
        ("price.output_price", "at most 1.09 USD", Verdict.BROKEN),
        ("price.output_price", "at most ¥99", Verdict.BROKEN),
        ("price.input_price off_peak", "at most 0.30", Verdict.HOLDS),
        ("price.input_price", "at most 0.60", Verdict.HOLDS),
        ("price.input_price", "at most 0.30", Verdict.BROKEN),
        ("price.input_price night", "0.30", Verdict.UNKNOWN),
        ("license.license", ["Apache-2.0", "MIT"], Verdict.HOLDS),
        ("capability.tool_calls", "true", Verdict.UNKNOWN),
    ],
)
def test_a_fact_fits_or_does_not(fact: str, wanted: str | list[str], verdict: Verdict) -> None:
    assert judge(expected("acme-chat", fact, wanted), SAID, NOW).verdict is verdict


@pytest.mark.parametrize(
    ("stated", "status", "verdict", "because"),
    [
        ("2030-03-11", None, Verdict.BROKEN, "ends 11 Mar 2030 (in 60 days)"),
        ("2030-03-12", None, Verdict.HOLDS, "ends 12 Mar 2030 (in 61 days)"),
        ("2030-03", None, Verdict.BROKEN, "ends Mar 2030 (in 50 days)"),
        ("2029-12-01", None, Verdict.BROKEN, "ends 1 Dec 2029 (40 days ago)"),
        ("shortly", None, Verdict.UNKNOWN, "ends, but when is not said: shortly"),
        (None, "Retired", Verdict.BROKEN, "is Retired"),
        (None, "Deprecated", Verdict.HOLDS, "no end is announced"),
        (None, None, Verdict.HOLDS, "no end is announced"),
    ],
)
def test_a_name_lives_until_its_end_comes_near(
    stated: str | None, status: str | None, verdict: Verdict, because: str
) -> None:
    said = [*SAID]
    if stated:
        said.append(Answer(claim("lifecycle.retirement_date", stated), ()))
    if status:
        said.append(Answer(claim("lifecycle.status", status), ()))
    found = judge(expected("acme-chat", "lives", "60 days"), said, NOW)
    assert (found.verdict, found.because) == (verdict, because)


def test_a_mistyped_key_is_told_the_nearest() -> None:
    found = judge(expected("acme-chat", "price.input_prices peak", "0.60"), SAID, NOW)
    assert found.because == "no document we hold says; it says price.input_price peak and price.input_price off_peak"


def test_what_no_longer_works_fits_nothing() -> None:
    gone = (Answer(claim("alias.target", None), ()),)
    found = judge(expected("acme-chat", "alias.target", "acme-4"), gone, NOW)
    assert (found.verdict, found.because) == (Verdict.BROKEN, "no longer works")


def test_a_name_that_nobody_speaks_of_is_unknown() -> None:
    assert judge(expected("acme-chat", "lives", "1d"), (), NOW).verdict is Verdict.UNKNOWN


@pytest.mark.parametrize("fact", ["alias.target", "lives"])
def test_what_rests_on_an_old_reading_is_unknown(fact: str) -> None:
    found = judge(expected("acme-chat", fact, "60d" if fact == "lives" else "acme-4"), SAID, NOW)
    since = NOW - timedelta(days=2)
    assert fresh(found, SAID, {"acme-log": NOW}, since) is found
    stale = fresh(found, SAID, {"acme-log": NOW - timedelta(days=3)}, since)
    assert (stale.verdict, stale.because) == (Verdict.UNKNOWN, "acme-log was last read well 7 Jan 2030, 12:00 UTC")
    assert fresh(found, SAID, {"acme-log": None}, since).because == "acme-log was never read well"
