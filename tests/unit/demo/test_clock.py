from __future__ import annotations

from datetime import UTC, datetime, timedelta

from monitor.demo.clock import AcceleratedClock

START = datetime(2025, 10, 26, tzinfo=UTC)
DAY = 86_400.0


class Seconds:
    def __init__(self) -> None:
        self.passed = 0.0

    def __call__(self) -> float:
        return self.passed


def test_a_second_is_as_many_seconds_as_the_rate_says() -> None:
    real = Seconds()
    clock = AcceleratedClock(START, rate=10 * DAY, limit=START + timedelta(days=365), monotonic=real)
    real.passed = 2.5
    assert clock.now() == START + timedelta(days=25)


def test_the_time_stands_still_at_its_limit_and_goes_on_from_there() -> None:
    real = Seconds()
    clock = AcceleratedClock(START, rate=DAY, limit=START + timedelta(days=3), monotonic=real)
    real.passed = 10
    assert clock.now() == START + timedelta(days=3)
    clock.allow(START + timedelta(days=30))
    assert clock.now() == START + timedelta(days=3)
    real.passed = 11
    assert clock.now() == START + timedelta(days=4)


def test_an_earlier_limit_never_turns_the_time_back() -> None:
    real = Seconds()
    clock = AcceleratedClock(START, rate=DAY, limit=START + timedelta(days=5), monotonic=real)
    real.passed = 4
    clock.allow(START + timedelta(days=1))
    assert clock.now() == START + timedelta(days=4)
    real.passed = 9
    assert clock.now() == START + timedelta(days=5)
