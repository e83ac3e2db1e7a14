"""Whether what a team relies on holds, judged by what the documents say."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, InvalidOperation
from difflib import get_close_matches
from enum import StrEnum

from monitor.expectations import Expectation, Relation
from monitor.extract.values.money import find_money
from monitor.extract.values.tokens import count_key
from snapshots.claimed import Claimed
from snapshots.facts import name_key
from snapshots.history import END, Answer
from snapshots.wording import moments

STATUS = "lifecycle.status"
_ENDED = frozenset({"retired", "discontinued", "shut-down", "shutdown", "sunset", "unavailable", "removed"})


class Verdict(StrEnum):
    """What came of an expectation. `UNKNOWN`: no document we hold says anything about it."""

    HOLDS = "holds"
    BROKEN = "broken"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Judged:
    """An expectation with its verdict; `because` is a phrase for people, `fact` the statement that decided."""

    expectation: Expectation
    verdict: Verdict
    because: str
    fact: Claimed | None = None

    @property
    def holds(self) -> bool:
        """Whether it passes; neither what is broken nor what nobody knows does."""
        return self.verdict is Verdict.HOLDS


def judge(expectation: Expectation, answers: Sequence[Answer], at: datetime) -> Judged:
    """Judge one expectation by all that is known of its subject at an instant (`snapshots.history.facts_at`)."""
    if not answers:
        return Judged(expectation, Verdict.UNKNOWN, "no document we hold speaks of this name")
    if expectation.relation is Relation.LIVES:
        return _lives(expectation, answers, at)
    facts = _about(expectation, answers)
    if not facts:
        return Judged(expectation, Verdict.UNKNOWN, f"no document we hold says{_nearest(expectation, answers)}")
    for fact in facts:
        if not _fits(expectation, fact):
            return Judged(expectation, Verdict.BROKEN, stated(fact), fact)
    return Judged(expectation, Verdict.HOLDS, stated(facts[0]), facts[0])


def fresh(found: Judged, answers: Sequence[Answer], good: Mapping[str, datetime | None], since: datetime) -> Judged:
    """What holds, unless a source it rests on was last read well before `since`: then nobody knows.

    `good` is the last good reading of each source. An expectation that no single statement decides rests on all
    sources that speak of its subject.
    """
    facts = [found.fact] if found.fact is not None else [answer.fact for answer in answers]
    for fact in facts if found.holds else ():
        read = good.get(fact.source)
        if read is None or read < since:
            when = f"last read well {moments.moment(read)}" if read else "never read well"
            return Judged(found.expectation, Verdict.UNKNOWN, f"{fact.source} was {when}", fact)
    return found


def stated(fact: Claimed) -> str:
    """What a fact says, with its mode and its unit: `acme-4 (thinking)`, `1.10 USD per 1M tokens`."""
    if fact.value is None:
        return "no longer works"
    mode = f"({fact.detail['mode']})" if fact.detail.get("mode") else ""
    unit = f"per {fact.detail['unit']}" if fact.detail.get("unit") else ""
    return " ".join(filter(None, (moments.said(fact.value), mode, str(fact.detail.get("currency", "")), unit)))


def _nearest(expectation: Expectation, answers: Sequence[Answer]) -> str:
    """What is said of the subject under a key like the one asked for, which may be mistyped."""
    said = {f"{answer.fact.predicate} {answer.fact.qualifier}".rstrip() for answer in answers}
    near = get_close_matches(expectation.key, sorted(said), n=2)
    return f"; it says {' and '.join(near)}" if near else ""


def _about(expectation: Expectation, answers: Sequence[Answer]) -> list[Claimed]:
    facts = [answer.fact for answer in answers if answer.fact.predicate == expectation.predicate]
    exact = [fact for fact in facts if name_key(fact.qualifier) == name_key(expectation.qualifier)]
    return exact if exact or expectation.qualifier else facts


def _fits(expectation: Expectation, fact: Claimed) -> bool:
    if fact.value is None:
        return False
    if expectation.relation is Relation.EQUAL:
        return any(_equals(fact, wanted) for wanted in expectation.wanted)
    has, bound = _amount(fact, fact.value), _amount(fact, expectation.wanted[0])
    if has is None or bound is None:
        return False
    return has >= bound if expectation.relation is Relation.AT_LEAST else has <= bound


def _equals(fact: Claimed, wanted: str) -> bool:
    value = str(fact.value)
    written = f"{value} ({fact.detail['mode']})" if fact.detail.get("mode") else value
    if name_key(wanted) in (name_key(value), name_key(written), fact.value_key):
        return True
    has, bound = _amount(fact, value), _amount(fact, wanted)
    return has is not None and has == bound


def _amount(fact: Claimed, text: str) -> Decimal | None:
    """The number in a limit or a price; `None` for words, other facts, and amounts in another currency."""
    if fact.predicate.startswith("limit."):
        return _decimal(count_key(text))
    if not fact.predicate.startswith("price."):
        return None
    amounts = find_money(text)
    if not amounts:
        return _decimal(text)
    same = amounts[0].currency == fact.detail.get("currency", amounts[0].currency)
    return amounts[0].amount if len(amounts) == 1 and same else None


def _decimal(text: str) -> Decimal | None:
    try:
        return Decimal(text)
    except InvalidOperation:
        return None


def _lives(expectation: Expectation, answers: Sequence[Answer], at: datetime) -> Judged:
    """Broken by an end within the span, of a month its first day, and by one that has come; an end without a date may
    be either.
    """
    ends = [(moments.parse(answer.fact.value), answer.fact) for answer in answers if answer.fact.predicate == END]
    dated = sorted(((when, fact) for when, fact in ends if when is not None), key=lambda end: end[0][0])
    for (when, precision), fact in dated:
        words = f"ends {moments.stated(when, precision)} ({moments.relative(when, precision, at)})"
        verdict = Verdict.BROKEN if when < at + expectation.span else Verdict.HOLDS
        return Judged(expectation, verdict, words, fact)
    for answer in answers:
        if answer.fact.predicate == STATUS and name_key(answer.fact.value or "") in _ENDED:
            return Judged(expectation, Verdict.BROKEN, f"is {answer.fact.value}", answer.fact)
    for _, fact in ends:
        return Judged(expectation, Verdict.UNKNOWN, f"ends, but when is not said: {fact.value}", fact)
    return Judged(expectation, Verdict.HOLDS, "no end is announced")
