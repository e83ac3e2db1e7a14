"""From instants and amounts to percent and pixels."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class Span:
    """The time a plot shows: `x` is the share of it that has passed at an instant, in percent."""

    start: datetime
    end: datetime

    def x(self, at: datetime) -> float:
        """0 at the start, 100 at the end; clamped."""
        share = (at - self.start) / (self.end - self.start)
        return min(100.0, max(0.0, 100 * share))

    def percent(self, at: datetime) -> str:
        """`x` as an attribute, with two decimals."""
        return f"{self.x(at):.2f}%"


def quarter_start(at: datetime) -> datetime:
    """The first instant of the quarter, UTC."""
    at = at.astimezone(UTC)
    return datetime(at.year, (at.month - 1) // 3 * 3 + 1, 1, tzinfo=UTC)


def month_start(at: datetime, months: int = 0) -> datetime:
    """The first instant of the month `months` later, UTC."""
    at = at.astimezone(UTC)
    number = at.year * 12 + at.month - 1 + months
    return datetime(number // 12, number % 12 + 1, 1, tzinfo=UTC)


def next_quarter(at: datetime) -> datetime:
    """The end of the quarter, UTC."""
    return month_start(quarter_start(at), 3)


def months(span: Span, step: int) -> Iterator[datetime]:
    """Every `step`-th month start within a span."""
    at = month_start(span.start)
    if at < span.start:
        at = month_start(at, 1)
    while (at.month - 1) % step:
        at = month_start(at, 1)
    while at <= span.end:
        yield at
        at = month_start(at, step)


def month_step(span: Span, most: int) -> int:
    """How many months apart marks stand, so that there are at most `most`."""
    length = (span.end - span.start) / timedelta(days=30.4)
    return next((step for step in (1, 2, 3, 6, 12, 24, 60, 120, 240, 600) if length / step <= most), 1_200)


def ticks(top: Decimal) -> list[Decimal]:
    """Four or five round amounts from zero to `top` or a little more."""
    if top <= 0:
        return [Decimal(0), Decimal(1)]
    raw = top / 4
    magnitude = Decimal(10) ** raw.adjusted()
    step = next(magnitude * factor for factor in (1, 2, Decimal("2.5"), 5, 10) if magnitude * factor >= raw)
    count = int(top / step) + (1 if top % step else 0)
    return [step * place for place in range(count + 1)]
