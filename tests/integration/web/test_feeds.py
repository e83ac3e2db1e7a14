from __future__ import annotations

import csv
import io
import logging
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx2
import pytest
from icalendar import Calendar
from lxml import etree
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from monitor.serving import Served
from snapshots.clock import FixedClock
from snapshots.db import Database
from snapshots.deadlines import sync
from snapshots.facts import Precision
from snapshots.tables import ChangeRow, DeadlineRow, FactRow
from snapshots.tokens import Scope, add_token
from snapshots.web.feeds.tables import cell
from snapshots.web.passwords import hash_password
from snapshots.web.settings import Account, Address, Role, WebSettings
from tests.support.reviewed import NOW, copied

ATOM = "{http://www.w3.org/2005/Atom}"
LOCAL = WebSettings(local_name="mara", public_url="http://headwater.example:8080")
Feeds = Callable[..., httpx2.Client]


@pytest.fixture
def store(story: Path, tmp_path: Path) -> Iterator[Database]:
    database = copied(story, tmp_path / "headwater.db")
    yield database
    database.close()


@pytest.fixture
def feeds(store: Database) -> Iterator[Feeds]:
    with ExitStack() as running:

        def start(settings: WebSettings = LOCAL) -> httpx2.Client:
            bound = replace(settings, bind=Address("127.0.0.1", 0))
            served = running.enter_context(Served(store, bound, clock=FixedClock(NOW)))
            client = httpx2.Client(base_url=f"{served.local_url}/feeds", trust_env=False, timeout=30)
            return running.enter_context(client)

        yield start


def entries(answer: httpx2.Response) -> list[etree._Element]:
    assert answer.status_code == 200, answer.text
    found: list[etree._Element] = etree.fromstring(answer.content).findall(f"{ATOM}entry")
    return found


def events(answer: httpx2.Response) -> dict[str, Any]:
    return {str(event["summary"]): event for event in Calendar.from_ical(answer.text).walk("VEVENT")}


def test_a_feed_tells_the_changes_of_one_provider_and_level(feeds: Feeds, store: Database) -> None:
    found = entries(feeds().get("/changes.atom?provider=acme&level=critical&level=warning"))
    ids = [one.findtext(f"{ATOM}id") for one in found]
    assert ids
    assert len(ids) == len(set(ids))
    with store.reading() as session:
        for one in found:
            name, _, public_id = (one.findtext(f"{ATOM}id") or "").rpartition("/")
            row = session.scalars(select(ChangeRow).where(ChangeRow.public_id == public_id)).one()
            assert name == "tag:headwater.example,2026:change"
            assert row.source_id.startswith("acme-")
            assert row.level in ("critical", "warning")
            assert one.findtext(f"{ATOM}title")
    links = [link.get("href") for link in found[0].findall(f"{ATOM}link")]
    assert links[0] == f"http://headwater.example:8080/c/{(ids[0] or '').rpartition('/')[2]}"


def test_a_reader_that_has_the_feed_is_told_so(feeds: Feeds, store: Database) -> None:
    client = feeds()
    first = client.get("/changes.atom")
    assert client.get("/changes.atom", headers={"if-none-match": first.headers["etag"]}).status_code == 304
    since = {"if-modified-since": first.headers["last-modified"]}
    assert client.get("/changes.atom", headers=since).status_code == 304
    assert client.get("/changes.atom", headers=since | {"if-none-match": '"other"'}).status_code == 200
    with store.writing() as session:
        session.execute(update(ChangeRow).values(state="withdrawn"))
    assert client.get("/changes.atom", headers={"if-none-match": first.headers["etag"]}).status_code == 200


def test_an_event_keeps_its_uid_and_its_sequence_rises_when_the_date_moves(feeds: Feeds, store: Database) -> None:
    client = feeds()
    before = events(client.get("/deadlines.ics"))["embed-small-v2 ends"]
    assert before["dtstart"].dt == date(2026, 11, 30)
    assert before["status"] == "CONFIRMED"
    again = events(client.get("/deadlines.ics"))["embed-small-v2 ends"]
    assert again.to_ical() == before.to_ical()
    move(store, "2026-12-15", NOW + timedelta(hours=1))
    after = events(client.get("/deadlines.ics"))["embed-small-v2 ends"]
    assert after["uid"] == before["uid"]
    assert after["sequence"] > before["sequence"]
    assert after["dtstart"].dt == date(2026, 12, 15)
    assert "It was 2026-11-30 before" in after["description"]


def test_a_withdrawn_end_is_cancelled_and_may_come_back(feeds: Feeds, store: Database) -> None:
    client = feeds()
    before = events(client.get("/deadlines.ics"))["embed-small-v2 ends"]
    with store.writing() as session:
        row = end_fact(session, "embed-small-v2")
        row.observed_to = NOW
        session.flush()
        sync(session, NOW + timedelta(hours=1), remind_before=())
    gone = events(client.get("/deadlines.ics"))["embed-small-v2 ends"]
    assert (gone["status"], gone["uid"]) == ("CANCELLED", before["uid"])
    assert gone["sequence"] > before["sequence"]
    with store.writing() as session:
        end_fact(session, "embed-small-v2").observed_to = None
        session.flush()
        sync(session, NOW + timedelta(hours=2), remind_before=())
    back = events(client.get("/deadlines.ics"))["embed-small-v2 ends"]
    assert back["status"] == "CONFIRMED"
    assert back["sequence"] > gone["sequence"]


