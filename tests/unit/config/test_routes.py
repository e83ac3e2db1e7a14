"""Routes in the configuration file: every mistake has its line and a sentence."""

from __future__ import annotations

from pathlib import Path

import pytest

from monitor.config.loader import ConfigError, parse_config
from monitor.wiring.alerting import routing_of
from monitor.wiring.configuration import ALERT_MODELS

HEAD = "channels:\n  - {kind: log, name: team}\nroutes:\n"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "  - channel: team\n    routes:\n      - chanel: team\n",
            '6: routes[0].routes[0]: there is no key "chanel". Did you mean `channel`?',
        ),
        (
            "  - channel: team\n    routes:\n      - channel: [team, taem]\n",
            '6: routes[0].routes[0].channel: there is no channel "taem". Did you mean "team"?',
        ),
        (
            "  - match: {areas: price}\n",
            '4: routes[0].match: there is no key "areas". Did you mean `area`?',
        ),
        (
            "  - match: {kind: alias-retargetted}\n",
            '4: routes[0].match.kind[0]: there is no change kind "alias-retargetted". Did you mean "alias-retargeted"?',
        ),
        (
            "  - match: {source: nowhere}\n",
            '4: routes[0].match.source: no source is called "nowhere". There are: none.',
        ),
        (
            "  - digest: {zone: Europe/Berlim}\n",
            '4: routes[0].digest.zone: there is no time zone "Europe/Berlim". '
            "Write one of the IANA database, such as Europe/Berlin or UTC.",
        ),
        (
            "  - routes:\n      - channel: team\n      - match: {area: price}\n",
            "4: routes[0]: routes[1] would never be asked: routes[0] takes everything. "
            "Put it last, or give it `continue: true`.",
        ),
        (
            "  - group_wait: 2d\n",
            "4: routes[0].group_wait: a message waits a day at most. What may wait longer belongs into a digest.",
        ),
    ],
)
def test_a_mistake_in_a_route_has_its_line_and_a_sentence(text: str, expected: str) -> None:
    with pytest.raises(ConfigError) as caught:
        parse_config((HEAD + text).encode(), Path("h.yaml"), ALERT_MODELS)
    assert list(caught.value.problems) == [f"h.yaml:{expected}"]


def test_labels_and_names_that_are_relied_on_reach_the_rules() -> None:
    text = "relies_on: [acme]\nsources:\n  - {id: a, url: 'https://a.example', labels: {team: x}}\n"
    routing = routing_of(parse_config(text.encode(), Path("h.yaml"), ALERT_MODELS))
    assert routing.labels_of("a") == {"team": "x"}
    assert routing.labels_of("b") == {}
    assert routing.relies_on == ("acme",)
