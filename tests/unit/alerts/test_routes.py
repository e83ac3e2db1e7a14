"""Routes: what a tree of rules decides, and by which path."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from alerts.rules.decide import Decision, How, decide
from alerts.rules.matching import Facts, Matcher
from alerts.rules.routes import Route, Routing
from alerts.rules.silences import Silence
from snapshots.changes.model import Level
from snapshots.review import ReviewState

NOW = datetime(2026, 1, 15, 12, 0, tzinfo=UTC)
CHANNELS = ("mail", "team")
ALIAS = Facts("alias-retargeted", Level.CRITICAL, "acme", "acme-log", "acme-chat", {"team": "search"})


def routing(*routes: dict[str, Any], **more: Any) -> Routing:
    return Routing([Route.model_validate(route) for route in routes], **more)


def told(routing: Routing, facts: Facts = ALIAS, *silences: Silence, now: datetime = NOW) -> dict[str, Decision]:
    decided = decide(routing, silences, facts, now, CHANNELS)
    return {one.channel: one for one in decided}


def kept(routing: Routing, facts: Facts = ALIAS, *silences: Silence) -> list[tuple[str, str]]:
    return [(one.channel, one.reason) for one in decide(routing, silences, facts, NOW, CHANNELS) if one.how is How.KEPT]


@pytest.mark.parametrize(
    ("level", "how"), [(Level.CRITICAL, How.AT_ONCE), (Level.WARNING, How.AT_ONCE), (Level.INFO, How.DIGEST)]
)
def test_without_routes_every_channel_is_told_and_the_level_alone_decides(level: Level, how: How) -> None:
    found = told(Routing(), replace(ALIAS, level=level))
    assert {channel: one.how for channel, one in found.items()} == {"mail": how, "team": how}
    assert {one.path for one in found.values()} == {("default",)}


def test_what_has_no_level_is_never_sent() -> None:
    assert kept(Routing(), replace(ALIAS, level=Level.NONE)) == [("", "Its level is none: recorded and never sent.")]


def test_each_tree_is_asked_and_the_soonest_decision_of_a_channel_counts() -> None:
    found = told(
        routing(
            {"name": "slow", "channel": "team", "group_wait": "10m"},
            {"name": "quick", "channel": "team", "match": {"area": "alias"}},
            {"name": "mail", "channel": ["mail"], "at_once": []},
        )
    )
    assert (found["team"].path, found["team"].due) == (("quick",), NOW)
    assert (found["mail"].how, found["mail"].due) == (How.DIGEST, NOW.replace(day=16, hour=9))


def test_the_first_rule_under_a_rule_takes_it_unless_it_says_continue() -> None:
    def tree(goes_on: bool) -> Routing:
        first = {"name": "aliases", "match": {"area": "alias"}, "channel": "mail", "continue": goes_on}
        rest = {"name": "rest", "channel": "team"}
        return routing({"name": "all", "channel": "team", "routes": [first, rest]})

    assert {channel: one.path for channel, one in told(tree(False)).items()} == {"mail": ("all", "aliases")}
    assert set(told(tree(True))) == {"mail", "team"}
    assert told(tree(False), replace(ALIAS, kind="price-increased"))["team"].path == ("all", "rest")


def test_what_no_rule_under_a_rule_takes_is_told_by_the_rule_itself() -> None:
    tree = routing({"name": "all", "channel": "team", "routes": [{"match": {"area": "price"}, "channel": "mail"}]})
    assert told(tree)["team"].path == ("all",)


def test_a_rule_has_what_it_does_not_say_from_the_rule_above() -> None:
    quiet = {"from": "11:00", "until": "13:00", "break_through": []}
    tree = routing(
        {
            "channel": "team", "quiet_hours": quiet, "owners": "mara", "group_by": ["source", "subject"],
            "routes": [
                {"match": {"area": "alias"}, "quiet_hours": None, "group_by": "kind"},
                {"match": {"area": "price"}, "group_wait": "30s"},
            ],
        }
    )  # fmt: skip
    alias = told(tree)["team"]
    assert (alias.due, alias.owners, alias.group) == (NOW, ("mara",), ("alias-retargeted",))
    price = told(tree, replace(ALIAS, kind="price-increased", level=Level.WARNING))["team"]
    assert (price.due, price.group) == (NOW.replace(hour=13), ("acme-log", "acme-chat"))
    assert price.reason == "Told at once, after the quiet hours until 13:00 UTC."


def test_quiet_hours_let_break_through_what_may() -> None:
    tree = routing({"quiet_hours": {"from": "11:00", "until": "13:00"}})
    assert told(tree)["team"].due == NOW
    assert told(tree, replace(ALIAS, level=Level.WARNING))["team"].due == NOW.replace(hour=13)


def test_a_floor_keeps_back_and_does_not_pass_on() -> None:
    tree = routing({"name": "loud", "channel": "team", "min_level": "critical"})
    assert kept(tree, replace(ALIAS, level=Level.WARNING)) == [
        ("team", "The rule begins at critical; this is warning.")
    ]
    assert told(tree)["team"].how is How.AT_ONCE


def test_an_empty_list_of_channels_tells_nobody() -> None:
    tree = routing({"channel": "team", "routes": [{"match": {"subject": "acme-*"}, "channel": []}]})
    assert kept(tree) == [("", "This rule tells nobody.")]


def test_what_no_tree_takes_is_kept_with_a_reason() -> None:
    assert kept(routing({"match": {"provider": "other"}})) == [("", "No route takes alias-retargeted of acme.")]


@pytest.mark.parametrize(
    ("match", "fits"),
    [
        ({"area": "alias"}, True),
        ({"area": ["price", "alias"], "level": "critical"}, True),
        ({"area": "alias", "level": "warning"}, False),
        ({"kind": "alias-removed"}, False),
        ({"provider": ["acme", "bolt"]}, True),
        ({"source": "acme-*"}, True),
        ({"source": "acme"}, False),
        ({"subject": "Acme_*"}, True),
        ({"subject": "*-CHAT"}, True),
        ({"subject": "acme-?hat"}, True),
        ({"subject": "acme"}, False),
        ({"labels": {"team": "search"}}, True),
        ({"labels": {"team": "ads"}}, False),
        ({"review": "open"}, True),
        ({"review": "dismissed"}, False),
        ({"relied_on": True}, False),
        ({"relied_on": False}, True),
        ({"owner": "mara"}, False),
    ],
)
def test_a_matcher_takes_what_fits_all_its_keys(match: dict[str, Any], fits: bool) -> None:
    assert Matcher.model_validate(match).fits(ALIAS) is fits


def test_brackets_in_a_name_are_no_pattern() -> None:
    assert Matcher(subject=("acme[1]*",)).fits(replace(ALIAS, subject="acme[1]-chat"))
    assert not Matcher(subject=("acme[1]*",)).fits(replace(ALIAS, subject="acme1"))


@pytest.mark.parametrize(
    ("route", "sentence"),
    [
        ({"match": {"kind": "alias-retargetted"}}, 'Did you mean "alias-retargeted"'),
        ({"match": {"area": "money"}}, 'there is no area "money"'),
        ({"routes": [{}, {"channel": "team"}]}, r"routes\[1\] would never be asked: routes\[0\] takes everything"),
    ],
)
def test_a_route_that_cannot_be_meant_is_refused(route: dict[str, Any], sentence: str) -> None:
    with pytest.raises(ValidationError, match=sentence):
        Route.model_validate(route)


def test_a_silence_holds_back_until_it_ends_however_loud() -> None:
    silence = Silence(3, Matcher(subject=("acme-*",)), NOW + timedelta(hours=1), "mara", "we move anyway")
    reason = "Held back by silence 3 of mara until 15 Jan 2026, 13:00 UTC: we move anyway"
    assert kept(Routing(), ALIAS, silence) == [("", reason)]
    assert set(told(Routing(), ALIAS, silence, now=silence.until)) == set(CHANNELS)
    assert set(told(Routing(), replace(ALIAS, subject="bolt"), silence)) == set(CHANNELS)


def test_what_headwater_tells_of_itself_has_an_area() -> None:
    failing = Facts("source-failing", Level.WARNING, "acme", "acme-log", "acme-log")
    assert set(told(routing({"match": {"area": "headwater"}, "channel": "mail"}), failing)) == {"mail"}


# What may be decided of whatever trees and things there are.

MATCHES = st.fixed_dictionaries(
    {},
    optional={
        "area": st.sampled_from(["alias", "price", "headwater"]),
        "level": st.lists(st.sampled_from(list(Level)), max_size=2).map(tuple),
        "subject": st.sampled_from(["acme-*", "*", "bolt"]),
        "review": st.sampled_from(list(ReviewState)),
        "relied_on": st.booleans(),
    },
)
OPTIONS: dict[str, st.SearchStrategy[Any]] = {
    "match": MATCHES,
    "channel": st.lists(st.sampled_from(CHANNELS), unique=True),
    "min_level": st.sampled_from(list(Level)),
    "at_once": st.lists(st.sampled_from(list(Level)), unique=True),
    "quiet_hours": st.sampled_from([None, {"from": "22:00", "until": "07:00"}, {"from": "11:00", "until": "13:00"}]),
    "group_wait": st.sampled_from(["0s", "5m"]),
}


def trees(depth: int) -> st.SearchStrategy[dict[str, Any]]:
    options = dict(OPTIONS)
    if depth:
        # The last one alone may take everything without going on; `continue` makes all reachable.
        options["routes"] = st.lists(trees(depth - 1).map(lambda route: {**route, "continue": True}), max_size=3)
    return st.fixed_dictionaries({}, optional=options)


THINGS = st.builds(
    Facts,
    kind=st.sampled_from(["alias-retargeted", "price-increased", "source-failing"]),
    level=st.sampled_from(list(Level)),
    subject=st.sampled_from(["acme-chat", "bolt", "*"]),
    review=st.sampled_from(list(ReviewState)),
    relied_on=st.booleans(),
)


@given(st.lists(trees(2), max_size=3), THINGS)
def test_a_thing_is_told_once_a_channel_or_kept_with_a_reason(routes: list[dict[str, Any]], facts: Facts) -> None:
    decided = decide(routing(*routes), (), facts, NOW, CHANNELS)
    assert decided
    channels = [one.channel for one in decided if one.how is not How.KEPT]
    assert len(channels) == len(set(channels))
    assert set(channels) <= set(CHANNELS)
    for one in decided:
        assert one.reason.endswith(".")
        assert one.due >= NOW
        assert one.how is How.KEPT or facts.level is not Level.NONE


@given(st.lists(trees(2), max_size=3), THINGS)
def test_a_silence_of_everything_leaves_nothing(routes: list[dict[str, Any]], facts: Facts) -> None:
    silence = Silence(1, Matcher(), NOW + timedelta(days=1), "mara", "x")
    assert {one.how for one in decide(routing(*routes), (silence,), facts, NOW, CHANNELS)} == {How.KEPT}


@given(st.lists(trees(1), min_size=1, max_size=3), THINGS)
def test_another_tree_never_takes_a_message_away(routes: list[dict[str, Any]], facts: Facts) -> None:
    def reached(trees: list[dict[str, Any]]) -> set[str]:
        found = decide(routing(*trees), (), facts, NOW, CHANNELS)
        return {one.channel for one in found if one.how is not How.KEPT}

    assert reached(routes[:1]) <= reached(routes)
