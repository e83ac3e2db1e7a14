"""When we look again."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.schedule.policy import (
    BACK_OFF_CEILING,
    FIRST_RETRY,
    FULL_FETCH_EVERY,
    LONGEST_RETRY_AFTER,
    Plan,
    next_check,
    spoken,
    wants_everything,
)

NOW = datetime(2026, 1, 15, 8, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
spans = st.timedeltas(min_value=timedelta(seconds=10), max_value=timedelta(days=30))


def plan(**more: Any) -> Plan:
    wanted: dict[str, Any] = {
        "source_id": "acme",
        "interval": HOUR,
        "jitter": 0.0,
        "scheduled_for": NOW,
        "now": NOW,
        "ok": True,
    }
    return next_check(**(wanted | more))


def test_a_good_answer_is_asked_for_again_after_the_interval() -> None:
    assert plan() == Plan(NOW + HOUR, "every 1 hour")


def test_the_schedule_does_not_drift_with_the_time_checks_take() -> None:
    assert plan(now=NOW + timedelta(minutes=3)).at == NOW + HOUR


def test_what_was_missed_while_we_were_away_is_not_made_up_for() -> None:
    later = NOW + timedelta(days=3)
    assert plan(now=later).at == later + HOUR


@given(interval=spans, late=st.timedeltas(timedelta(0), timedelta(days=9)), failures=st.integers(0, 400),
       ok=st.booleans(), wait=st.none() | st.timedeltas(timedelta(0), timedelta(days=4000)), fresh=st.none() | spans,
       jitter=st.floats(0, 0.5), name=st.text(max_size=20))  # fmt: skip
def test_the_next_check_is_always_ahead_and_never_parked(
    interval: timedelta, late: timedelta, failures: int, ok: bool, wait: timedelta | None, fresh: timedelta | None,
    jitter: float, name: str,
) -> None:  # fmt: skip
    now = NOW + late
    made = plan(source_id=name, interval=interval, now=now, ok=ok, consecutive_failures=failures, retry_after=wait,
                max_age=fresh, jitter=jitter)  # fmt: skip
    assert now < made.at <= now + max(interval * 1.5, LONGEST_RETRY_AFTER, BACK_OFF_CEILING) * 1.1
    assert made.reason


def test_jitter_spreads_sources_and_is_the_same_on_every_worker() -> None:
    first = {plan(source_id=f"s{i}", jitter=0.1).at for i in range(50)}
    assert len(first) > 40
    assert first == {plan(source_id=f"s{i}", jitter=0.1).at for i in range(50)}
    assert all(NOW + HOUR * 0.9 <= at <= NOW + HOUR * 1.1 for at in first)


def test_failures_back_off_to_a_ceiling() -> None:
    waits = [plan(ok=False, consecutive_failures=n).at - NOW for n in range(1, 30)]
    assert waits[0] == FIRST_RETRY
    assert waits == sorted(waits)
    assert waits[-1] == BACK_OFF_CEILING


def test_a_source_looked_at_every_minute_is_tried_again_after_a_minute() -> None:
    assert plan(ok=False, consecutive_failures=1, interval=timedelta(minutes=1)).at == NOW + timedelta(minutes=1)


def test_the_server_decides_how_long_to_wait_but_not_for_ever() -> None:
    asked = plan(ok=False, consecutive_failures=1, retry_after=timedelta(hours=2))
    assert asked == Plan(NOW + timedelta(hours=2), "the server asked to wait (Retry-After)")
    assert plan(ok=False, consecutive_failures=1, retry_after=timedelta(days=900)).at == NOW + LONGEST_RETRY_AFTER


def test_an_answer_the_server_calls_fresh_is_not_asked_for_before() -> None:
    assert plan(max_age=timedelta(hours=3)).at == NOW + timedelta(hours=3)
    assert plan(max_age=timedelta(seconds=30)).at == NOW + HOUR
    assert plan(max_age=timedelta(days=365)).at == NOW + timedelta(hours=4)
    assert plan(max_age=timedelta(days=365), interval=timedelta(hours=20)).at == NOW + timedelta(days=1)


@pytest.mark.parametrize(
    ("span", "words"),
    [
        (timedelta(minutes=90), "90 minutes"),
        (HOUR, "1 hour"),
        (timedelta(days=2), "2 days"),
        (timedelta(seconds=45), "45 seconds"),
    ],
)
def test_spans_in_words(span: timedelta, words: str) -> None:
    assert spoken(span) == words


def test_once_a_week_the_whole_document_is_asked_for_and_sources_take_turns() -> None:
    def days(source: str) -> list[int]:
        steps = [NOW + timedelta(hours=6) * n for n in range(4 * 28 + 1)]
        return [n for n, now in enumerate(steps[1:]) if wants_everything(source, steps[n], now)]

    found = {source: days(source) for source in ("acme-pricing", "acme-models", "acme-news")}
    for moments in found.values():
        assert len(moments) == 4
        assert {b - a for a, b in pairwise(moments)} == {28}
    assert len({moments[0] for moments in found.values()}) == 3
    assert wants_everything("acme", None, NOW)
    assert wants_everything("acme", NOW - FULL_FETCH_EVERY, NOW)
