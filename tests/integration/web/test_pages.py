from __future__ import annotations

from collections.abc import Callable
from urllib.parse import urlsplit

import pytest
from sqlalchemy import select

from snapshots.db import Database
from snapshots.tables import ChangeRow, ConflictRow
from snapshots.web.headers import CONTENT_SECURITY_POLICY
from tests.support.browsing import Browser
from tests.support.crowd import build as crowd

EVERY_PAGE = (
    "/",
    "/?state=snoozed",
    "/?state=held",
    "/?state=closed&order=newest",
    "/?level=critical&area=alias&provider=deepseek",
    "/?order=subject",
    "/?subject=deepseek-chat",
    "/c/{change}",
    "/subjects",
    "/subjects/deepseek-chat",
    "/subjects/deepseek-chat?on=2026-01-15&known=then&compare=1",
    "/subjects/https%3A%2F%2Fapi.deepseek.com%2Fv3.2_speciale_expires_on_20251215",
    "/sources",
    "/sources?show=attention&provider=acme",
    "/sources/deepseek-pricing",
    "/sources/deepseek-pricing/versions/2",
    "/sources/deepseek-pricing/compare?from=1&to=5",
    "/sources/deepseek-pricing/compare?from=1&to=5&diff=unified&context=all",
    "/providers",
    "/deadlines",
    "/conflicts",
    "/conflicts?show=all",
    "/conflicts/{conflict}",
    "/deliveries",
    "/deliveries?state=dead",
    "/silences",
    "/search?q=deepseek&pages=1",
    "/reader",
)


def filled(address: str, database: Database) -> str:
    with database.reading() as session:
        change = session.scalars(select(ChangeRow).where(ChangeRow.kind == "price-increased")).first()
        conflict = session.scalars(select(ConflictRow)).first()
    assert change is not None
    assert conflict is not None
    return address.format(change=change.public_id, conflict=conflict.public_id)


@pytest.mark.parametrize("address", EVERY_PAGE)
def test_every_page_is_whole_small_and_strict(address: str, reviewed: Database, pages: Browser) -> None:
    page = pages.get(filled(address, reviewed))
    assert page.status == 200
    assert len(page.body) < 100_000
    assert page.headers["content-security-policy"] == CONTENT_SECURITY_POLICY
    assert page.headers["x-content-type-options"] == "nosniff"
    assert page.headers["cache-control"] == "no-store"
    soup = page.soup
    assert len(soup.select("h1")) == 1
    assert not soup.select("[style], style, script:not([src]), [onclick], [onerror], [onload]")
    assert [str(script["src"]).split(".")[0] for script in soup.select("script")] == ["/static/headwater"]
    ids = [tag["id"] for tag in soup.select("[id]")]
    assert len(ids) == len(set(ids))
    for form in soup.select('form[method="post"]'):
        assert form.select_one('input[name="csrf"]') is not None, form


def test_every_link_leads_somewhere(pages: Browser) -> None:
    seen, waiting = {"/logout"}, ["/"]
    while waiting and len(seen) < 150:
        address = waiting.pop(0)
        if address in seen:
            continue
        seen.add(address)
        page = pages.get(address)
        assert page.status == 200, address
        if "text/html" in page.headers["content-type"]:
            inside = [link.partition("#")[0] for link in page.links() if link.startswith("/")]
            waiting.extend(link for link in dict.fromkeys(inside) if link not in seen)
    assert len(seen) > 100


def test_both_databases_give_the_same_lists(database_url: str, serve: Callable[..., Browser]) -> None:
    database = Database(database_url)
    crowd(database, changes=400, sources=8)
    pages = serve(database)
    first = pages.get("/")
    assert "Open changes" in first.heading()
    assert len(first.soup.select("[data-row]")) == 50
    for address in (
        "/?order=effective",
        "/?order=newest",
        "/?state=closed",
        "/?provider=acme&level=critical",
        "/subjects",
    ):
        assert pages.get(address).status == 200
    for address in ("/sources", "/deliveries", "/search?q=acme", "/deadlines", "/providers"):
        assert pages.get(address).status == 200
    database.close()


@pytest.mark.parametrize("order", ["level", "newest", "effective", "subject"])
def test_paging_shows_every_event_once_in_both_directions(
    order: str, new_database: Callable[[str], str], serve: Callable[..., Browser]
) -> None:
    database = Database(new_database("sqlite"))
    crowd(database, changes=300, sources=6)
    pages = serve(database)

    def rows(address: str, direction: str) -> tuple[list[str], str]:
        page = pages.get(address)
        link = page.soup.select_one(f'.pager a[rel="{direction}"]')
        return [str(a["href"]) for a in page.soup.select("[data-row] h3 a")], str(link["href"]) if link else ""

    forwards, address, last = [], f"/?order={order}", ""
    while address:
        last = address
        found, address = rows(address, "next")
        forwards.append(found)
    backwards = []
    while last:
        found, last = rows(last, "prev")
        backwards.append(found)
    everything = [row for page in forwards for row in page]
    assert len(everything) == len(set(everything)) == int(pages.get("/").text.split(" to review")[0].split()[-1])
    assert [row for page in reversed(backwards) for row in page] == everything
    database.close()


