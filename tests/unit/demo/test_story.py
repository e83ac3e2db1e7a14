from __future__ import annotations

from datetime import timedelta
from itertools import pairwise

import pytest

from monitor.demo.story import Response, page_at
from monitor.demo.timeline import BEATS, CARD, END, NEWS, PAGES, PRICING, START, UPDATES, Beat, Happening

ORIGIN = "http://127.0.0.1:8000"
INSTANT = timedelta(microseconds=1)


def answer(path: str, beat: Beat, *, before: bool = False) -> Response:
    return page_at(path, beat.at - INSTANT if before else beat.at, origin=ORIGIN)


def beats(*happenings: Happening) -> list[tuple[str, Beat]]:
    return [(path, beat) for beat in BEATS if beat.happening in happenings for path in beat.pages]


def test_beats_are_in_order_and_inside_the_story() -> None:
    assert [beat.at for beat in BEATS] == sorted(beat.at for beat in BEATS)
    assert BEATS[0].at > START
    assert BEATS[-1].at < END


def test_only_changes_are_worth_telling() -> None:
    assert all(bool(beat.tells) == (beat.happening is Happening.CHANGE) for beat in BEATS)


@pytest.mark.parametrize(("path", "beat"), beats(Happening.CHANGE, Happening.NOISE))
def test_a_page_gets_other_bytes_exactly_when_something_happens_to_it(path: str, beat: Beat) -> None:
    assert answer(path, beat, before=True).body != answer(path, beat).body


@pytest.mark.parametrize("path", PAGES)
def test_a_page_stands_still_between_its_beats(path: str) -> None:
    edges = [START, *(beat.at for beat in BEATS if path in beat.pages), END]
    for since, until in pairwise(edges):
        first, last = page_at(path, since, origin=ORIGIN), page_at(path, until - INSTANT, origin=ORIGIN)
        assert first == last


def test_a_shell_is_the_home_page_with_status_200() -> None:
    [(path, beat)] = beats(Happening.SHELL)
    shown = answer(path, beat)
    assert shown.status == 200
    assert shown.body == page_at("/", beat.at, origin=ORIGIN).body


def test_an_outage_answers_503_and_the_page_comes_back_as_it_was() -> None:
    [(path, beat)] = beats(Happening.OUTAGE)
    [back] = [b for b in BEATS if b.happening is Happening.RECOVERY and b.pages == (path,)]
    assert answer(path, beat).status == 503
    assert answer(path, back) == answer(path, beat, before=True)


def test_pages_differ_in_the_validators_they_send() -> None:
    sent = {path: {name for name, _ in page_at(path, START, origin=ORIGIN).headers} for path in PAGES}
    assert "ETag" in sent[PRICING]
    assert "ETag" in sent[CARD]
    assert "Last-Modified" in sent[UPDATES]
    assert sent[NEWS] == {"Content-Type"}


def test_a_page_that_does_not_exist_is_404() -> None:
    assert page_at("/nowhere", START, origin=ORIGIN).status == 404
