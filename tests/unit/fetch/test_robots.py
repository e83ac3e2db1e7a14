"""What robots.txt lets us do, and what an answer to asking for it means."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from monitor.fetch.model import FailureKind
from monitor.fetch.robots import ASK_AGAIN_AFTER, FRESH_FOR, MOST_BYTES, UNREACHABLE_FOR, RobotsAnswer, Rules, text_of
from monitor.schedule.robots import fresh, judged, readable
from snapshots.hosts import RobotsSeen, RobotsState

NOW = datetime(2026, 1, 15, 8, 0, tzinfo=UTC)
HOST = "https://docs.acme.example"


@pytest.mark.parametrize(
    ("text", "path", "line"),
    [
        ("", "/pricing", None),
        ("User-agent: *\nDisallow:", "/pricing", None),
        ("User-agent: *\nDisallow: /pricing", "/pricing", "Disallow: /pricing"),
        ("User-agent: *\nDisallow: /p # prices\nDisallow: /other", "/pricing", "Disallow: /p"),
        ("User-agent: *\nDisallow: /\nAllow: /pricing", "/pricing", None),
        ("User-agent: headwater\nDisallow: /pricing\n\nUser-agent: *\nDisallow:", "/pricing", "Disallow: /pricing"),
        ("User-agent: *\nDisallow: /\n\nUser-agent: headwater\nDisallow:", "/pricing", None),
        ("User-agent: someone-else\nDisallow: /", "/pricing", None),
        ("User-agent: *\nDisallow: /*.md$", "/pricing.md", "Disallow: /*.md$"),
        ("<!doctype html><title>Home</title>", "/pricing", None),
    ],
)
def test_the_line_that_forbids_an_address_is_named(text: str, path: str, line: str | None) -> None:
    assert Rules(text).forbidding(HOST + path) == line


def test_a_crawl_delay_is_read_and_nonsense_is_none() -> None:
    assert Rules("User-agent: *\nCrawl-delay: 2.5").crawl_delay == 2.5
    for nonsense in ("-3", "soon", "inf", "nan"):
        assert Rules(f"User-agent: *\nCrawl-delay: {nonsense}").crawl_delay is None


def test_a_file_that_is_too_long_ends_with_its_last_whole_line() -> None:
    body = b"User-agent: *\n" + b"Disallow: /aaaaaaaa\n" * 40_000
    text = text_of(body)
    assert MOST_BYTES - 100 < len(text) < MOST_BYTES
    assert set(text.splitlines()[1:]) == {"Disallow: /aaaaaaaa"}
    assert text_of(b"\xef\xbb\xbfUser-agent: *\x00\n\xff") == "User-agent: *\n"


@pytest.mark.parametrize(
    ("answer", "state", "may_fetch"),
    [
        (RobotsAnswer(200, b"User-agent: *\nDisallow: /x"), RobotsState.READ, True),
        (RobotsAnswer(404), RobotsState.ABSENT, True),
        (RobotsAnswer(403), RobotsState.ABSENT, True),
        (RobotsAnswer(429), RobotsState.ABSENT, True),
        (RobotsAnswer(None, kind=FailureKind.TOO_MANY_REDIRECTS), RobotsState.ABSENT, True),
        (RobotsAnswer(500), RobotsState.UNREACHABLE, False),
        (RobotsAnswer(503), RobotsState.UNREACHABLE, False),
        (RobotsAnswer(None, kind=FailureKind.TIMEOUT, detail="No answer."), RobotsState.UNREACHABLE, False),
        (RobotsAnswer(None, kind=FailureKind.TLS, detail="Not trusted."), RobotsState.UNREACHABLE, False),
    ],
)
def test_each_answer_has_its_meaning(answer: RobotsAnswer, state: RobotsState, *, may_fetch: bool) -> None:
    seen = judged(answer, None, NOW)
    assert (seen.state, readable(seen, NOW)) == (state, may_fetch)
    assert seen.detail or state is RobotsState.READ


def test_a_copy_stands_in_for_a_file_that_is_unreachable_but_not_for_ever() -> None:
    earlier = RobotsSeen(RobotsState.READ, "User-agent: *\nDisallow: /x", NOW, NOW, crawl_delay=3)
    seen = judged(RobotsAnswer(503), earlier, NOW + FRESH_FOR)
    assert (seen.text, seen.read_at, seen.crawl_delay) == (earlier.text, NOW, 3)
    assert readable(seen, NOW + UNREACHABLE_FOR - timedelta(hours=1))
    assert not readable(seen, NOW + UNREACHABLE_FOR)


def test_a_file_is_asked_for_once_a_day_and_sooner_while_it_is_unreachable() -> None:
    read, lost = judged(RobotsAnswer(404), None, NOW), judged(RobotsAnswer(500), None, NOW)
    assert fresh(read, NOW + FRESH_FOR - timedelta(seconds=1))
    assert not fresh(read, NOW + FRESH_FOR)
    assert fresh(lost, NOW + ASK_AGAIN_AFTER - timedelta(seconds=1))
    assert not fresh(lost, NOW + ASK_AGAIN_AFTER)
