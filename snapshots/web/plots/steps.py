"""The step plot: prices over time. They hold, then they change; nothing is interpolated."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from markupsafe import Markup

from snapshots.web.plots.scale import Span, month_start, month_step, months, ticks

PLOT = 200
HEIGHT = 236
_TOP = 28
_BETWEEN_LABELS = 13
# Shares of the width: room for the names at the right end, and what a letter of them takes on a usual screen.
_ROOM, _MOST_ROOM, _LETTER = 0.2, 0.42, 0.0105
# What has just changed must still be seen.
_SHORTEST = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Level:
    """One amount and how long it holds; `end` is `None` while it does. `coming` is announced and not in effect yet."""

    start: datetime
    end: datetime | None
    amount: Decimal
    coming: bool = False


@dataclass(frozen=True, slots=True)
class Series:
    """One line: its name, its last amount in words, which of three looks it has; a band's line is dashed."""

    name: str
    last: str
    look: int
    levels: tuple[Level, ...]
    dashed: bool = False


def steps(
    series: Sequence[Series], *, now: datetime, at: datetime, said: str, ended: datetime | None, label: str, sign: str
) -> Markup:
    """The plot. `said` is the day asked about, `ended` when the thing retired, `label` what is read out."""
    starts = [level.start for line in series for level in line.levels]
    first, last = min(starts), max([now, at, *starts])
    start = month_start(first, -2)
    labelled = [line for line in series if line.levels[-1].end is None or line.levels[-1].end > now] or list(series)
    longest = max(len(line.name) + len(line.last) + 1 for line in labelled)
    share = min(_MOST_ROOM, max(_ROOM, longest * _LETTER))
    span = Span(start, last + (last - start + _SHORTEST) * (share / (1 - share)) + _SHORTEST)
    amounts = [level.amount for line in series for level in line.levels]
    marks = ticks(max(amounts))
    parts = [*_gridlines(marks, sign), *_months(span)]
    if ended is not None and span.start < ended < span.end:
        parts.append(_vertical("ended", span.percent(ended), 20, PLOT))
        parts.append(_text(span.percent(ended), 32, "axis left minor", "retired", dx=6))
    for line in reversed(series):
        parts.extend(_line(line, span, marks[-1], now))
    parts.append(_vertical("asof", span.percent(at), 0, PLOT))
    anchor = "axis asof left" if span.x(at) < 70 else "axis asof right"
    parts.append(_text(span.percent(at), 10, anchor, said, dx=6 if span.x(at) < 70 else -6))
    parts.extend(_labels(labelled, span, marks[-1], now))
    return Markup('<svg class="plot steps" width="100%" height="{}" role="img" aria-label="{}">{}</svg>').format(
        HEIGHT, label, Markup().join(parts)
    )


def _y(amount: Decimal, top: Decimal) -> float:
    return float(PLOT - (PLOT - _TOP) * amount / top)


def _gridlines(marks: Sequence[Decimal], sign: str) -> list[Markup]:
    top = marks[-1]
    # `2.50` is 2.5 to a reader of prices, and `0.125` needs its third place.
    exponent = marks[1].normalize().as_tuple().exponent
    places = max(2 if exponent else 0, -exponent if isinstance(exponent, int) else 0) if marks[1] % 1 else 0
    found = []
    for mark in marks:
        y = _y(mark, top)
        found.append(Markup('<line x1="0" x2="100%" y1="{0:.1f}" y2="{0:.1f}" class="grid"/>').format(y))
        found.append(_text("0", y - 4, "axis left", f"{sign}{mark:,.{places}f}"))
    return found


def _months(span: Span) -> list[Markup]:
    step = month_step(span, 8)
    marks = [at for at in months(span, step) if 4 < span.x(at) < 96]
    return [
        _text(
            span.percent(at),
            PLOT + 20,
            "axis" if place % 2 else "axis minor",
            f"{at:%b %Y}" if step < 12 else f"{at.year}",
        )
        for place, at in enumerate(marks)
    ]


def _line(line: Series, span: Span, top: Decimal, now: datetime) -> list[Markup]:
    kind = f"s{line.look}{' dashed' if line.dashed else ''}"
    found: list[Markup] = []
    before: Level | None = None
    for level in line.levels:
        y = _y(level.amount, top)
        own = f"{kind} coming" if level.coming else kind
        ends = level.end or max(now, level.start + _SHORTEST)
        found.append(
            Markup('<line x1="{}" x2="{}" y1="{:.1f}" y2="{:.1f}" class="{}"/>').format(
                span.percent(level.start), span.percent(ends), y, y, own
            )
        )
        if before is not None and before.end is not None and abs(before.end - level.start) < timedelta(days=1):
            found.append(_vertical(own, span.percent(level.start), _y(before.amount, top), y))
        before = level
    return found


def _labels(series: Sequence[Series], span: Span, top: Decimal, end: datetime) -> list[Markup]:
    """Names and last amounts at the right end, pushed apart in the order of their amounts."""
    ordered = sorted(series, key=lambda line: line.levels[-1].amount, reverse=True)
    places: list[float] = []
    for line in ordered:
        wanted = _y(line.levels[-1].amount, top) + 4
        places.append(max(wanted, places[-1] + _BETWEEN_LABELS) if places else wanted)
    for place in range(len(places) - 1, -1, -1):
        floor = PLOT + 2 if place == len(places) - 1 else places[place + 1] - _BETWEEN_LABELS
        places[place] = min(places[place], floor)
    x = max(span.x(line.levels[-1].end or max(end, line.levels[-1].start + _SHORTEST)) for line in series)
    return [
        Markup(
            '<text x="{:.2f}%" y="{:.1f}" dx="6" class="axis left">{}<tspan class="minor"> {}</tspan></text>'
        ).format(x, y, line.name, line.last)
        for line, y in zip(ordered, places, strict=True)
    ]


def _vertical(kind: str, x: str, top: float, bottom: float) -> Markup:
    return Markup('<line x1="{0}" x2="{0}" y1="{1:.1f}" y2="{2:.1f}" class="{3}"/>').format(x, top, bottom, kind)


def _text(x: str, y: float, kind: str, said: str, *, dx: int = 0) -> Markup:
    return Markup('<text x="{}" y="{:.1f}" dx="{}" class="{}">{}</text>').format(x, y, dx, kind, said)
