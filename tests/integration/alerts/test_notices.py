"""What the service tells of itself: one trouble, one incident, opened once and closed once."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update

from alerts.channels import open_channel
from alerts.channels.slack import SlackConfig
from alerts.deliver import deliver_due
from alerts.dispatch import dispatch_events
from alerts.rules.routes import Routing
from alerts.watch import watch
from monitor.demo.receivers import SlackReceiver
from snapshots import outbox
from snapshots.tables import DecisionRow, DeliveryRow, IncidentRow, SourceRow
from tests.integration.alerts.conftest import NOON, Recorder, a_change, a_route

FAILING = {
    "source_id": "log",
    "outcome": "shell",
    "since": "2026-04-24T06:00:00+00:00",
    "detail": "<b>no</b> table",
    "last_good_at": "2026-04-24T05:00:00+00:00",
}
RECOVERED = {"source_id": "log", "since": FAILING["since"], "until": "2026-04-24T12:00:00+00:00"}


def happens(recorder: Recorder, topic: str, payload: dict[str, Any], routing: Routing | None = None) -> None:
    now = recorder.clock.now()
    with recorder.database.writing() as session:
        outbox.append(session, topic, f"{topic}:{now}", payload, now)
    dispatch_events(recorder.database, channels=("mail", "team"), routing=routing or Routing(), now=now)
    recorder.pass_time(timedelta(minutes=1))


def made(recorder: Recorder) -> list[tuple[str, str, str]]:
    with recorder.database.reading() as session:
        rows = session.scalars(select(DeliveryRow).order_by(DeliveryRow.created_at, DeliveryRow.channel))
        return [(row.channel, row.incident, str((row.about or {}).get("topic"))) for row in rows]


@pytest.mark.parametrize(
    ("begins", "payload", "ends", "closing"),
    [
        ("source-failing", FAILING, "source-recovered", RECOVERED),
        ("network-down", {"since": FAILING["since"]}, "network-up", {"since": FAILING["since"]}),
    ],
)
def test_a_trouble_is_told_once_and_so_is_its_end(
    recorder: Recorder, begins: str, payload: dict[str, Any], ends: str, closing: dict[str, Any]
) -> None:
    for topic, told in ((begins, payload), (begins, payload), (ends, closing), (ends, closing), (begins, payload)):
        happens(recorder, topic, told)
    assert made(recorder) == [
        (channel, incident, topic)
        for incident, topic in (("I-1", begins), ("I-1", ends), ("I-2", begins))
        for channel in ("mail", "team")
    ]


def test_two_sources_are_two_troubles(recorder: Recorder) -> None:
    happens(recorder, "source-failing", FAILING)
    happens(recorder, "source-failing", {**FAILING, "source_id": "pricing"})
    assert {incident for _, incident, _ in made(recorder)} == {"I-1", "I-2"}


def test_a_channel_in_trouble_is_not_told_of_itself(recorder: Recorder) -> None:
    about = {"channel": "team", "reason": "not-found", "detail": "channel_not_found", "since": FAILING["since"]}
    happens(recorder, "channel-failing", about)
    assert made(recorder) == [("mail", "I-1", "channel-failing")]


def test_routes_decide_about_it_as_about_any_news(recorder: Recorder) -> None:
    routing = Routing((a_route(match={"area": "headwater"}, channel="mail"), a_route(match={"area": "price"})))
    happens(recorder, "source-failing", FAILING, routing)
    happens(recorder, "source-recovered", RECOVERED, routing)
    assert made(recorder) == [("mail", "I-1", "source-failing"), ("mail", "I-1", "source-recovered")]


def test_what_nobody_was_told_ends_in_silence(recorder: Recorder) -> None:
    routing = Routing((a_route(match={"area": "price"}),))
    happens(recorder, "source-failing", FAILING, routing)
    happens(recorder, "source-recovered", RECOVERED, routing)
    assert made(recorder) == []
    with recorder.database.reading() as session:
        assert session.scalars(select(IncidentRow.closed_why)).all() == ["recovered"]
        assert [row.outcome for row in session.scalars(select(DecisionRow))] == ["kept"]


def test_the_messages_say_what_holds_and_escape_what_came_from_outside(recorder: Recorder) -> None:
    recorder.record("log", a_change())
    with SlackReceiver() as webhook:
        config = SlackConfig(kind="slack", name="team", webhook_url_env="URL", messages_per_minute=None)
        channel = open_channel(config, {"URL": webhook.url}, Path())
        for topic, payload in (("source-failing", FAILING), ("source-recovered", RECOVERED)):
            happens(recorder, topic, payload)
            deliver_due(recorder.database, {"team": channel}, clock=recorder.clock, owner="me")
        texts = [one["text"] for one in webhook.payloads if "Source" in one["text"] or "Resolved" in one["text"]]
        said = str(webhook.payloads)
    assert texts == [
        "▲ Source log is failing (since 24 Apr 2026, 06:00 UTC)",
        "○ Resolved: source log gives good answers again",
    ]
    assert "The server answers 200, but not with the page. Facts are unchanged." in said
    assert "It had failed for 6 hours." in said
    assert "<b>" not in said


def test_checks_that_do_not_come_are_told_and_so_is_that_they_come_again(recorder: Recorder) -> None:
    recorder.record("log", a_change())

    def look(minutes: int, checked: int) -> bool:
        now = NOON + timedelta(minutes=minutes)
        with recorder.database.writing() as session:
            at = NOON + timedelta(minutes=checked)
            session.execute(update(SourceRow).values(last_checked_at=at, next_check_at=at + timedelta(minutes=1)))
        return watch(
            recorder.database,
            channels=("team",),
            routing=Routing(),
            stale_after=timedelta(minutes=30),
            running_since=NOON,
            now=now,
        )

    assert [look(29, 0), look(31, 0), look(45, 0), look(46, 46)] == [True, False, False, True]
    assert made(recorder) == [("team", "I-1", "checks-stale"), ("team", "I-1", "checks-resumed")]


def test_a_service_that_was_away_has_time_to_catch_up(recorder: Recorder) -> None:
    recorder.record("log", a_change())
    later = NOON + timedelta(days=3)
    looked = {"channels": ("team",), "routing": Routing(), "stale_after": timedelta(minutes=30)}
    assert watch(recorder.database, running_since=later, now=later + timedelta(minutes=29), **looked)  # type: ignore[arg-type]
    assert not watch(recorder.database, running_since=later, now=later + timedelta(minutes=31), **looked)  # type: ignore[arg-type]
