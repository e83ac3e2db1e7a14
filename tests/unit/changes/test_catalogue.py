"""The catalogue holds together: mirrors, levels, ids."""

from __future__ import annotations

import re

import pytest

from snapshots.changes.catalogue import KINDS
from snapshots.changes.model import Area, Level

MIRRORS = [
    ("-added", "-removed"),
    ("-increased", "-reduced"),
    ("-increased", "-decreased"),
    ("-earlier", "-later"),
    ("-announced", "-withdrawn"),
]

# A kind whose opposite is told otherwise, with the reason. An entry that is no longer needed fails the test.
WAIVERS = {
    "price-announced": "an announcement ends when it takes effect, as a price change, or by another announcement",
    "document-removed": "a page appears by being configured, not by a change",
}


def mirror_of(kind_id: str) -> str | None:
    for one, other in MIRRORS:
        for here, there in ((one, other), (other, one)):
            if kind_id.endswith(here) and kind_id.removesuffix(here) + there in KINDS:
                return kind_id.removesuffix(here) + there
    return None


def needs_mirror(kind_id: str) -> bool:
    return any(kind_id.endswith(suffix) for pair in MIRRORS for suffix in pair)


def test_every_directed_kind_has_its_mirror_or_a_waiver_and_no_waiver_is_stale() -> None:
    unpaired = {kind_id for kind_id in KINDS if needs_mirror(kind_id) and mirror_of(kind_id) is None}
    assert unpaired == set(WAIVERS)


@pytest.mark.parametrize("kind_id", KINDS)
def test_an_id_is_kebab_case_and_begins_with_its_area_or_a_word_of_it(kind_id: str) -> None:
    assert re.fullmatch(r"[a-z]+(-[a-z]+)+", kind_id)
    words = {Area.LIFECYCLE: ("deprecation", "shutdown", "replacement"), Area.LIMIT: ("context", "max", "rate")}
    area = KINDS[kind_id].area
    assert kind_id.startswith(words.get(area, (area.value,)))


def test_what_breaks_calls_is_critical_and_a_text_change_is_never_sent() -> None:
    levels = {kind.id: kind.level for kind in KINDS.values()}
    assert levels["alias-retargeted"] is Level.CRITICAL
    assert levels["endpoint-removed"] is Level.CRITICAL
    assert levels["license-changed"] is Level.CRITICAL
    assert levels["shutdown-date-set"] is Level.CRITICAL
    assert levels["price-increased"] is Level.WARNING
    assert levels["shutdown-date-moved-later"] is Level.INFO
    assert [kind_id for kind_id, level in levels.items() if level is Level.NONE] == ["document-text-changed"]