@pytest.mark.parametrize("cursor", ["x", "WyJsZXZlbCJd", "WyJsZXZlbCIsICI+IiwgIngiLCBudWxsLCAxXQ", "W10", "bnVsbA"])
def test_a_cursor_that_is_none_gives_a_page_all_the_same(cursor: str, pages: Browser) -> None:
    assert pages.get(f"/?page={cursor}").status == 200


def test_raw_bytes_are_never_shown_as_a_page(pages: Browser) -> None:
    raw = pages.get("/sources/deepseek-pricing/versions/1/raw")
    assert raw.headers["content-type"] == "text/plain; charset=utf-8"
    assert raw.headers["content-disposition"] == 'attachment; filename="deepseek-pricing-1.txt"'
    assert raw.headers["x-content-type-options"] == "nosniff"
    assert "sandbox" in raw.headers["content-security-policy"]
    assert raw.body.startswith(b"<!doctype html>") or b"<html" in raw.body


@pytest.mark.parametrize(
    ("address", "heading"),
    [
        ("/c/3f9c21aa", "There is no change 3f9c21aa"),
        ("/sources/nobody", "There is no source nobody"),
        ("/sources/deepseek-pricing/versions/99", "deepseek-pricing has no version 99"),
        ("/subjects/no-such-name", "No document we hold speaks of no-such-name"),
        ("/nowhere", "There is no such page"),
        ("/conflicts/ffff", "There is no conflict ffff"),
        ("/deliveries/0", "There is no delivery 0"),
    ],
)
def test_what_is_not_there_is_said_in_a_sentence(address: str, heading: str, pages: Browser) -> None:
    page = pages.get(address)
    assert page.status == 404
    assert page.heading().startswith(heading)
    assert urlsplit(page.url).path == urlsplit(address).path


def test_the_change_page_says_what_changed_since_when_how_sure_and_shows_it(reviewed: Database, pages: Browser) -> None:
    page = pages.get(filled("/c/{change}", reviewed))
    assert "costs more: output $0.28 is now $0.66 off-peak and $1.32 at peak" in page.heading()
    strip = [cell.get_text(" ", strip=True) for cell in page.soup.select(".strip > div")]
    assert [cell.split()[0] for cell in strip] == ["Announced", "In", "Seen", "Confidence"]
    assert [mark.get_text() for mark in page.soup.select("blockquote mark")][:2] == ["$0.66", "$1.32"]
    old = {tag.get_text() for tag in page.soup.select(".beside del")}
    new = {tag.get_text() for tag in page.soup.select(".beside ins")}
    assert {"$0.28", "$0.0028"} <= old
    assert {"$0.66", "$1.32", "PEAK"} <= new
    assert "#llm-platform" in page.text


def test_the_subject_page_answers_for_a_day(pages: Browser) -> None:
    page = pages.get("/subjects/deepseek-chat?on=2026-01-15")
    answer = page.soup.select_one(".answer")
    assert answer is not None
    said = " ".join(answer.get_text(" ").split())
    assert said.startswith("On 15 Jan 2026 deepseek-chat meant DeepSeek-V3.2 , non-thinking mode")
    current = page.soup.select_one('tr[aria-current="date"] code')
    assert current is not None
    assert current.get_text() == "DeepSeek-V3.2"
    assert "no longer works" in page.text


def test_the_list_of_names_says_what_each_means_now(pages: Browser) -> None:
    listed = pages.get("/subjects").soup.select("tbody tr")
    rows = {row.get_text(" ", strip=True).split()[0]: row.get_text(" ", strip=True) for row in listed}
    assert "DeepSeek-V4-Pro-0813" in rows["deepseek-v4-pro"]
    assert "no longer works" in rows["deepseek-chat"]
    assert "no longer works" not in rows["sonata-3"]


def test_search_finds_names_values_changes_and_words_of_pages(pages: Browser) -> None:
    page = pages.get("/search?q=sonata&pages=1")
    regions = [heading.get_text(" ", strip=True).split()[0] for heading in page.soup.select("h2.region")]
    assert regions == ["Names", "Values", "Changes", "Statements", "Pages"]
    assert "Nothing holds" in pages.get("/search?q=zzzzz").text


def test_an_empty_store_says_what_is_missing(new_database: Callable[[str], str], serve: Callable[..., Browser]) -> None:
    database = Database(new_database("sqlite"))
    database.upgrade()
    pages = serve(database)
    assert "Nothing is watched yet" in pages.get("/").text
    for address in (
        "/subjects",
        "/sources",
        "/deadlines",
        "/deliveries",
        "/providers",
        "/conflicts",
        "/search",
        "/silences",
    ):
        assert pages.get(address).status == 200
    database.close()


def test_a_late_monitor_is_said_on_every_page(reviewed: Database, serve: Callable[..., Browser], clock: object) -> None:
    from datetime import timedelta

    from snapshots.clock import FixedClock

    assert isinstance(clock, FixedClock)
    clock.set(clock.now() + timedelta(days=3))
    pages = serve(reviewed)
    for address in ("/", "/sources", "/deadlines"):
        alert = pages.get(address).soup.select_one('[role="alert"]')
        assert alert is not None
        assert "An empty list here does not mean that nothing changed" in alert.get_text()
