from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import select

from snapshots import review
from snapshots.clock import FixedClock
from snapshots.db import Database
from snapshots.review import Reviewer, ReviewState
from snapshots.tables import AcknowledgementRow, ChangeRow, ConflictRow, DeliveryRow
from tests.support.browsing import Browser
from tests.support.crowd import build as crowd
from tests.support.reviewed import NOW


def rows_of(database: Database, kind: str, subject: str) -> list[ChangeRow]:
    with database.reading() as session:
        query = select(ChangeRow).where(ChangeRow.kind == kind, ChangeRow.subject == subject)
        return list(session.scalars(query.order_by(ChangeRow.id)))


def price(database: Database) -> list[ChangeRow]:
    return rows_of(database, "price-increased", "deepseek-v4-pro")


def test_acknowledging_covers_the_whole_event_and_leaves_a_trail(reviewed: Database, pages: Browser) -> None:
    first = price(reviewed)[0].public_id
    page = pages.send(pages.get(f"/c/{first}"), f"/c/{first}", action="acknowledge")
    assert page.soup.select_one('[role="status"]').get_text(" ", strip=True).startswith("Acknowledged.")  # type: ignore[union-attr]
    assert "Acknowledged by mara, 17 Aug 2026, 09:40 UTC" in page.text
    rows = price(reviewed)
    assert len(rows) == 6
    assert {row.review_state for row in rows} == {ReviewState.ACKNOWLEDGED}
    with reviewed.reading() as session:
        trail = review.trail(session, session.get_one(ChangeRow, rows[0].id))
    assert [(one.actor, one.via, one.action, one.at) for one in trail] == [("mara", "web", "acknowledge", NOW)]
    assert first not in pages.get("/").body.decode()
    page = pages.send(page, f"/c/{first}", action="reopen")
    assert {row.review_state for row in price(reviewed)} == {ReviewState.OPEN}


def test_somebody_faster_is_named_and_nothing_is_overwritten(reviewed: Database, pages: Browser) -> None:
    first = price(reviewed)[0]
    page = pages.get(f"/c/{first.public_id}")
    with reviewed.writing() as session:
        row = session.get_one(ChangeRow, first.id)
        when = NOW - timedelta(minutes=2)
        review.acknowledge(session, row, Reviewer("jonas", "web"), now=when, text="Budget table updated.")
    late = pages.send(page, f"/c/{first.public_id}", action="dismiss", reason="other", text="My own words")
    assert late.status == 409
    said = late.soup.select_one('[role="alert"]')
    assert said is not None
    assert "jonas acknowledged this 2 min ago" in said.get_text(" ", strip=True)
    assert "Budget table updated." in said.get_text()
    assert late.soup.textarea.get_text() == "My own words"  # type: ignore[union-attr]
    with reviewed.reading() as session:
        assert len(review.trail(session, session.get_one(ChangeRow, first.id))) == 1


@pytest.mark.parametrize(
    ("until", "end"),
    [
        ({"until": "tomorrow"}, "2026-08-18T09:00"),
        ({"until": "monday"}, "2026-08-24T09:00"),
        ({"until": "week"}, "2026-08-24T09:00"),
        ({"until": "date", "day": "2026-09-01"}, "2026-09-01T09:00"),
    ],
)
def test_snoozing_ends_in_the_morning_and_by_itself(
    until: dict[str, str], end: str, reviewed: Database, pages: Browser, clock: FixedClock
) -> None:
    first = price(reviewed)[0].public_id
    pages.send(pages.get(f"/c/{first}"), f"/c/{first}", action="snooze", **until)
    snoozed = price(reviewed)[0].snoozed_until
    assert snoozed is not None
    assert snoozed.isoformat(timespec="minutes").startswith(end)
    assert f"/c/{first}" not in pages.get("/").links()
    assert any(row.public_id in pages.get("/?state=snoozed").body.decode() for row in price(reviewed))
    clock.set(snoozed)
    assert any(f"/c/{row.public_id}" in pages.get("/").links() for row in price(reviewed))


def test_dismissing_asks_why(reviewed: Database, pages: Browser) -> None:
    first = price(reviewed)[0].public_id
    page = pages.send(pages.get(f"/c/{first}"), f"/c/{first}", action="dismiss")
    assert page.soup.select_one("details[open] input[name=reason]") is not None
    page = pages.send(page, f"/c/{first}", action="dismiss", reason="not-ours", text="Another team pays.")
    assert "Dismissed by mara" in page.text
    assert "True, but not ours. Another team pays." in page.text
    page = pages.send(pages.send(page, f"/c/{first}", action="reopen"), f"/c/{first}", action="dismiss", reason="other")
    assert page.status == 422
    assert "needs a reason" in page.text


