"""Local hours: digests and quiet hours across midnight, weeks and clock changes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from alerts.rules.hours import DigestHours, QuietHours, next_digest, quiet_until

BERLIN = "Europe/Berlin"


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def digest(**given: Any) -> DigestHours:
    return DigestHours.model_validate(given)


def quiet(**given: Any) -> QuietHours:
    return QuietHours.model_validate({"from": "22:00", "until": "07:00", "zone": BERLIN, **given})


@pytest.mark.parametrize(
    ("hours", "now", "due"),
    [
        ({}, "2026-01-15T08:59:59", "2026-01-15T09:00"),
        ({}, "2026-01-15T09:00:00", "2026-01-16T09:00"),
        ({}, "2026-12-31T23:00:00", "2027-01-01T09:00"),
        ({"zone": BERLIN}, "2026-01-15T07:59", "2026-01-15T08:00"),
        ({"zone": BERLIN}, "2026-07-15T06:59", "2026-07-15T07:00"),
        ({"zone": "Pacific/Kiritimati"}, "2026-01-15T18:59", "2026-01-15T19:00"),
        # The clock jumps from 02:00 to 03:00 in the night to 29 March: 02:30 is as if it had not.
        ({"at": "02:30", "zone": BERLIN}, "2026-03-28T12:00", "2026-03-29T01:30"),
        ({"at": "02:30", "zone": BERLIN}, "2026-03-29T01:30", "2026-03-30T00:30"),
        # 02:30 comes twice in the night to 25 October: the first counts, and only that one.
        ({"at": "02:30", "zone": BERLIN}, "2026-10-24T12:00", "2026-10-25T00:30"),
        ({"at": "02:30", "zone": BERLIN}, "2026-10-25T00:30", "2026-10-26T01:30"),
        ({"every": "monday"}, "2026-01-15T12:00", "2026-01-19T09:00"),
        ({"every": "friday", "zone": BERLIN}, "2026-01-16T08:00", "2026-01-23T08:00"),
    ],
)
def test_the_digest_is_due_at_the_next_local_hour(hours: dict[str, Any], now: str, due: str) -> None:
    assert next_digest(at(now), digest(**hours)) == at(due)


def test_the_zone_of_now_does_not_matter() -> None:
    evening = datetime(2026, 1, 15, 23, 30, tzinfo=timezone(-timedelta(hours=8)))
    assert next_digest(evening, digest()) == at("2026-01-16T09:00")


@pytest.mark.parametrize(
    ("hours", "now", "end"),
    [
        ({}, "2026-01-15T20:59", None),
        ({}, "2026-01-15T21:00", "2026-01-16T06:00"),
        ({}, "2026-01-16T05:59", "2026-01-16T06:00"),
        ({}, "2026-01-16T06:00", None),
        ({"from": "12:00", "until": "13:00"}, "2026-01-15T11:30", "2026-01-15T12:00"),
        # A night that is one hour shorter, and one that is longer.
        ({}, "2026-03-28T22:00", "2026-03-29T05:00"),
        ({}, "2026-10-24T22:00", "2026-10-25T06:00"),
        # The days are those on which the hours begin: the night to Saturday, not the one to Sunday.
        ({"days": ["friday"]}, "2026-01-17T01:00", "2026-01-17T06:00"),
        ({"days": ["friday"]}, "2026-01-18T01:00", None),
    ],
)
def test_quiet_hours_end_when_the_local_clock_says_so(hours: dict[str, Any], now: str, end: str | None) -> None:
    assert quiet_until(at(now), quiet(**hours)) == (at(end) if end else None)


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"zone": "Europe/Bärlin"}, 'there is no time zone "Europe/Bärlin"'),
        ({"until": "22:00"}, "would never or always hold"),
        ({"from": "22:00+01:00"}, "local to `zone`"),
    ],
)
def test_hours_that_mean_nothing_are_refused(given: dict[str, Any], sentence: str) -> None:
    with pytest.raises(ValidationError, match=sentence):
        quiet(**given)


ZONES = st.sampled_from(
    [BERLIN, "UTC", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "Africa/Casablanca"]
)
NOW = st.datetimes(datetime(2025, 1, 1), datetime(2027, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001 - hypothesis wants it bare


@given(now=NOW, zone=ZONES, hour=st.times())
def test_a_daily_digest_comes_once_a_local_day(now: datetime, zone: str, hour: Any) -> None:
    hours = DigestHours(at=hour.replace(tzinfo=None), zone=zone)
    first = next_digest(now, hours)
    second = next_digest(first, hours)
    assert now < first <= now + timedelta(hours=25)
    assert timedelta(hours=22) < second - first < timedelta(hours=26)


@given(now=NOW, zone=ZONES)
def test_quiet_hours_are_over_when_they_end(now: datetime, zone: str) -> None:
    end = quiet_until(now, quiet(zone=zone))
    assert end is None or (now < end <= now + timedelta(hours=11) and quiet_until(end, quiet(zone=zone)) is None)
