"""When a failure is worth telling, and when it is our own network that is down."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from snapshots.failing import established
from snapshots.hosts import host_of
from snapshots.outages import Seen, is_down
from snapshots.outcome import Outcome

NOW = datetime(2026, 1, 15, 8, 0, tzinfo=UTC)


def seen(*checks: str) -> list[Seen]:
    """`-x` is an unreached check of host x, `+x` an answer of it; the newest first, a minute apart."""
    return [Seen(one[1:], one[0] == "+", NOW - timedelta(minutes=n)) for n, one in enumerate(checks)]


@pytest.mark.parametrize(
    ("checks", "watched", "minutes"),
    [
        (("-a", "-b", "-c"), 9, 2),
        (("-a", "-b", "-c", "-a", "+d"), 9, 3),
        (("-a", "-a", "-a", "-b"), 9, None),
        (("-a", "-b", "+d", "-c"), 9, None),
        (("+a", "-b", "-c", "-d"), 9, None),
        (("-a", "-b"), 2, 1),
        (("-a", "-a", "-a"), 1, None),
        ((), 9, None),
    ],
)
def test_nothing_of_several_hosts_in_a_row_is_our_own_network(
    checks: tuple[str, ...], watched: int, minutes: int | None
) -> None:
    since = None if minutes is None else NOW - timedelta(minutes=minutes)
    assert is_down(seen(*checks), watched) == since


def test_what_is_plain_is_told_when_confirmed_and_the_rest_the_third_time() -> None:
    told = {outcome: next(n for n in range(1, 9) if established(outcome, n)) for outcome in Outcome if not outcome.good}
    assert {told[one] for one in (Outcome.GONE, Outcome.SHELL, Outcome.BLOCKED, Outcome.HELD)} == {2}
    assert {told[one] for one in (Outcome.TIMEOUT, Outcome.DNS, Outcome.SERVER_ERROR, Outcome.RATE_LIMITED)} == {3}


def test_every_failure_says_what_to_do_and_no_good_answer_does() -> None:
    for outcome in Outcome:
        assert outcome.advice.endswith(".") is not outcome.good


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("https://Docs.Acme.example/pricing?x#y", "https://docs.acme.example"),
        ("https://docs.acme.example:443/", "https://docs.acme.example"),
        ("http://docs.acme.example:443/", "http://docs.acme.example:443"),
        ("http://127.0.0.1:8080/x", "http://127.0.0.1:8080"),
        ("http://[::1]:8080/x", "http://[::1]:8080"),
        ("file:///etc/hosts", ""),
        ("https://acme.example:no/", ""),
        ("", ""),
    ],
)
def test_a_host_is_scheme_name_and_port(url: str, host: str) -> None:
    assert host_of(url) == host
