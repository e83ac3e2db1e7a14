"""What is left unread for want of letters could not have claimed anything: whatever a pattern matches has them."""

from __future__ import annotations

import re

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from monitor.extract.facts import endpoints, limits, models, releases, states
from monitor.extract.prose import aliases, capabilities, lifecycle
from monitor.extract.prose.hints import Hints
from monitor.extract.prose.sentences import words_of

GATES = {
    "a pronoun points to a model": (aliases._PRONOUN, aliases.may_point),
    "its mode": (aliases._ITS_MODE, aliases.may_point),
    "set the name for the latest": (aliases._SET_NAME, aliases.may_point),
    "currently": (aliases._LATEST, aliases.may_point),
    "is supported by": (capabilities._SUPPORTED, capabilities.may_enable),
    "only supports": (capabilities._SUPPORTS, capabilities.may_enable),
    "ends": (lifecycle._END_VERB, lifecycle.may_end),
    "support ends": (lifecycle._KEPT, lifecycle.may_end),
    "a date is said": (lifecycle._DATED, lifecycle.may_end),
    "we pointed": (aliases._POINTED, aliases.may_point),
    "an arrow": (aliases._ARROW, aliases.may_point),
    "until": (lifecycle._UNTIL, lifecycle.may_end),
    "released": (releases._RELEASED, releases._may_release),
    "available": (releases._AVAILABLE, releases._may_release),
    "a context window": (limits._CONTEXT, limits._may_say_context),
    "an operation": (endpoints._OPERATION, endpoints._may_address),
    "set as model": (models._SET, models._may_set),
    "these models ended": (states._THESE, states._may_end),
}


@pytest.mark.parametrize(("pattern", "hints"), GATES.values(), ids=GATES)
@settings(max_examples=25, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much])
@given(data=st.data())
def test_a_block_without_the_letters_holds_no_match(
    pattern: re.Pattern[str], hints: Hints, data: st.DataObject
) -> None:
    words = words_of(data.draw(st.from_regex(pattern)))
    assume(pattern.search(words))
    assert hints(words.lower())
    assert hints.within(words.lower())(words.lower())
