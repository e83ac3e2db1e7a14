"""What a name meant over time, as the table that is the plot."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from markupsafe import Markup

from snapshots.claimed import Claimed
from snapshots.facts import Precision
from snapshots.meanings import Period
from snapshots.web.plots import cascade
from snapshots.web.plots.cascade import Bar
from snapshots.web.times import Times
from snapshots.wording import moments

UNFOLDED = 24
_ROUNDING = timedelta(days=1)


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