def test_days_instants_and_bounds_are_told_apart(feeds: Feeds, store: Database) -> None:
    with store.writing() as session:
        row = session.scalars(select(DeadlineRow).where(DeadlineRow.subject == "etude-1")).one()
        row.precision = Precision.NOT_SOONER_THAN
    found = events(feeds().get("/deadlines.ics"))
    assert found["deepseek-chat ends"]["dtstart"].to_ical() == b"20260724T155900Z"
    assert found["sonata-3 ends"]["dtstart"].to_ical() == b"20261016"
    bound = found["etude-1 ends, not sooner than this"]
    assert (bound["status"], bound["transp"]) == ("TENTATIVE", "TRANSPARENT")
    assert "the day itself is not known yet" in bound["description"]
    assert set(events(feeds().get("/deadlines.ics?provider=deepseek"))) < set(found)


def test_tables_hold_every_change_and_fact(feeds: Feeds, store: Database) -> None:
    client = feeds()
    rows = list(csv.DictReader(io.StringIO(client.get("/changes.csv").text, newline="")))
    with store.reading() as session:
        wanted = set(session.scalars(select(ChangeRow.public_id).where(ChangeRow.level != "none")))
        facts = session.scalars(select(FactRow.id).where(FactRow.observed_to.is_(None))).all()
    assert {row["id"] for row in rows} == wanted
    assert len(client.get("/facts.csv").text.split("\r\n")) >= len(facts)
    assert len(client.get("/facts.csv?limit=3").text.split("\r\n")) == 5
    assert client.get("/deadlines.csv").headers["content-type"].startswith("text/csv")


@pytest.mark.parametrize(
    "text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "  =1", "\u200b=1", "\uff1d1", "\ufeff-2"]
)
def test_no_cell_begins_as_a_formula(text: str) -> None:
    assert cell(text).startswith("'")


def test_what_upstream_wrote_is_inert(feeds: Feeds, store: Database) -> None:
    evil = (
        '=HYPERLINK("http://evil")</title><script>alert(1)</script>\x1b[31m\u202eoff\x07\r\nBEGIN:VEVENT\r\nUID:evil]]>'
    )
    with store.writing() as session:
        session.execute(update(ChangeRow).values(subject=evil, before=evil, after=evil, evidence_quote=evil * 20))
        session.execute(update(FactRow).values(value=evil, evidence_quote=evil))
        session.execute(update(DeadlineRow).values(quote=evil, owner=evil, stated="2026-10-16" + evil))
        row = session.scalars(select(DeadlineRow).where(DeadlineRow.subject == "sonata-3")).one()
        row.subject = evil
    client = feeds()
    feed = client.get("/changes.atom").content
    root = etree.fromstring(feed)
    known = ("feed", "id", "title", "updated", "link", "entry", "author", "name", "category", "summary")
    assert {one.tag for one in root.iter()} <= {f"{ATOM}{name}" for name in known}
    assert b"<script" not in feed
    calendar = client.get("/deadlines.ics").text
    assert "UID:evil" not in [line.strip() for line in calendar.split("\r\n")]
    assert len(Calendar.from_ical(calendar).walk("VEVENT")) == calendar.count("BEGIN:VEVENT\r\n")
    for name in ("changes", "facts", "deadlines"):
        text = client.get(f"/{name}.csv").text
        rows = list(csv.reader(io.StringIO(text, newline="")))
        assert {len(row) for row in rows} == {len(rows[0])}
        assert all(not value.startswith(("=", "+", "-", "@", "\t", "\r")) for row in rows for value in row)
        assert not {"\x1b", "\u202e", "\x07"} & set(text)
    assert not {"\x1b", "\u202e", "\x07"} & set(calendar + feed.decode())


def test_a_token_for_feeds_opens_feeds_and_nothing_else(
    feeds: Feeds, store: Database, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    client = feeds(WebSettings(accounts=(Account("mara", Role.READ, hash_password("a password")),)))
    with store.writing() as session:
        made = {scope: add_token(session, scope, scope, by="mara", now=NOW)[1] for scope in Scope}
    assert client.get("/changes.atom").status_code == 401
    assert client.get("/changes.atom?token=hw_wrong").status_code == 401
    for address in ("/changes.atom", "/deadlines.ics", "/changes.csv", "/facts.csv", "/deadlines.csv"):
        answer = client.get(address, params={"token": made[Scope.FEED]})
        assert answer.status_code == 200
        assert made[Scope.FEED] not in answer.text
        assert client.get(address, headers={"authorization": f"Bearer {made[Scope.FEED]}"}).status_code == 200
        assert client.get(address, headers={"authorization": f"Bearer {made[Scope.READ]}"}).status_code == 200
        # What may do more must not stand in an address.
        assert client.get(address, params={"token": made[Scope.READ]}).status_code == 403
    client.get("/nothing.atom", params={"token": made[Scope.FEED]})
    api = str(client.base_url).replace("/feeds/", "/api/v1/changes")
    assert httpx2.get(f"{api}?token={made[Scope.FEED]}", trust_env=False).status_code == 401
    out, err = capfd.readouterr()
    logged = [record.getMessage() for record in caplog.records if not record.name.startswith("http")]
    assert made[Scope.FEED] not in "\n".join((out, err, *logged))


def end_fact(session: Session, subject: str) -> FactRow:
    query = select(FactRow).where(FactRow.subject_key == subject, FactRow.predicate == "lifecycle.retirement_date")
    return session.scalars(query).one()


def move(store: Database, day: str, at: datetime) -> None:
    with store.writing() as session:
        row = end_fact(session, "embed-small-v2")
        row.value, row.value_key = day, day
        session.flush()
        sync(session, at, remind_before=())
