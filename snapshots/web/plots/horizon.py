"""The horizon: what ends in the next six months, on one line."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from markupsafe import Markup

from snapshots.changes.model import Level
from snapshots.web.plots.scale import Span, month_start, months

HEIGHT = 74
_BASE = 44
_NEAR = 9.0
_MONTHS = 6


@dataclass(frozen=True, slots=True)
class Mark:
    """One date on the line."""

    at: datetime
    level: Level
    label: str


def horizon(marks: Sequence[Mark], now: datetime) -> Markup:
    """The line from the first of this month; dates that stand close share one label."""
    span = Span(month_start(now), month_start(now, _MONTHS))
    shown = sorted((mark for mark in marks if span.start <= mark.at < span.end), key=lambda mark: mark.at)
    parts = [Markup('<line x1="0" x2="100%" y1="{0}" y2="{0}" class="grid"/>').format(_BASE)]
    for month in months(span, 1):
        if month < span.end:
            parts.append(
                Markup('<line x1="{0}" x2="{0}" y1="{1}" y2="{2}" class="tick"/>').format(
                    span.percent(month), _BASE, _BASE + 6
                )
            )
            parts.append(
                Markup('<text x="{}" y="{}" class="axis left">{}</text>').format(
                    span.percent(month), _BASE + 21, f"{month:%b}"
                )
            )
    parts.append(Markup('<line x1="{0}" x2="{0}" y1="6" y2="{1}" class="asof"/>').format(span.percent(now), _BASE))
    parts.append(Markup('<text x="{}" y="14" dx="6" class="axis asof left">today</text>').format(span.percent(now)))
    parts.extend(_mark(mark, span) for mark in shown)
    parts.extend(_labels(shown, span))
    return Markup('<svg class="plot horizon" width="100%" height="{}" role="img" aria-label="{}">{}</svg>').format(
        HEIGHT, f"{len(shown)} dates in the next six months; the list below has them all", Markup().join(parts)
    )


def _mark(mark: Mark, span: Span) -> Markup:
    shapes = {
        Level.CRITICAL: Markup('<rect x="1" y="1" width="10" height="10"/>'),
        Level.WARNING: Markup('<path d="M6 1.2 11.2 11H.8z"/>'),
    }
    shape = shapes.get(mark.level, Markup('<circle cx="6" cy="6" r="4.2"/>'))
    return Markup('<svg x="{}" y="{}" width="12" height="12" overflow="visible" class="mark {}">{}</svg>').format(
        span.percent(mark.at), _BASE - 6, mark.level, shape
    )


def _labels(marks: Sequence[Mark], span: Span) -> list[Markup]:
    groups: list[list[Mark]] = []
    for mark in marks:
        if groups and span.x(mark.at) - span.x(groups[-1][0].at) < _NEAR:
            groups[-1].append(mark)
        else:
            groups.append([mark])
    return [
        Markup('<text x="{}" y="{}" class="axis left minor">{}</text>').format(
            span.percent(group[0].at),
            _BASE - 14,
            group[0].label if len(group) == 1 else f"{len(group)} dates",
        )
        for group in groups
    ]
