"""Times in provider texts to ISO values with their precision."""

from __future__ import annotations

import pytest

from monitor.extract.values.dates import compact_date, find_moments


@pytest.mark.parametrize(
    ("text", "value", "precision"),
    [
        ("retired after Jul 24th, 2030, 15:59 (UTC Time).", "2030-07-24T15:59:00Z", "instant"),
        ("in three months (2030-07-24)", "2030-07-24", "day"),
        ("take effect at 16:00 (UTC Time) on August 16, 2030.", "2030-08-16T16:00:00Z", "instant"),
        ("ends on 2030/05/31 15:59 UTC.(4)", "2030-05-31T15:59:00Z", "instant"),
        ("北京时间 2030年7月24日 23:59 停用", "2030-07-24T15:59:00Z", "instant"),
        ("将于北京时间 2030 年 8 月 17 日 0 时开始生效", "2030-08-16T16:00:00Z", "instant"),
        ("2030-07-24 23:59 (UTC+8)", "2030-07-24T15:59:00Z", "instant"),
        ("support in early August 2030", "2030-08", "month"),
        ("by Q3 2030", "2030-Q3", "quarter"),
        ("Not sooner than March 7, 2030", "2030-03-07", "not-sooner-than"),
        ("Deprecated Sept 15, 2030", "2030-09-15", "day"),
        ("24 July 2030", "2030-07-24", "day"),
    ],
)
def test_a_stated_time_keeps_its_precision_and_zone(text: str, value: str, precision: str) -> None:
    (moment,) = find_moments(text)
    assert (moment.value, moment.precision.value) == (value, precision)


@pytest.mark.parametrize(
    "text", ["version 4.1", "8K output", "2030 requests", "gpt-4-0613", "on the 32nd of June", "2030-13-40"]
)
def test_numbers_that_are_no_dates_stay_numbers(text: str) -> None:
    assert [m.value for m in find_moments(text)] == []


def test_eight_digits_in_an_address_are_a_date() -> None:
    day = compact_date("/v9_special_expires_on_20301215")
    assert day is not None
    assert day.isoformat() == "2030-12-15"
    assert compact_date("/v1/120301215") is None
