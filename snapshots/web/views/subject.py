"""A name as its page shows it: the answer in a sentence, and the facts of a day."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from snapshots.claimed import Claimed
from snapshots.history import END, TARGET, Answer
from snapshots.web.times import Times
from snapshots.web.views.prices import ANNOUNCED, in_force
from snapshots.wording import moments
from snapshots.wording.spans import Line, Role, code, line
from snapshots.wording.values import attribute, band, money, value_of

VERSION = "model.version"
_MOST_BANDS = 2


@dataclass(frozen=True, slots=True)
class Known:
    """One fact of the day: its name, value and since when, with the claim it rests on; `today` is what holds now."""

    name: str
    value: str
    since: str
    claim: Claimed
    rivals: int
    today: str | None


def sentence(
    answers: Sequence[Answer], *, name: str, at: datetime, times: Times, said: str
) -> tuple[Line, Claimed | None]:
    """`On 15 Jan 2026 deepseek-chat meant DeepSeek-V3.2, ...`, and the claim that says so."""
    by_key = {(answer.fact.predicate, answer.fact.qualifier): answer.fact for answer in answers}
    target = by_key.get((TARGET, "")) or by_key.get((VERSION, ""))
    is_now = abs(at - times.now) < timedelta(minutes=1)
    past = at < times.now and not is_now
    start = "Now" if is_now else f"On {said}"
    verb = "meant" if past else "means"
    if target is None:
        told = [_cost(by_key, past)] if _cost(by_key, past) else []
        if not by_key:
            return line(
                "No document we hold says anything about ", code(name), f" {'before' if past else 'at'} {said}."
            ), None
        head = line(f"{start} ", code(name), f" {'was' if past else 'is'} known by {len(by_key)} facts.")
        return (*head, *line(f" {told[0]}" if told else "")), None
    if target.value is None:
        return line(f"{start} ", code(name), " no longer works", _since(target, times), "."), target
    mode = str(target.detail.get("mode", ""))
    runs = line(
        f"{start} ",
        code(name),
        f" {verb} ",
        code(target.value, Role.MARK),
        f", {mode} mode" if mode else "",
        _since(target, times),
        ".",
    )
    cost = _cost(by_key, past)
    return (*runs, *line(f" {cost}" if cost else "")), target


def _since(claim: Claimed, times: Times) -> str:
    if claim.valid_from is not None:
        return f", since {moments.stated(claim.valid_from, claim.precision)}"
    return f", as seen since {times.day(claim.observed_from)}"


def _cost(by_key: Mapping[tuple[str, str], Claimed], past: bool) -> str:
    """What output costs: one amount, or each band's."""
    prices = [
        fact
        for (predicate, qualifier), fact in by_key.items()
        if predicate == "price.output_price" and fact.value is not None and not qualifier.startswith(ANNOUNCED)
    ]
    if not prices or len(prices) > _MOST_BANDS:
        return ""
    unit = str(prices[0].detail.get("unit", "")) or "1M tokens"
    amounts = [f"{money(one.value or '', {**one.detail, 'unit': ''})} {band(one.qualifier)}".strip() for one in prices]
    return f"Output {'cost' if past else 'costs'} {' and '.join(amounts)} per {unit}."


def facts_of(answers: Sequence[Answer], today: Sequence[Answer] | None, times: Times) -> list[Known]:
    """The facts of the day, with what holds today beside them where that is asked for."""
    now = {(answer.fact.predicate, answer.fact.qualifier): answer.fact for answer in today or ()}
    stated = {(answer.fact.predicate, answer.fact.qualifier) for answer in answers}
    found = []
    for answer in answers:
        fact = answer.fact
        plain_key = (fact.predicate, in_force(fact.qualifier))
        if fact.qualifier.startswith(ANNOUNCED) and plain_key in stated:
            continue
        other = now.get((fact.predicate, fact.qualifier))
        found.append(
            Known(
                name=_name(fact),
                value=_value(fact),
                since=_held_since(fact, times),
                claim=fact,
                rivals=len(answer.rivals),
                today=None if today is None else _value(other) if other else "no longer stated",
            )
        )
    return found


def _name(fact: Claimed) -> str:
    area, _, name = fact.predicate.partition(".")
    known = {TARGET: "Means", VERSION: "Version", END: "End of service", "model.listed": "Listed as a model"}
    word = known.get(fact.predicate) or f"{attribute(name)}{' price' if area == 'price' else ''}"
    shown = ", ".join(filter(None, (band(fact.qualifier), "announced" if fact.qualifier.startswith(ANNOUNCED) else "")))
    return f"{word[:1].upper()}{word[1:]}{f', {shown}' if shown else ''}"


def _value(fact: Claimed) -> str:
    if fact.value is None:
        return "no longer works" if fact.predicate == TARGET else "not there"
    if fact.predicate.startswith("lifecycle."):
        return moments.said(fact.value)
    shown = value_of(fact.predicate.partition(".")[0], fact.predicate.partition(".")[2], fact.value, fact.detail)
    mode = str(fact.detail.get("mode", ""))
    return f"{shown or 'yes'}{f', {mode}' if mode else ''}"


def _held_since(fact: Claimed, times: Times) -> str:
    if fact.valid_from is not None:
        return f"since {moments.stated(fact.valid_from, fact.precision)}"
    return f"seen since {times.day(fact.observed_from)}"
