"""License facts of two versions to license events: the several marks of one event are one change."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from snapshots.changes.classify import change_of
from snapshots.changes.model import Change
from snapshots.diff.blocks import Passage, differing
from snapshots.diff.clauses import clauses
from snapshots.diff.facts import Pair
from snapshots.facts import Evidence, Fact, name_key

# From the mark that says most to the one that says least; the first that changed tells the event.
_MARKS = ("declared", "stated", "badge", "text", "terms", "link")
_SCOPES = ("", "model", "code")
_EVERYTHING = name_key("*")
_QUOTE = 400


def license_changes(
    pairs: Sequence[Pair], passages: tuple[Sequence[Passage], Sequence[Passage]], still_listed: frozenset[str]
) -> Iterator[Change]:
    """One change for one license event of a subject, told by its leading mark: declaration, statement, badge, text.

    `pairs` are the license facts of both versions. `still_listed` are the keys of the models whose license may be
    called gone: the new version lists them and speaks of licenses.
    """
    events = []
    for subject in dict.fromkeys(pair.fact.subject_key for pair in pairs):
        own = [pair for pair in pairs if pair.fact.subject_key == subject]
        if event := _event_of(own, subject in still_listed):
            events.append(event)
    named = {_step(event) for event in events if event.fact.subject != "*"}
    for event in events:
        # Front matter names no subject; where the text tells the same of a name, that is the one event.
        if event.fact.subject != "*" or _step(event) not in named:
            change = change_of(event, removal=event.after is None)
            yield _with_clause(change, *passages) if event.fact.attribute == "text" else change


def _event_of(own: Sequence[Pair], listed: bool) -> Pair | None:
    """What happened to the license of one subject, if anything."""
    for mark in _MARKS:
        marked = [pair for pair in own if pair.fact.detail.get("mark", "") == mark]
        if event := _marked_event(marked, listed):
            return event
    if widened := _widened(own):
        return widened
    if own[0].fact.subject_key == _EVERYTHING and not any(pair.before for pair in own):
        return own[0]
    return None


def _marked_event(own: Sequence[Pair], listed: bool) -> Pair | None:
    """The pair that tells how one mark of a license changed, if it did; scopes may be split or joined meanwhile."""
    old = {_scope(pair.before): pair.before for pair in own if pair.before is not None}
    new = {_scope(pair.after): pair.after for pair in own if pair.after is not None}
    if old and not new and all(fact.subject_key != _EVERYTHING for fact in old.values()):
        return Pair(next(iter(old.values())), None) if listed else None
    if not old or not new or {fact.value_key for fact in old.values()} == {fact.value_key for fact in new.values()}:
        return None
    leading = next(
        (s for s in _SCOPES if s in new and new[s].value_key != getattr(old.get(s), "value_key", "")),
        "",
    )
    after = new.get(leading) or next(iter(new.values()))
    before = old.get(leading) or next(
        (old[s] for s in ("model", "", "code") if s in old and old[s].value_key != after.value_key), None
    )
    return Pair(before, after) if before is None or before.value_key != after.value_key else None


def _widened(own: Sequence[Pair]) -> Pair | None:
    """Conditions of use that gave way to a license for more than before: the code's license now covers the weights."""
    gone = next((p.before for p in own if p.before is not None and p.before.attribute == "commercial_use"), None)
    if gone is None or any(p.after is not None and p.after.attribute == "commercial_use" for p in own):
        return None
    stated = [pair for pair in own if pair.fact.attribute == "license"]
    before = {_scope(pair.before) for pair in stated if pair.before is not None}
    after = next(
        (
            p.after
            for p in stated
            if p.after is not None and _scope(p.after) != "code" and _scope(p.after) not in before
        ),
        None,
    )
    return Pair(gone, after) if after is not None else None


def _with_clause(change: Change, old: Sequence[Passage], new: Sequence[Passage]) -> Change:
    """The change of a license's text told by its first clause that differs."""
    for difference in differing(old, new):
        before, after = difference.before, difference.after
        if clauses([before.text] if before else []) != clauses([after.text] if after else []):
            shown = after or before
            assert shown is not None
            return replace(
                change,
                before=before.text[:_QUOTE] if before else None,
                after=after.text[:_QUOTE] if after else None,
                evidence=Evidence(shown.key, shown.heading, shown.text[:_QUOTE]),
            )
    return change


def _step(event: Pair) -> tuple[str | None, str | None]:
    """From which value to which."""
    return (event.before.value_key if event.before else None, event.after.value_key if event.after else None)


def _scope(fact: Fact) -> str:
    """What a license fact covers (`code`, `model`, empty for all), whatever mark told it."""
    return fact.qualifier.removeprefix("badge").lstrip(".")
