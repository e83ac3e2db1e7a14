"""What a name cost over time: one plot for each currency, with its table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, InvalidOperation

from markupsafe import Markup

from snapshots.claimed import Claimed
from snapshots.meanings import Period
from snapshots.web.plots.steps import Level, Series, steps
from snapshots.web.times import Times
from snapshots.wording.values import band, money

ANNOUNCED = "scheduled"
_PRICES = {
    "price.output_price": (1, "output"),
    "price.input_price_cache_miss": (2, "input, miss"),
    "price.input_price": (2, "input"),
    "price.input_price_cache_hit": (3, "input, hit"),
}
_SIGNS = {"USD": "$", "EUR": "€", "GBP": "£", "CNY": "¥"}


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
        scheduled = qualifier.startswith(ANNOUNCED)
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
    return qualifier.removeprefix(ANNOUNCED).lstrip(".") if qualifier.startswith(ANNOUNCED) else qualifier
