"""The cascade: everything a name has meant, one row a state, each row's drawing continuing the one above."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from markupsafe import Markup

from snapshots.web.plots.scale import Span, month_step, months, next_quarter, quarter_start

HEIGHT = 30
_BAR = 8
_LEAST = 0.3
_NEAR = 10.0


@dataclass(frozen=True, slots=True)
class Bar:
    """One state as it is drawn: from when, until when (`None` while it lasts), and what kind of state it is.

    `works` is false where the name answers nothing any more, `known` false where nobody knows what it meant. `exact` is
    false where the start is known to the month at best.
    """

    start: datetime
    end: datetime | None
    works: bool = True
    known: bool = True
    exact: bool = True


def span_of(bars: Sequence[Bar], now: datetime, at: datetime) -> Span:
    """From the quarter of the first state to the end of the quarter of the last thing shown."""
    last = max(now, at, *(bar.start for bar in bars))
    return Span(quarter_start(min(bar.start for bar in bars)), next_quarter(last))


def head(span: Span, at: datetime, said: str) -> Markup:
    """The drawing over the rows: the years, and the day that is asked about."""
    own = min(92.0, max(8.0, span.x(at)))
    parts = [
        Markup('<text x="{}" y="18" class="axis">{}</text>').format(span.percent(year), year.year)
        for year in months(span, 12)
        if abs(span.x(year) - own) > _NEAR and 3 < span.x(year) < 97
    ]
    parts.append(Markup('<text x="{:.2f}%" y="18" class="axis asof">{}</text>').format(own, said))
    return _svg(parts, 24)


def row(bars: Sequence[Bar], place: int, span: Span, *, now: datetime, at: datetime) -> Markup:
    """The drawing of one state."""
    bar = bars[place]
    parts = [_grid(span, quarter) for quarter in months(span, 3 if month_step(span, 24) <= 3 else 12)]
    parts.append(_vertical("asof", span.percent(at), "0", "100%"))
    start = span.percent(bar.start)
    if place:
        parts.append(_vertical("riser" if bars[place - 1].known and bar.known else "riser gap", start, "0", "50%"))
    if place < len(bars) - 1:
        parts.append(
            _vertical("riser" if bar.known else "riser gap", span.percent(bars[place + 1].start), "50%", "100%")
        )
    parts.extend(_state(bar, span, now))
    return _svg(parts, HEIGHT)


def _state(bar: Bar, span: Span, now: datetime) -> list[Markup]:
    y = (HEIGHT - _BAR) // 2
    x, end = span.x(bar.start), span.x(bar.end or now)
    if not bar.known:
        return []
    if not bar.works:
        stop = Markup('<rect x="{:.2f}%" y="{}" width="3" height="{}" class="stop"/>').format(x, y, _BAR)
        line = Markup('<line x1="{:.2f}%" x2="{:.2f}%" y1="50%" y2="50%" class="ended"/>').format(x, max(x, end))
        return [stop, line]
    width = max(_LEAST, end - x)
    drawn = Markup('<rect x="{:.2f}%" y="{}" width="{:.2f}%" height="{}" class="bar-state"/>').format(x, y, width, _BAR)
    if bar.exact:
        return [drawn]
    return [drawn, Markup('<line x1="{:.2f}%" x2="{:.2f}%" y1="50%" y2="50%" class="vague"/>').format(max(0, x - 1), x)]


def _grid(span: Span, at: datetime) -> Markup:
    return _vertical("grid" if at.month == 1 else "grid minor", span.percent(at), "0", "100%")


def _vertical(kind: str, x: str, top: str, bottom: str) -> Markup:
    return Markup('<line x1="{0}" x2="{0}" y1="{1}" y2="{2}" class="{3}"/>').format(x, top, bottom, kind)


def _svg(parts: Sequence[Markup], height: int) -> Markup:
    return Markup('<svg class="plot cascade" width="100%" height="{}" aria-hidden="true">{}</svg>').format(
        height, Markup().join(parts)
    )
