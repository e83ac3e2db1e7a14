from __future__ import annotations

from bs4 import Tag
from sqlalchemy import select

from snapshots.db import Database
from snapshots.tables import DeadlineRow
from tests.support.browsing import Browser, Page
from tests.support.reviewed import NOW


def row_of(page: Page, name: str) -> Tag:
    return next(row for row in page.soup.select(".agenda li") if name in [a.get_text() for a in row.select(".t a")])


def said(page: Page, name: str) -> str:
    return " ".join(row_of(page, name).get_text(" ").split())


def kept(database: Database, name: str) -> DeadlineRow:
    with database.reading() as session:
        return session.scalars(select(DeadlineRow).where(DeadlineRow.subject == name)).one()


def form(row: Tag, action: str) -> dict[str, str]:
    found = row.select_one(f'form[action="{action}"]')
    assert found is not None
    return {str(field["name"]): str(field["value"]) for field in found.select('input[type="hidden"]')}


def test_each_end_says_who_looks_after_it_what_was_reminded_and_how_it_moved(pages: Browser) -> None:
    page = pages.get("/deadlines")
    assert "Owner: platform-team 90 and 30-day reminders sent, not acknowledged" in said(page, "etude-1")
    assert "7-day reminder on 18 Aug" in said(page, "etude-1") or "7-day reminder on 19 Aug" in said(page, "etude-1")
    assert "acknowledged by jonas, 5 Aug" in said(page, "sonata-3")
    assert "Moved later by 121 days: was 17 Jun 2026. First move, seen" in said(page, "sonata-3")
    assert "No owner" in said(page, "sonata-3-mini")
    assert "closed" in said(page, "deepseek-chat")
    assert row_of(page, "deepseek-chat").select("form") == []


def test_acknowledging_covers_the_names_of_the_row_and_ends_reminders(reviewed: Database, pages: Browser) -> None:
    page = pages.get("/deadlines")
    page = pages.post("/deadlines/acknowledge", form(row_of(page, "etude-1"), "/deadlines/acknowledge"))
    assert "Acknowledged: no reminder follows" in page.text
    assert "acknowledged by mara, 17 Aug" in said(page, "etude-1")
    assert "reminder on" not in said(page, "etude-1")
    row = kept(reviewed, "etude-1")
    assert (row.acknowledged_by, row.acknowledged_at) == ("mara", NOW)
    assert kept(reviewed, "sonata-3-mini").acknowledged_by is None


def test_a_date_that_moved_meanwhile_is_not_acknowledged_unseen(reviewed: Database, pages: Browser) -> None:
    page = pages.get("/deadlines")
    fields = form(row_of(page, "etude-1"), "/deadlines/acknowledge")
    page = pages.post("/deadlines/acknowledge", {**fields, "ends": "2026-12-01T00:00:00Z"})
    assert "The date moved while you looked" in page.text
    assert kept(reviewed, "etude-1").acknowledged_by is None


def test_who_acknowledged_first_stands(reviewed: Database, pages: Browser) -> None:
    page = pages.get("/deadlines")
    fields = form(row_of(page, "etude-1"), "/deadlines/acknowledge")
    with reviewed.writing() as session:
        row = session.scalars(select(DeadlineRow).where(DeadlineRow.subject == "etude-1")).one()
        row.acknowledged_by, row.acknowledged_at = "jonas", NOW
    assert "Somebody else had acknowledged it already" in pages.post("/deadlines/acknowledge", fields).text
    assert kept(reviewed, "etude-1").acknowledged_by == "jonas"


def test_an_owner_is_named_and_taken_back(reviewed: Database, pages: Browser) -> None:
    page = pages.get("/deadlines")
    fields = form(row_of(page, "sonata-3-mini"), "/deadlines/owner")
    page = pages.post("/deadlines/owner", {**fields, "owner": "search <b>"})
    assert "Owner: search <b>" in said(page, "sonata-3-mini")
    assert kept(reviewed, "sonata-3-mini").owner == "search <b>"
    pages.post("/deadlines/owner", {**fields, "owner": ""})
    assert kept(reviewed, "sonata-3-mini").owner == ""


def test_a_form_that_names_no_deadline_is_refused(pages: Browser) -> None:
    fields = form(row_of(pages.get("/deadlines"), "etude-1"), "/deadlines/owner")
    answer = pages.post("/deadlines/owner", {**fields, "deadline": "1;2", "owner": "x"})
    assert answer.status == 422
    assert "The form names no deadline" in answer.text
    assert "/deadlines" in answer.links()
