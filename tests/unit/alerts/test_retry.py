"""When what was not taken is tried again."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest

from alerts.channels import DeliveryError, Reason
from alerts.retry import FIRST_WAIT, LONGEST_RETRY_AFTER, LONGEST_WAIT, SHORTEST_WAIT, next_attempt

NOON = datetime(2026, 4, 24, 12, 0, tzinfo=UTC)


def wait(attempts: int, *, delivery: str = "01A", retry_after: timedelta | None = None) -> timedelta:
    error = DeliveryError(Reason.UNREACHABLE, "gone", retryable=True, retry_after=retry_after)
    at = next_attempt(error, attempts=attempts, delivery_id=delivery, now=NOON)
    assert at is not None
    return at - NOON


def test_what_cannot_get_better_is_not_tried_again() -> None:
    error = DeliveryError(Reason.NOT_FOUND, "no_service", retryable=False, retry_after=timedelta(seconds=5))
    assert next_attempt(error, attempts=1, delivery_id="01A", now=NOON) is None


def test_the_wait_doubles_until_an_hour_and_never_ends() -> None:
    waits = [wait(attempts) for attempts in range(1, 200)]
    assert FIRST_WAIT <= waits[0] <= FIRST_WAIT * 1.2
    assert all(later >= sooner / 1.2 for sooner, later in pairwise(waits))
    assert all(LONGEST_WAIT <= late <= LONGEST_WAIT * 1.2 for late in waits[8:])


@pytest.mark.parametrize("attempts", range(1, 8))
def test_a_wait_is_at_most_a_fifth_longer_than_its_doubling(attempts: int) -> None:
    assert 1 <= wait(attempts) / (FIRST_WAIT * 2 ** (attempts - 1)) <= 1.2


def test_the_same_attempt_waits_equally_long_on_every_machine() -> None:
    assert wait(3, delivery="01B") == wait(3, delivery="01B")


def test_what_failed_together_does_not_come_back_together() -> None:
    assert len({wait(3, delivery=f"01{place}") for place in range(50)}) == 50


@pytest.mark.parametrize(
    ("asked", "kept"),
    [
        (timedelta(seconds=90), timedelta(seconds=90)),
        (timedelta(), SHORTEST_WAIT),
        (timedelta(hours=5), timedelta(hours=5)),
        (timedelta(days=900), LONGEST_RETRY_AFTER),
    ],
)
def test_the_receivers_wish_to_wait_is_kept_within_a_day(asked: timedelta, kept: timedelta) -> None:
    assert wait(1, retry_after=asked) == kept


def test_a_wish_to_wait_is_kept_at_every_attempt() -> None:
    assert {wait(attempts, retry_after=timedelta(hours=1)) for attempts in range(1, 200)} == {timedelta(hours=1)}


def test_who_always_asks_for_no_wait_is_asked_less_and_less_often() -> None:
    waits = [wait(attempts, retry_after=timedelta()) for attempts in range(1, 200)]
    assert waits[:4] == [timedelta(seconds=1), timedelta(seconds=2), timedelta(seconds=4), timedelta(seconds=8)]
    assert waits[-1] == LONGEST_WAIT
    assert sum(waits, timedelta()) > timedelta(days=7)
