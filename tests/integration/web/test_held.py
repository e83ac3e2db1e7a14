from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import select

from monitor.serving import Served
from monitor.upper import believed, upper_rooms
from snapshots.clock import FixedClock
from snapshots.db import Database
from snapshots.tables import AcknowledgementRow, ChangeRow
from snapshots.web.settings import Address, WebSettings
from tests.support.browsing import Browser
from tests.support.reviewed import NOW, hold

SOURCE = "/sources/acme-deprecations"


@pytest.fixture
def held(reviewed: Database) -> Iterator[Browser]:
    """The pages over a store in which a version is held, with a service that can believe it."""
    pipeline = hold(reviewed, NOW)
    upper = upper_rooms(believe=lambda source_id, by, text: believed(pipeline, source_id, by, text))
    settings = WebSettings(bind=Address("127.0.0.1", 0), local_name="mara")
    with Served(reviewed, settings, clock=FixedClock(NOW), upper=upper) as served, Browser(served.local_url) as browser:
        yield browser


def trail(database: Database) -> list[tuple[str, str, str]]:
    with database.reading() as session:
        query = select(AcknowledgementRow).where(AcknowledgementRow.source_id == "acme-deprecations")
        return [(row.action, row.actor, row.text) for row in session.scalars(query.order_by(AcknowledgementRow.id))]


def test_an_accepted_version_is_the_page_and_its_changes_are_there(held: Browser, reviewed: Database) -> None:
    assert f"{SOURCE}#held" in held.get("/?state=held").links()
    page = held.send(held.get(SOURCE), f"{SOURCE}/held", action="accept", text="They moved the rest.")
    assert "Accepted: it is the page from now on." in page.text
    assert page.soup.select_one("#held") is None
    assert trail(reviewed) == [("accept", "mara", "They moved the rest.")]
    with reviewed.reading() as session:
        query = select(ChangeRow).where(ChangeRow.source_id == "acme-deprecations", ChangeRow.detected_at == NOW)
        assert "other-1" in {row.subject for row in session.scalars(query)}


def test_a_refused_version_stays_held(held: Browser, reviewed: Database) -> None:
    page = held.send(held.get(SOURCE), f"{SOURCE}/held", action="refuse")
    assert "Refused: it stays held" in page.text
    assert "Refused: it stays held until another answer comes." in page.soup.select_one("#held").get_text()  # type: ignore[union-attr]
    assert trail(reviewed) == [("refuse", "mara", "")]


def test_only_the_version_that_was_seen_is_decided_about(held: Browser, reviewed: Database) -> None:
    fields = held.get(SOURCE).form(f"{SOURCE}/held")
    for action in ("accept", "refuse"):
        answer = held.post(f"{SOURCE}/held", {**fields, "version": "3", "action": action})
        assert answer.status == 422
        assert "gave another answer meanwhile, version 4" in answer.text
        assert SOURCE in answer.links()
    assert trail(reviewed) == []


def test_pages_without_a_service_say_what_to_do_instead(pages: Browser, reviewed: Database) -> None:
    hold(reviewed, NOW)
    answer = pages.send(pages.get(SOURCE), f"{SOURCE}/held", action="accept")
    assert answer.status == 409
    assert "Use the command line of the service for this." in answer.text
    assert trail(reviewed) == []