@pytest.mark.parametrize(
    "fields",
    [
        {"action": "explode"},
        {"action": "snooze", "until": "date", "day": "yesterday"},
        {"action": "snooze", "until": "date", "day": "2020-01-01"},
        {"action": "snooze", "until": "date", "day": "9999-12-31"},
        {"action": "comment", "text": "   "},
        {"action": "comment", "text": "x" * 4_001},
        {"action": "comment", "text": "bell\x07"},
    ],
)
def test_what_is_no_decision_is_refused_in_a_sentence(
    fields: dict[str, str], reviewed: Database, pages: Browser
) -> None:
    first = price(reviewed)[0].public_id
    page = pages.send(pages.get(f"/c/{first}"), f"/c/{first}", **fields)
    if fields.get("day") == "9999-12-31":
        assert page.status == 200
        return
    assert page.status == 422
    assert page.heading() == "That decision was not recorded"
    assert price(reviewed)[0].review_state == "open"


def test_a_comment_stands_in_the_history_as_it_was_written(reviewed: Database, pages: Browser) -> None:
    first = price(reviewed)[0].public_id
    words = "<b>Look</b> at {{ this }}\nand at that"
    page = pages.send(pages.get(f"/c/{first}"), f"/c/{first}", action="comment", text=words)
    assert page.soup.select_one(".trail q").get_text().replace("\r", "") == words  # type: ignore[union-attr]
    assert price(reviewed)[0].review_state == "open"


def test_several_rows_are_decided_at_once(reviewed: Database, pages: Browser) -> None:
    page = pages.get("/?all=1")
    picked = [str(box["value"]) for box in page.soup.select("[data-row] input[type=checkbox][checked]")]
    assert len(picked) == 16
    answer = pages.post("/decide", {**page.form("/decide"), "action": "acknowledge", "change": picked[:2]})
    changes = sum(len(one.split(",")) for one in picked[:2])
    assert f"{changes} change" in answer.soup.select_one('[role="status"]').get_text()  # type: ignore[union-attr]
    assert len(answer.soup.select("[data-row]")) == 14
    undo = answer.soup.select_one('[role="status"] form input[name="change"]')
    assert undo is not None
    undone = pages.post("/decide", {**answer.form("/decide"), "action": "reopen", "change": str(undo["value"])})
    assert len(undone.soup.select("[data-row]")) == 16
    answer = pages.post("/decide", {**undone.form("/decide"), "action": "acknowledge", "change": picked[:2]})
    nothing = pages.post("/decide", {**answer.form("/decide", -1), "action": "acknowledge"})
    assert "Nothing was selected." in nothing.text
    asked = pages.post("/decide", {**answer.form("/decide", -1), "action": "snooze", "change": picked[2:4]})
    assert asked.heading().startswith("Snooze")
    done = pages.send(asked, "/decide", until="tomorrow")
    assert len(done.soup.select("[data-row]")) == 12


def test_a_conflict_is_settled_with_words(reviewed: Database, pages: Browser) -> None:
    with reviewed.reading() as session:
        conflict = session.scalars(select(ConflictRow)).one()
    path = f"/conflicts/{conflict.public_id}"
    page = pages.get(path)
    assert page.heading().startswith("Documents disagree about")
    assert len(page.soup.select(".claims > div")) == 2
    page = pages.send(page, path, action="acknowledge", text="The newer page is right.")
    assert "Acknowledged by mara" in page.text
    with reviewed.reading() as session:
        assert session.scalars(select(ConflictRow)).one().review_state == "acknowledged"


def test_a_delivery_that_was_given_up_is_sent_again(reviewed: Database, pages: Browser) -> None:
    page = pages.get("/deliveries?state=dead")
    action = str(page.soup.select_one('form[action$="/resend"]')["action"])  # type: ignore[index]
    done = pages.send(page, action)
    assert "It is due again" in done.text
    with reviewed.reading() as session:
        assert session.scalars(select(DeliveryRow).where(DeliveryRow.state == "dead")).first() is None


def test_lists_follow_decisions_made_elsewhere(database_url: str, serve: Callable[..., Browser]) -> None:
    database = Database(database_url)
    crowd(database, changes=200, sources=4)
    pages = serve(database)

    def waiting() -> int:
        return int(pages.get("/").text.split(" to review")[0].split()[-1])

    before = waiting()
    with database.writing() as session:
        row = session.scalars(select(ChangeRow).where(ChangeRow.review_state == "open").order_by(ChangeRow.id)).first()
        assert row is not None
        same = select(ChangeRow).where(
            ChangeRow.subject_key == row.subject_key, ChangeRow.kind == row.kind, ChangeRow.review_state == "open"
        )
        alone = len({(one.effective_at, one.to_snapshot_id) for one in session.scalars(same)}) == 1
        review.acknowledge(session, row, Reviewer("jonas", "cli"), now=NOW)
    assert waiting() == before - alone
    with database.writing() as session:
        session.add(AcknowledgementRow(at=NOW, actor="x", via="cli", action="comment", change_id=row.id, text="hm"))
    assert waiting() == before - alone
    database.close()
