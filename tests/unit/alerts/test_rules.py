"""Who is told what, and how loud."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta, timezone

import pytest
from pydantic import ValidationError

from alerts.rules.levels import effective_level
from alerts.rules.routes import AtOnce, InDigest, Muted, Route, Routing, decide, next_digest
from snapshots.changes.model import Area, Change, Level

MORNING = time(9, 0)


def retargeting(level: Level = Level.WARNING) -> Change:
    return Change("alias-retargeted", "acme-chat", "target", "Acme-1", "Acme-2", level)


def told(*routes: Route, level: Level = Level.CRITICAL, kind: str = "alias-retargeted", by: str = "acme") -> object:
    return decide(Routing(routes), channel="team", level=level, kind=kind, provider=by)


@pytest.mark.parametrize(
    ("level", "decision"),
    [
        (Level.CRITICAL, AtOnce()),
        (Level.WARNING, AtOnce()),
        (Level.INFO, InDigest()),
        (Level.NONE, Muted("its level is none: recorded and never sent")),
    ],
)
def test_without_routes_the_level_alone_decides(level: Level, decision: object) -> None:
    assert told(level=level) == decision


def test_a_channel_without_a_route_is_told_nothing_once_there_are_routes() -> None:
    assert told(Route(channel="others")) == Muted("no route leads to this channel")


def test_a_route_takes_only_its_areas_and_providers() -> None:
    route = Route(channel="team", areas=(Area.PRICE,), providers=("acme",))
    assert told(route, kind="price-increased") == AtOnce()
    assert told(route) == Muted("no route of this channel takes alias-retargeted of acme")
    assert told(route, kind="price-increased", by="other") == Muted(
        "no route of this channel takes price-increased of other"
    )


def test_a_route_takes_only_its_kinds() -> None:
    route = Route(channel="team", kinds=("license-changed", "alias-retargeted"))
    assert told(route) == AtOnce()
    assert told(route, kind="alias-removed") == Muted("no route of this channel takes alias-removed of acme")


def test_a_kind_that_does_not_exist_is_refused_with_the_nearest_one() -> None:
    with pytest.raises(ValidationError, match='Did you mean "alias-retargeted"'):
        Route(channel="team", kinds=("alias-retargetted",))


def test_a_route_that_begins_higher_holds_back_what_is_quieter() -> None:
    route = Route(channel="team", min_level=Level.CRITICAL)
    assert told(route, level=Level.CRITICAL) == AtOnce()
    assert told(route, level=Level.WARNING) == Muted("no route of this channel takes warning changes of this kind")


def test_a_route_of_quiet_levels_makes_a_channel_of_digests() -> None:
    route = Route(channel="team", levels=(Level.INFO,))
    assert told(route, level=Level.INFO) == InDigest()
    assert isinstance(told(route, level=Level.CRITICAL), Muted)


def test_one_of_several_routes_is_enough() -> None:
    loud, prices = Route(channel="team", min_level=Level.CRITICAL), Route(channel="team", areas=(Area.PRICE,))
    assert told(loud, prices, level=Level.INFO, kind="price-increased") == InDigest()
    assert told(loud, prices, level=Level.CRITICAL, kind="license-changed") == AtOnce()
    assert isinstance(told(loud, prices, level=Level.WARNING, kind="license-changed"), Muted)


@pytest.mark.parametrize(
    ("now", "due"),
    [
        ("2026-01-15T08:59:59+00:00", "2026-01-15T09:00:00+00:00"),
        ("2026-01-15T09:00:00+00:00", "2026-01-16T09:00:00+00:00"),
        ("2026-12-31T23:00:00+00:00", "2027-01-01T09:00:00+00:00"),
    ],
)
def test_the_digest_is_due_at_the_next_set_hour(now: str, due: str) -> None:
    assert next_digest(datetime.fromisoformat(now), MORNING) == datetime.fromisoformat(due)


def test_the_hour_of_the_digest_is_in_utc_whatever_zone_now_has() -> None:
    evening = datetime(2026, 1, 15, 23, 30, tzinfo=timezone(-timedelta(hours=8)))
    assert next_digest(evening, MORNING) == datetime(2026, 1, 16, 9, 0, tzinfo=UTC)


def test_a_relied_on_name_raises_its_changes_by_one_level() -> None:
    assert effective_level(retargeting(Level.INFO), {}, ["acme-chat"]) is Level.WARNING
    assert effective_level(retargeting(Level.WARNING), {}, ["acme-chat"]) is Level.CRITICAL
    assert effective_level(retargeting(Level.CRITICAL), {}, ["acme-chat"]) is Level.CRITICAL


def test_a_relied_on_name_counts_as_old_and_new_value_too_and_in_any_spelling() -> None:
    assert effective_level(retargeting(Level.INFO), {}, ["acme 1"]) is Level.WARNING
    assert effective_level(retargeting(Level.INFO), {}, ["ACME_2"]) is Level.WARNING
    assert effective_level(retargeting(Level.INFO), {}, ["acme-3"]) is Level.INFO


def test_the_configured_severity_comes_before_the_raise() -> None:
    severity = {"alias-retargeted": Level.INFO}
    assert effective_level(retargeting(Level.CRITICAL), severity, []) is Level.INFO
    assert effective_level(retargeting(Level.CRITICAL), severity, ["acme-chat"]) is Level.WARNING


def test_what_is_never_sent_stays_so_for_a_relied_on_name() -> None:
    assert effective_level(retargeting(Level.NONE), {}, ["acme-chat"]) is Level.NONE
    assert effective_level(retargeting(Level.CRITICAL), {"alias-retargeted": Level.NONE}, ["acme-chat"]) is Level.NONE
