from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from snapshots.clock import FixedClock
from snapshots.db import Database
from snapshots.silences import list_silences
from snapshots.web.views.silence import matcher_of, sentence
from snapshots.wording.spans import text_of
from tests.support.browsing import Browser
from tests.support.reviewed import NOW


def test_a_silence_says_what_it_holds_back_whose_it_is_and_what_it_kept_so_far(pages: Browser) -> None:
    page = pages.get("/silences")
    held, ended = page.soup.select("ul.plain")
    assert "Everything about sonata-4-nano" in held.get_text()
    assert "until 1 Sep, 07:00 UTC" in held.get_text()
    assert "silence 2 of mara" in held.get_text()
    assert [link.get_text() for link in held.select("a")] == ["model-added of sonata-4-nano"]
    assert "Limit changes from acme" in ended.get_text()
    change = pages.get(str(held.select_one("a")["href"]))  # type: ignore[index]
    assert "Not told Held back by silence 2 of mara until 1 Sep 2026, 07:00 UTC: We do not use the small ones." in (
        change.text
    )


def test_a_silence_is_made_and_ended_on_the_page(reviewed: Database, pages: Browser, clock: FixedClock) -> None:
    page = pages.get("/silences?subject=deepseek-*")
    assert page.soup.select_one("#s-subject")["value"] == "deepseek-*"  # type: ignore[index]
    fields = {"subject": "deepseek-*, acme-?", "area": "price", "labels": "team=search", "days": "30", "text": "May."}
    page = pages.send(page, "/silences", **fields)
    assert "Silence 3 holds back what matches." in page.text
    assert "Price changes about names like deepseek-* or acme-? in sources labelled team=search" in page.text
    with reviewed.reading() as session:
        made = list_silences(session, NOW)[-1]
    assert made.matcher == {"subject": ["deepseek-*", "acme-?"], "area": ["price"], "labels": {"team": "search"}}
    assert (made.ends, made.owner, made.comment) == (NOW + timedelta(days=30), "mara", "May.")
    page = pages.send(page, "/silences/3/expire")
    assert "Silence 3 ended." in page.text
    clock.set(NOW + timedelta(seconds=1))
    with reviewed.reading() as session:
        assert [one.id for one in list_silences(session, clock.now())] == [2]
    assert pages.post("/silences/3/expire", page.form("/silences/2/expire")).status == 404


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"text": "x"}, "at least one field besides the day and the reason"),
        ({"subject": "a"}, "Say why"),
        ({"subject": "a", "text": "x", "days": "day"}, "Name the day"),
        ({"subject": "a", "text": "x", "days": "day", "day": "2026-08-01"}, "has passed"),
        ({"area": "prices", "text": "x"}, 'there is no area "prices"'),
    ],
)
def test_a_silence_that_cannot_be_is_explained_and_nothing_typed_is_lost(
    fields: dict[str, str], said: str, reviewed: Database, pages: Browser
) -> None:
    page = pages.get("/silences")
    answer = pages.post("/silences", {**page.form("/silences"), "days": "7", "provider": "", **fields})
    assert answer.status == 422
    assert said in answer.soup.select_one('[role="alert"]').get_text()  # type: ignore[union-attr]
    assert answer.soup.select_one("#s-text")["value"] == fields.get("text", "")  # type: ignore[index]
    with reviewed.reading() as session:
        assert len(list_silences(session, NOW, ended=True)) == 2


def test_deliveries_and_silences_hang_together(pages: Browser) -> None:
    for address in ("/deliveries", "/silences"):
        tabs = pages.get(address).soup.select_one('nav[aria-label="Deliveries"]')
        assert tabs is not None
        assert [str(tab["href"]) for tab in tabs.select("a")] == ["/deliveries", "/silences"]
        assert [str(tab["href"]) for tab in tabs.select("[aria-current]")] == [address]


@pytest.mark.parametrize(
    ("matcher", "told"),
    [
        ({}, "Everything"),
        ({"kind": ["price-increased", "price-decreased"]}, "What is price-increased or price-decreased"),
        ({"area": ["alias", "headwater"]}, "Alias changes and what headwater tells of itself"),
        (
            {"level": ["info", "warning"], "source": ["a-*"]},
            "Everything of the level info or warning in the source a-*",
        ),
        ({"owner": "search", "relied_on": False}, "Everything owned by search about names we do not rely on"),
        ({"review": ["acknowledged"]}, "Everything whose review is acknowledged"),
    ],
)
def test_a_matcher_reads_as_a_sentence(matcher: dict[str, object], told: str) -> None:
    assert text_of(sentence(matcher)) == told


def test_empty_fields_ask_for_nothing() -> None:
    assert matcher_of({"subject": " , ", "area": "", "labels": "=x"}) == {}


def test_an_empty_store_has_no_silence(new_database: Callable[[str], str], serve: Callable[..., Browser]) -> None:
    database = Database(new_database("sqlite"))
    database.upgrade()
    assert "Nothing is silenced" in serve(database).get("/silences").text
    database.close()
