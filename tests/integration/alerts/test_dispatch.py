"""Recorded changes become deliveries: once an upstream event, whoever shows it; never silently none."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.exc import DBAPIError

from alerts.dispatch import dispatch_events
from alerts.rules.routes import Routing
from snapshots.tables import DeliveryRow
from tests.integration.alerts.conftest import Recorder, a_change, a_route, told

QUIET = a_change("acme-chat", "256K", kind="context-window-increased", attribute="context_window", before="128K")


def dispatch(recorder: Recorder, *channels: str, routing: Routing | None = None) -> int:
    now = recorder.clock.now()
    return dispatch_events(recorder.database, channels=channels or ("team",), routing=routing or Routing(), now=now)


def test_the_changes_of_one_check_become_one_message_a_channel(recorder: Recorder) -> None:
    ids = recorder.record("log", a_change("acme-chat"), a_change("acme-reasoner"), QUIET)
    assert dispatch(recorder, "mail", "team") == 1
    assert told(recorder.database) == [
        ("mail", "incident", "pending", tuple(ids), ()),
        ("team", "incident", "pending", tuple(ids), ()),
    ]


def test_an_event_is_looked_at_once(recorder: Recorder) -> None:
    recorder.record("log", a_change())
    assert [dispatch(recorder), dispatch(recorder)] == [1, 0]
    assert len(told(recorder.database)) == 1


def test_a_dispatch_that_breaks_leaves_the_event_and_no_delivery(recorder: Recorder) -> None:
    recorder.record("log", a_change())
    with pytest.raises(DBAPIError):
        dispatch(recorder, "team", None)  # type: ignore[arg-type]  # the row of a channel without a name is refused
    assert told(recorder.database) == []
    assert dispatch(recorder) == 1
    assert len(told(recorder.database)) == 1


def test_the_same_event_in_a_second_source_joins_and_is_not_told_again(recorder: Recorder) -> None:
    [first] = recorder.record("log", a_change())
    dispatch(recorder)
    recorder.pass_time(timedelta(hours=5))
    [second] = recorder.record("pricing", a_change())
    dispatch(recorder)
    assert told(recorder.database) == [("team", "incident", "pending", (first,), (second,))]


def test_the_same_words_of_two_providers_are_two_events(recorder: Recorder) -> None:
    [own] = recorder.record("log", a_change())
    dispatch(recorder)
    recorder.pass_time(timedelta(hours=5))
    [resold] = recorder.record("resale", a_change(), provider="reseller")
    dispatch(recorder)
    [mirrored] = recorder.record("mirror", a_change(), provider="")
    dispatch(recorder)
    assert told(recorder.database) == [
        ("team", "incident", "pending", (own,), ()),
        ("team", "incident", "pending", (resold,), (mirrored,)),
    ]


def test_later_news_of_a_name_belong_to_its_incident_for_some_days(recorder: Recorder) -> None:
    recorder.record("pricing", a_change())
    dispatch(recorder)
    recorder.pass_time(timedelta(hours=6))
    ends = a_change("Acme-Chat", "2026-07-24", kind="shutdown-date-set", attribute="retirement_date", before=None)
    recorder.record("log", ends)
    dispatch(recorder)
    recorder.pass_time(timedelta(days=8))
    recorder.record("log", a_change(after="Acme-3"))
    dispatch(recorder)
    recorder.record("rumours", a_change(after="Acme-4"), provider="other")
    dispatch(recorder)
    with recorder.database.reading() as session:
        incidents = session.scalars(select(DeliveryRow.incident).order_by(DeliveryRow.created_at, DeliveryRow.id)).all()
    assert incidents[0] == incidents[1]
    assert len(set(incidents)) == 3


def test_what_came_back_and_changed_again_is_told_again(recorder: Recorder) -> None:
    ids = []
    for after in ("Acme-2", "Acme-1", "Acme-2"):
        ids += recorder.record("log", a_change(after=after))
        dispatch(recorder)
        recorder.pass_time(timedelta(days=1))
    assert [delivery[3] for delivery in told(recorder.database)] == [(one,) for one in ids]


def test_a_second_source_joins_the_latest_telling_of_a_value_that_came_back(recorder: Recorder) -> None:
    for after in ("Acme-2", "Acme-1", "Acme-2"):
        recorder.record("log", a_change(after=after))
        dispatch(recorder)
        recorder.pass_time(timedelta(days=1))
    [late] = recorder.record("pricing", a_change(after="Acme-2"))
    dispatch(recorder)
    assert [delivery[4] for delivery in told(recorder.database)] == [(), (), (late,)]


def test_what_concerns_a_whole_page_is_an_event_of_that_page(recorder: Recorder) -> None:
    relicensed = a_change("*", "MIT", kind="license-changed", attribute="license", before="Apache-2.0")
    [first] = recorder.record("card-a", relicensed)
    dispatch(recorder)
    recorder.pass_time(timedelta(hours=1))
    [second] = recorder.record("card-b", relicensed)
    dispatch(recorder)
    assert [delivery[3] for delivery in told(recorder.database)] == [(first,), (second,)]
    with recorder.database.reading() as session:
        assert len(set(session.scalars(select(DeliveryRow.incident)))) == 2


def test_news_of_one_provider_that_wait_together_are_one_message(recorder: Recorder) -> None:
    ids = [*recorder.record("log", a_change("acme-chat")), *recorder.record("pricing", a_change("acme-reasoner"))]
    [other] = recorder.record("elsewhere", a_change("bolt-chat", "Bolt-2"), provider="bolt")
    assert dispatch(recorder) == 3
    assert sorted(delivery[3] for delivery in told(recorder.database)) == [tuple(ids), (other,)]


def test_equal_news_of_two_sources_in_one_round_are_told_together(recorder: Recorder) -> None:
    ids = [*recorder.record("log", a_change()), *recorder.record("pricing", a_change())]
    dispatch(recorder)
    assert [delivery[3] for delivery in told(recorder.database)] == [tuple(ids)]


def test_quiet_changes_collect_in_one_digest_until_its_hour(recorder: Recorder) -> None:
    [first] = recorder.record("pricing", QUIET)
    dispatch(recorder)
    recorder.pass_time(timedelta(hours=8))
    [second] = recorder.record("log", a_change("acme-new", "true", kind="model-added", attribute="listed", before=None))
    dispatch(recorder)
    assert told(recorder.database) == [("team", "digest", "pending", (first, second), ())]
    with recorder.database.reading() as session:
        [due] = session.scalars(select(DeliveryRow.next_attempt_at))
    assert f"{due:%Y-%m-%d %H:%M}" == "2026-04-25 09:00"


def test_a_loud_change_does_not_wait_for_the_digest_that_has_its_quiet_twin(recorder: Recorder) -> None:
    price = a_change("acme-chat", "0.28", kind="price-decreased", attribute="output_price", before="0.42")
    [quiet] = recorder.record("pricing", price)
    dispatch(recorder)
    [loud] = recorder.record(
        "log", a_change("acme-chat", "0.28", kind="price-band-changed", attribute="output_price", before=None)
    )
    dispatch(recorder)
    assert {(delivery[1], delivery[3]) for delivery in told(recorder.database)} == {
        ("digest", (quiet,)),
        ("incident", (loud,)),
    }


def test_what_is_muted_makes_no_delivery(recorder: Recorder) -> None:
    recorder.record("log", a_change())
    routing = Routing((a_route(channel="team", match={"area": "price"}), a_route(channel="mail", min_level="critical")))
    dispatch(recorder, "team", "mail", routing=routing)
    assert [delivery[0] for delivery in told(recorder.database)] == ["mail"]
