from __future__ import annotations

from dataclasses import dataclass

from monitor.engine.clocks import SetBack


@dataclass
class Time:
    wall: float = 1_000_000.0
    steady: float = 50.0

    def passes(self, seconds: float) -> None:
        self.wall += seconds
        self.steady += seconds


def watched(time: Time) -> SetBack:
    return SetBack(wall=lambda: time.wall, steady=lambda: time.steady)


def test_time_that_passes_is_no_jump() -> None:
    time = Time()
    set_back = watched(time)
    time.passes(3_600)
    assert not set_back()


def test_a_clock_that_is_set_back_is_told_once() -> None:
    time = Time()
    set_back = watched(time)
    time.wall -= 900
    assert [set_back(), set_back()] == [True, False]


def test_a_clock_that_is_set_forward_or_trimmed_is_left_alone() -> None:
    time = Time()
    set_back = watched(time)
    time.wall += 900
    assert not set_back()
    time.wall -= 0.3
    assert not set_back()
