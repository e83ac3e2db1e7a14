from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import expect
from sqlalchemy import select

from snapshots.db import Database
from snapshots.tables import ChangeRow
from tests.support.chromium import Watched

Look = Callable[..., Watched]


def alerted(database: Database, kind: str = "price-increased", subject: str = "deepseek-v4-pro") -> list[ChangeRow]:
    with database.reading() as session:
        query = select(ChangeRow).where(ChangeRow.kind == kind, ChangeRow.subject == subject)
        return list(session.scalars(query.order_by(ChangeRow.id)))


def states(database: Database) -> set[str]:
    return {row.review_state for row in alerted(database)}


@pytest.mark.parametrize("scripts", [True, False], ids=["with-scripts", "without-scripts"])
@pytest.mark.parametrize("width", [1280, 380])
def test_from_an_alerts_link_to_acknowledged_and_on_to_the_next(
    width: int, scripts: bool, look: Look, reviewed: Database
) -> None:
    watched = look(width, java_script_enabled=scripts)
    page = watched.page
    watched.goto(f"/c/{alerted(reviewed)[0].public_id}")
    expect(page.get_by_role("heading", level=1)).to_contain_text("costs more: output $0.87 is now $1.98 off-peak")
    expect(page.locator(".strip")).to_contain_text("Seen by headwater")
    page.get_by_role("button", name="Acknowledge").click()
    expect(page.get_by_role("status")).to_contain_text("Acknowledged.")
    expect(page.locator(".decided")).to_contain_text("Acknowledged by mara")
    assert states(reviewed) == {"acknowledged"}
    page.get_by_role("link", name="Next change").click()
    expect(page.get_by_role("button", name="Acknowledge")).to_be_visible()
    page.go_back()
    page.get_by_role("button", name="Reopen").click()
    expect(page.get_by_role("status")).to_contain_text("Reopened.")
    assert states(reviewed) == {"open"}


def test_the_queue_is_worked_by_keyboard_alone(look: Look, reviewed: Database) -> None:
    watched = look()
    page = watched.page
    watched.goto("/")
    rows = page.locator("[data-row]")
    expect(rows).to_have_count(16)
    page.keyboard.press("j")
    expect(rows.nth(0)).to_have_attribute("aria-current", "true")
    page.keyboard.press("j")
    page.keyboard.press("k")
    expect(rows.nth(0).locator("h3 a")).to_be_focused()
    title = rows.nth(0).locator("h3").inner_text()
    page.keyboard.press("a")
    expect(page.get_by_role("status")).to_contain_text("acknowledged")
    expect(rows).to_have_count(15)
    assert title not in page.locator(".rows").first.inner_text()
    page.keyboard.press("j")
    page.keyboard.press("x")
    page.keyboard.press("j")
    page.keyboard.press("x")
    expect(page.locator("[data-count]")).to_have_text("2")
    page.keyboard.press("s")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Snooze")
    page.get_by_label("In a week").press("Space")
    page.get_by_role("button", name="Snooze").press("Enter")
    expect(rows).to_have_count(13)
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    expect(page.locator(".strip")).to_be_visible()
    page.keyboard.press("d")
    page.get_by_label("True, but not ours").press("Space")
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_contain_text("Dismissed.")
    page.keyboard.press("u")
    expect(rows).to_have_count(12)
    page.keyboard.press("g")
    page.keyboard.press("s")
    expect(page.get_by_role("heading", level=1)).to_have_text("Sources")
    page.keyboard.press("/")
    page.keyboard.type("sonata-3")
    page.keyboard.press("Enter")
    expect(page.locator("mark").first).to_have_text("sonata-3")
    page.keyboard.press("?")
    expect(page.locator("#keys")).to_be_visible()


def test_tab_reaches_the_content_first_and_every_control_shows_its_focus(look: Look) -> None:
    watched = look()
    page = watched.page
    watched.goto("/")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to content")).to_be_focused()
    for _ in range(20):
        page.keyboard.press("Tab")
        outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
        assert outline != "none", page.evaluate("document.activeElement.outerHTML")


def test_single_keys_rest_in_fields_with_modifiers_and_when_turned_off(look: Look, reviewed: Database) -> None:
    watched = look()
    page = watched.page
    watched.goto(f"/c/{alerted(reviewed)[0].public_id}")
    page.locator("#comment").fill("a d s")
    page.locator("#comment").press("a")
    page.keyboard.press("Escape")
    page.keyboard.press("Control+a")
    watched.goto("/reader")
    page.get_by_label("Single keys act").uncheck()
    page.get_by_role("button", name="Keep").click()
    watched.goto(f"/c/{alerted(reviewed)[0].public_id}")
    page.keyboard.press("a")
    page.keyboard.press("j")
    assert states(reviewed) == {"open"}
    assert page.url.endswith(alerted(reviewed)[0].public_id)


def test_menus_close_on_escape_and_give_the_focus_back(look: Look, reviewed: Database) -> None:
    watched = look()
    page = watched.page
    watched.goto(f"/c/{alerted(reviewed)[0].public_id}")
    page.keyboard.press("s")
    expect(page.locator("details[open] input[type=radio]").first).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.locator("details[open]")).to_have_count(0)
    expect(page.locator("summary[data-key=s]")).to_be_focused()
