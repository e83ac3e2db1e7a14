"""Asking why somebody was told, looking at messages, silencing, and taking care of deadlines, as a user does."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from alerts.dispatch import dispatch_events
from alerts.rules.routes import Routing
from snapshots import outbox
from snapshots.clock import SystemClock
from snapshots.db import Database
from snapshots.journal import Filter, list_changes
from snapshots.silences import add_silence
from tests.integration.cli.conftest import Run

STORE = ("--database", "sqlite:///kept.db")


@pytest.fixture
def kept(run: Run, history: Path, tmp_path: Path) -> Database:
    """A store with the changes of a change log, of which one is silenced, decided and waiting to be sent."""
    run("replay", str(history), "--store", "kept.db")
    database = Database(f"sqlite:///{tmp_path / 'kept.db'}")
    now = SystemClock().now()
    with database.writing() as session:
        until = now + timedelta(days=1)
        add_silence(session, {"subject": ["*-reasoner"]}, until=until, owner="mara", comment="known", now=now)
        ids = [entry.id for entry in list_changes(session, Filter(), limit=100)]
        payload = {"source_id": "acme-log", "check_id": 1, "change_ids": ids}
        outbox.append(session, "changes-recorded", "check:x", payload, now)
    dispatch_events(database, channels=("team",), routing=Routing(), now=now)
    database.close()
    return database


def test_each_change_says_where_it_went_or_what_kept_it(run: Run, kept: Database) -> None:
    changes = {(one["kind"], one["subject"]): one["id"] for one in run("changes", "list", "--json", *STORE).json}
    sent = run("alerts", "explain", changes["alias-retargeted", "acme-chat"], "--json", *STORE).json
    assert [(one["channel"], one["outcome"], one["path"]) for one in sent["decisions"]] == [
        ("team", "at-once", "default")
    ]
    assert sent["decisions"][0]["incident"] == "I-1"
    silenced = next(id_ for (_, subject), id_ in changes.items() if subject == "acme-reasoner")
    told = run("alerts", "explain", silenced, *STORE)
    assert told.code == 0
    assert "kept back: Held back by silence 1 of mara until" in told.out
    assert run("alerts", "explain", "zzzz", *STORE).code == 1


def test_messages_are_shown_and_not_sent(run: Run, kept: Database) -> None:
    change = run("changes", "list", "--kind", "alias-retargeted", "--json", *STORE).json[0]["id"]
    shown = run("alerts", "preview", change, *STORE)
    assert "acme-chat now means acme-next" in shown.out
    waiting = run("alerts", "preview", "--channel", "team", "--json", *STORE).json
    assert {"acme-chat" in one["subject"] for one in waiting} == {True, False}, "the news and the first summary"
    assert all(one["slack"][0]["blocks"] and one["text"] and one["html"] for one in waiting)
    assert run("alerts", "preview", "--channel", "nobody", *STORE).code == 1
    assert run("alerts", "preview", "--digest", *STORE).code == 0
    assert run("alerts", "preview", change, "--digest", *STORE).code == 2
    states = {one["state"] for one in run("alerts", "deliveries", "--json", *STORE).json}
    assert states == {"pending"}


def test_a_silence_is_made_listed_and_ended(run: Run, kept: Database) -> None:
    made = run(
        "silences", "add", "--match", "subject=acme-*", "--match", "label:team=search", "--match", "area=price,alias",
        "--until", "7d", "--because", "moving", "--as", "kim", "--json", *STORE,
    ).json  # fmt: skip
    assert made["matcher"] == {"area": ["price", "alias"], "subject": ["acme-*"], "labels": {"team": "search"}}
    listed = run("silences", "list", "--json", *STORE).json
    assert [(one["id"], one["owner"], one["held_back"] > 0) for one in listed] == [(1, "mara", True), (2, "kim", False)]
    assert "area=price,alias subject=acme-* label:team=search" in run("silences", "list", *STORE).out
    assert run("silences", "expire", "2", *STORE).code == 0
    assert run("silences", "expire", "2", *STORE).code == 1
    assert len(run("silences", "list", "--json", *STORE).json) == 1
    assert len(run("silences", "list", "--all", "--json", *STORE).json) == 2


@pytest.mark.parametrize(
    ("match", "until", "sentence"),
    [
        ("area=money", "7d", 'area: there is no area "money".'),
        ("colour=red", "7d", 'There is no key "colour". Keys are area, kind,'),
        ("price", "7d", '"price" is not a matcher. Write key=value, such as area=price.'),
        ("area=price", "2020-01-01", "1 Jan 2020, 00:00 UTC is past: this would hold nothing back."),
        ("area=price", "soon", '"soon" is not a time.'),
    ],
)
def test_a_silence_that_cannot_be_meant_gets_a_sentence(
    run: Run, kept: Database, match: str, until: str, sentence: str
) -> None:
    refused = run("silences", "add", "--match", match, "--until", until, "--because", "x", *STORE)
    assert (refused.code, sentence in refused.err) == (2, True)


def test_a_deadline_gets_an_owner_and_is_acknowledged(run: Run, history: Path, tmp_path: Path) -> None:
    later = (datetime.now(UTC) + timedelta(days=40)).date().isoformat()
    log = history / "002__2026-04-25.md"
    log.write_text(log.read_text().replace("2026-07-24", later))
    run("replay", str(history), "--store", "kept.db")
    assert "acme-chat stops working" not in run("alerts", "preview", "--deadlines", *STORE).out
    assert run("deadlines", "owner", "acme-chat", "platform", *STORE).code == 0
    shown = run("alerts", "preview", "--deadlines", *STORE)
    assert "stops working" in shown.out
    assert "platform: nobody has acknowledged it yet." in shown.out
    told = run("deadlines", "acknowledge", "ACME chat", "--as", "mara", "--json", *STORE).json
    assert (told["subject"], told["ends"], told["acknowledged_by"]) == ("acme-chat", later, "mara")
    known = {one["subject"]: one for one in run("deadlines", "--json", *STORE).json}
    assert known["acme-chat"]["ends"] == later
    assert (known["acme-chat"]["owner"], known["acme-chat"]["acknowledged_by"]) == ("platform", "mara")
    assert "acknowledged by mara" in run("deadlines", *STORE).out
    refused = run("deadlines", "acknowledge", "nobody", *STORE)
    assert (refused.code, 'No open deadline is named "nobody".' in refused.err) == (1, True)
