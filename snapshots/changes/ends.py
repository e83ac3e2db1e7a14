"""Which names a version gives an end, and whether a stated day is still to come."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime

from snapshots.facts import Fact, Precision

_OVER = frozenset({"deprecated", "retired", "shut down", "shutdown", "discontinued", "sunset", "removed"})
_ENDING = re.compile(
    r"deprecat|retir|sunset|discontinu|shut ?down|remov|end[- ]of[- ]life|下线|弃用|停用", re.IGNORECASE
)
_DAY = re.compile(r"20\d\d-\d\d")


def ending(facts: Iterable[Fact]) -> dict[str, str]:
    """The names that a version gives an end: `only` where it says nothing else of them, `also` where it does.

    A table of ends names models that were there before; it is no list of what is offered, unless it says since when
    its models are offered. A promise not to end something before a day is no end.
    """
    ends: dict[str, bool] = {}
    others: set[str] = set()
    for fact in facts:
        if fact.area == "lifecycle":
            firm = fact.attribute.endswith("_date") and fact.precision is not Precision.NOT_SOONER_THAN
            over = fact.attribute == "status" and (fact.value or "").casefold() in _OVER
            ends[fact.subject_key] = ends.get(fact.subject_key, False) or firm or over
        elif fact.area == "capability" and _ENDING.search(" ".join(fact.evidence.heading)):
            continue  # A column of ticks in a table of ends: whether what goes is still to be had in another way.
        elif fact.predicate != "model.listed" or fact.detail.get("offer"):
            others.add(fact.subject_key)
    return {key: "also" if key in others else "only" for key, ended in ends.items() if ended}


def is_ahead(fact: Fact, now: datetime) -> bool:
    """Whether the day a fact states, as `2030-07-24` or to the month, lies after `now`."""
    stated = fact.value or ""
    return _DAY.match(stated) is not None and stated[:10] > now.date().isoformat()[: len(stated[:10])]
