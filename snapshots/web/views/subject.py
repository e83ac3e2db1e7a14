"""A name as its page shows it: the answer in a sentence, the cascade, the prices, the facts of a day."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal, InvalidOperation

from markupsafe import Markup

from snapshots.claimed import Claimed
from snapshots.facts import Precision
from snapshots.history import END, TARGET, Answer
from snapshots.meanings import Period
from snapshots.web.plots import cascade
from snapshots.web.plots.cascade import Bar
from snapshots.web.plots.steps import Level, Series, steps
from snapshots.web.times import Times
from snapshots.wording import moments
from snapshots.wording.spans import Line, Role, code, line
from snapshots.wording.values import attribute, band, money, value_of

VERSION = "model.version"
UNFOLDED = 24
_PRICES = {
    "price.output_price": (1, "output"),
    "price.input_price_cache_miss": (2, "input, miss"),
    "price.input_price": (2, "input"),
    "price.input_price_cache_hit": (3, "input, hit"),
}
_SIGNS = {"USD": "$", "EUR": "€", "GBP": "£", "CNY": "¥"}
_ROUNDING = timedelta(days=1)
_ANNOUNCED = "scheduled"
_MOST_BANDS = 2


@dataclass(frozen=True, slots=True)
class State:
    """One row of the cascade."""

    start: datetime
    said: str
    meant: str
    mode: str
    lasted: str
    plot: Markup
    proof: Claimed | None
    current: bool
    works: bool
    known: bool


@dataclass(frozen=True, slots=True)
class Cascade:
    """The table that is the plot. `summary` is `12 states in 27 months, one name`."""

    head: Markup
    states: tuple[State, ...]
    summary: str

    @property
    def older(self) -> tuple[State, ...]:
        """The states that are folded away where there are many."""
        return self.states[:-UNFOLDED] if len(self.states) > UNFOLDED else ()

    @property
    def newer(self) -> tuple[State, ...]:
        """The states that are shown."""
        return self.states[-UNFOLDED:]


@dataclass(frozen=True, slots=True)
class PricePeriod:
    """One row of the table beside the price plot."""

    start: datetime
    end: datetime | None
    name: str
    amount: str
    proof: Claimed


@dataclass(frozen=True, slots=True)
class Prices:
    """One plot: prices of one currency."""

    currency: str
    plot: Markup
    periods: tuple[PricePeriod, ...]
    series: int


@dataclass(frozen=True, slots=True)
class Known:
    """One fact of the day: its name, value and since when, with the claim it rests on; `today` is what holds now."""

    name: str
    value: str
    since: str
    claim: Claimed
    rivals: int
    today: str | None


def cascade_of(periods: Sequence[Period], *, times: Times, at: datetime, said: str) -> Cascade | None:
    """The states a name went through; `None` where nothing is known."""
    if not periods:
        return None
    rows: list[tuple[Bar, Period | None]] = []
    for period in periods:
        last = rows[-1][0] if rows else None
        if last is not None and last.end is not None and period.start - last.end > _ROUNDING:
            rows.append((Bar(last.end, period.start, known=False), None))
        exact = period.fact.precision not in (Precision.MONTH, Precision.QUARTER, Precision.YEAR)
        rows.append((Bar(period.start, period.end, works=period.fact.value is not None, exact=exact), period))
    if rows[-1][0].end is not None:
        rows.append((Bar(rows[-1][0].end, None, known=False), None))
    bars = [bar for bar, _ in rows]
    span = cascade.span_of(bars, times.now, at)
    states = [
        _state(bars, place, period, times, at, cascade.row(bars, place, span, now=times.now, at=at))
        for place, (_, period) in enumerate(rows)
    ]
    months = max(1, round((max(times.now, bars[0].start) - bars[0].start) / timedelta(days=30.44)))
    count = f"{len(states)} state{'' if len(states) == 1 else 's'}"
    summary = f"{count} in {months} month{'' if months == 1 else 's'}, one name"
    return Cascade(cascade.head(span, at, said), tuple(states), summary)


def _state(bars: Sequence[Bar], place: int, period: Period | None, times: Times, at: datetime, plot: Markup) -> State:
    bar = bars[place]
    meant = "not known"
    if period is not None:
        meant = period.fact.value if period.fact.value is not None else "no longer works"
    return State(
        start=bar.start,
        said=_from(bar, period, times),
        meant=meant,
        mode=period.mode if period and bar.works else "",
        lasted=_lasted(bar, times.now),
        plot=plot,
        proof=period.fact if period else None,
        current=bar.start <= at and (bar.end is None or at < bar.end),
        works=bar.works,
        known=bar.known,
    )


def _from(bar: Bar, period: Period | None, times: Times) -> str:
    if period is None or period.fact.valid_from is None:
        return times.day(bar.start)
    if period.start != period.fact.valid_from:
        return moments.day(bar.start)
    precision = period.fact.precision
    return moments.stated(bar.start, precision if precision is not Precision.INSTANT else Precision.DAY)


def _lasted(bar: Bar, now: datetime) -> str:
    if bar.start > now:
        days = moments.days_between(now, bar.start)
        return f"in {days:,} day{'' if days == 1 else 's'}"
    days = moments.days_between(bar.start, bar.end or now)
    return f"{days:,} day{'' if days == 1 else 's'}" if bar.end else f"{days:,} so far"


def prices_of(
    periods: Mapping[tuple[str, str], Sequence[Period]], *, times: Times, at: datetime, said: str, name: str
) -> list[Prices]:
    """One plot for each currency, the most often used first."""
    currencies: dict[str, dict[tuple[str, str], list[Period]]] = {}
    for key, line_ in periods.items():
        if key[0] not in _PRICES:
            continue
        for period in line_:
            currency = str(period.fact.detail.get("currency", ""))
            if _amount(period) is not None:
                currencies.setdefault(currency, {}).setdefault(key, []).append(period)
    return [
        _plot(currency, lines, times, at, said, name)
        for currency, lines in sorted(currencies.items(), key=lambda item: -sum(map(len, item[1].values())))
    ]


def _plot(
    currency: str,
    lines: Mapping[tuple[str, str], Sequence[Period]],
    times: Times,
    at: datetime,
    said: str,
    name: str,
) -> Prices:
    series, rows = [], []
    for (predicate, qualifier), periods in sorted(lines.items(), key=lambda item: (_PRICES[item[0][0]][0], item[0][1])):
        look, word = _PRICES[predicate]
        scheduled = qualifier.startswith(_ANNOUNCED)
        if scheduled and (predicate, in_force(qualifier)) in lines:
            continue
        shown = band(qualifier)
        label = f"{word}, {shown}" if shown else word
        levels = [
            Level(period.start, period.end, amount, coming=scheduled or period.start > times.now)
            for period in periods
            if (amount := _amount(period)) is not None
        ]
        last = periods[-1].fact
        series.append(Series(label, money(last.value or "", last.detail), look, tuple(levels), dashed=bool(shown)))
        rows += [PricePeriod(p.start, p.end, label, money(p.fact.value or "", p.fact.detail), p.fact) for p in periods]
    plot = steps(
        series,
        now=times.now,
        at=at,
        said=said,
        ended=None,
        label=f"Prices of {name} over time in {currency or 'their currency'}; the table below has them all",
        sign=_SIGNS.get(currency, ""),
    )
    rows.sort(key=lambda row: (row.start, row.name))
    return Prices(currency, plot, tuple(rows), len(series))


def _amount(period: Period) -> Decimal | None:
    try:
        found = Decimal(period.fact.value or "")
    except InvalidOperation:
        return None
    return found if found.is_finite() and abs(found) < Decimal(10) ** 12 else None


def in_force(qualifier: str) -> str:
    """The qualifier of a value once it is in force: `scheduled.peak` was announced, `peak` holds."""
    return qualifier.removeprefix(_ANNOUNCED).lstrip(".") if qualifier.startswith(_ANNOUNCED) else qualifier


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
        if predicate == "price.output_price" and fact.value is not None and not qualifier.startswith(_ANNOUNCED)
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
        if fact.qualifier.startswith(_ANNOUNCED) and plain_key in stated:
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
    shown = ", ".join(
        filter(None, (band(fact.qualifier), "announced" if fact.qualifier.startswith(_ANNOUNCED) else ""))
    )
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
