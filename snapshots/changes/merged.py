"""One event that holds on several platforms or plans is one change."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from snapshots.changes.model import Change
from snapshots.facts import name_key


def one_for_each_event(changes: Iterable[Change]) -> tuple[Change, ...]:
    """The changes, in order, with the alias targets and rates that changed alike under several qualifiers joined: their
    qualifiers are listed in the first one.
    """
    kept: dict[tuple[object, ...], Change] = {}
    for change in changes:
        key = _event(change) or (id(change),)
        first = kept.get(key)
        if first is None:
            kept[key] = change
        elif change.qualifier not in first.qualifier.split(", "):
            everywhere = not first.qualifier or not change.qualifier
            qualifier = "" if everywhere else f"{first.qualifier}, {change.qualifier}"
            kept[key] = replace(first, qualifier=qualifier, before=first.before or change.before)
    return tuple(kept.values())


def _event(change: Change) -> tuple[object, ...]:
    """What makes changes under several qualifiers the same; empty for those that never are, such as prices."""
    about = (change.kind, name_key(change.subject), change.attribute, name_key(change.after or ""))
    if change.attribute == "target":
        return about
    if "_per_" in change.attribute and change.subject == "*":
        return (*about, name_key(change.before or ""))
    return ()
