"""One incident for one upstream event; later news wait, join or break through; what flaps is no news."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select

from alerts.dispatch import dispatch_events
from alerts.rules.routes import Routing
from snapshots.changes.model import Change, Level
from snapshots.decisions import decided_about
from snapshots.incidents import close_quiet
from snapshots.silences import add_silence, list_silences
from snapshots.tables import DeliveryRow, IncidentRow
from tests.integration.alerts.conftest import NOON, Recorder, a_change, a_route, told

MINUTE = timedelta(minutes=1)
WIDER = a_change("acme-chat", "256K", kind="context-window-increased", attribute="context_window", before="128K")


def dispatch(recorder: Recorder, **route: Any) -> None:
    routing = Routing((a_route(**route),)) if route else Routing()
    now = recorder.clock.now()
    dispatch_events(recorder.database, channels=("team",), routing=routing, now=now)


def dues(recorder: Recorder) -> list[datetime]:
    with recorder.database.reading() as session:
        return list(session.scalars(select(DeliveryRow.next_attempt_at).order_by(DeliveryRow.created_at)))


def incidents(recorder: Recorder) -> list[IncidentRow]:
    with recorder.database.reading() as session:
        return list(session.scalars(select(IncidentRow).order_by(IncidentRow.id)))


def decided(recorder: Recorder, change: int) -> list[tuple[str, str, str, str]]:
    with recorder.database.reading() as session:
        return [(one.channel, one.outcome, one.path, one.reason) for one in decided_about(session, change)]


def test_a_group_gathers_until_its_wait_is_over(recorder: Recorder) -> None:
    first = recorder.record("log", a_change("acme-chat"))
    dispatch(recorder, group_wait="5m")
    recorder.pass_time(4 * MINUTE)
    second = recorder.record("pricing", a_change("acme-reasoner"))
    dispatch(recorder, group_wait="5m")
    assert [delivery[3] for delivery in told(recorder.database)] == [(*first, *second)]
    assert dues(recorder) == [NOON + 5 * MINUTE]
    recorder.pass_time(2 * MINUTE)
    recorder.record("news", a_change("acme-mini"))
    dispatch(recorder, group_wait="5m")
    assert len(told(recorder.database)) == 2
    assert len(incidents(recorder)) == 2


def test_news_of_an_incident_pause_unless_they_are_louder(recorder: Recorder) -> None:
    slow = {"group_interval": "1h", "at_once": ["critical", "warning", "info"]}
    for change in (WIDER, a_change("acme-chat", "512K", kind=WIDER.kind, attribute="context_window", before="256K")):
        recorder.record("log", change)
        dispatch(recorder, **slow)
        recorder.pass_time(MINUTE)
    assert dues(recorder) == [NOON, NOON + 60 * MINUTE]
    recorder.record("log", a_change("acme-chat"))
    dispatch(recorder, **slow)
    assert min(due for due in dues(recorder)[1:]) == NOON + 2 * MINUTE
    assert [row.level for row in incidents(recorder)] == ["critical"]


def test_rules_decide_what_is_told_together(recorder: Recorder) -> None:
    recorder.record("log", a_change("acme-chat"), a_change("acme-reasoner"))
    dispatch(recorder, group_by="subject")
    assert [len(delivery[3]) for delivery in told(recorder.database)] == [1, 1]
    assert len(incidents(recorder)) == 2


def test_the_same_event_is_repeated_only_when_it_is_louder(recorder: Recorder) -> None:
    cheaper = a_change("acme-chat", "0.28", kind="price-decreased", attribute="output_price", before="0.42")

    def again(source: str, level: Level) -> None:
        recorder.pass_time(timedelta(hours=1))
        recorder.record(source, Change(**{**_fields(cheaper), "level": level}))
        dispatch(recorder)

    recorder.record("log", Change(**{**_fields(cheaper), "level": Level.WARNING}))
    dispatch(recorder)
    again("pricing", Level.WARNING)
    assert len(told(recorder.database)) == 1
    again("news", Level.CRITICAL)
    assert [(len(one[3]), len(one[4])) for one in told(recorder.database)] == [(1, 1), (1, 0)]
    assert len(incidents(recorder)) == 1


def test_what_goes_back_and_forth_within_a_day_ends_in_the_digest(recorder: Recorder) -> None:
    ids = []
    for before, after in (("A", "B"), ("B", "A"), ("A", "B"), ("B", "A")):
        ids += recorder.record("log", a_change(after=after, before=before))
        dispatch(recorder)
        recorder.pass_time(timedelta(hours=1))
    assert [(kind, changes) for _, kind, _, changes, _ in told(recorder.database)] == [
        ("incident", (ids[0],)),
        ("incident", (ids[1],)),
        ("digest", (ids[2], ids[3])),
    ]
    assert [row.flaps for row in incidents(recorder)] == [2]
    assert "It flaps" in decided(recorder, ids[2])[0][3]


def test_an_incident_ends_when_nothing_was_heard_of_it_for_a_week(recorder: Recorder) -> None:
    recorder.record("log", a_change())
    dispatch(recorder)
    with recorder.database.writing() as session:
        assert close_quiet(session, NOON + timedelta(days=7)) == 0
        assert close_quiet(session, NOON + timedelta(days=7, seconds=1)) == 1
    assert incidents(recorder)[0].closed_why == "quiet"


def test_every_decision_is_kept_with_its_rule_and_reason(recorder: Recorder) -> None:
    loud, quiet = recorder.record("log", a_change(), WIDER)
    price = a_change("acme-x", "2", kind="price-increased", attribute="output_price", before="1")
    [elsewhere] = recorder.record("shop", price, provider="other")
    dispatch(recorder, name="acme", match={"provider": "acme"})
    recorder.pass_time(timedelta(hours=1))
    [again] = recorder.record("pricing", a_change())
    dispatch(recorder, name="acme", match={"provider": "acme"})
    assert decided(recorder, loud) == [("team", "at-once", "acme", "Told at once.")]
    assert decided(recorder, quiet)[0][3].startswith("Told with louder news of the same group.")
    assert decided(recorder, elsewhere) == [("", "kept", "", "No route takes price-increased of other.")]
    assert decided(recorder, again)[0][:2] == ("team", "joined")


def test_a_silence_counts_what_it_held_back(recorder: Recorder) -> None:
    with recorder.database.writing() as session:
        matcher = {"subject": ["acme-*"]}
        until = NOON + timedelta(hours=1)
        add_silence(session, matcher, until=until, owner="mara", comment="known", now=NOON)
    [held] = recorder.record("log", a_change())
    dispatch(recorder)
    assert told(recorder.database) == []
    [(_, outcome, path, reason)] = decided(recorder, held)
    assert (outcome, path) == ("kept", "silence 1")
    assert reason.endswith("known")
    recorder.pass_time(timedelta(hours=1))
    recorder.record("log", a_change(after="Acme-3"))
    dispatch(recorder)
    assert len(told(recorder.database)) == 1
    with recorder.database.reading() as session:
        assert [one.held_back for one in list_silences(session, NOON)] == [1]
        assert list_silences(session, until) == []


def test_quiet_hours_hold_a_warning_and_a_critical_one_takes_it_along(recorder: Recorder) -> None:
    night = {"quiet_hours": {"from": "11:00", "until": "14:00"}}
    dearer = a_change("acme-chat", "2", kind="price-increased", attribute="output_price", before="1")
    first = recorder.record("pricing", dearer)
    dispatch(recorder, **night)
    assert dues(recorder) == [NOON + timedelta(hours=2)]
    recorder.pass_time(MINUTE)
    second = recorder.record("log", a_change())
    dispatch(recorder, **night)
    assert [delivery[3] for delivery in told(recorder.database)] == [(*first, *second)]
    assert dues(recorder) == [NOON + MINUTE]


def _fields(change: Change) -> dict[str, Any]:
    return {name: getattr(change, name) for name in Change.__dataclass_fields__}
