"""What the pricing page says, and since when: the states of one table, in US dollars for one million tokens."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime


@dataclass(frozen=True, slots=True)
class Rates:
    """Prices of one band. `band` is empty for a price that holds at every hour."""

    hit: str
    miss: str
    output: str
    band: str = ""


@dataclass(frozen=True, slots=True)
class Column:
    """One model of the table. `note` is the number of the footnote beside its name, if there is one."""

    name: str
    version: str
    default_output: str
    most_output: str
    tools: bool
    fim: str
    concurrency: str
    rates: tuple[Rates, ...]
    note: str = ""


@dataclass(frozen=True, slots=True)
class PriceList:
    """One state of the page.

    `legacy_until` is when the old names end, in the footnote's words; empty when there is no footnote. `coming` are
    announced rates by model.
    """

    columns: tuple[Column, Column]
    context: str
    max_output: str
    anthropic: bool
    legacy_until: str = ""
    coming: tuple[tuple[str, tuple[Rates, ...]], ...] = ()
    peak_hours: bool = False


_V32_RATES = (Rates("0.028", "0.28", "0.42"),)
_EXP = PriceList(
    columns=(
        Column("deepseek-chat", "DeepSeek-V3.2-Exp (Non-thinking Mode)", "4K", "8K", True, "✓", "", _V32_RATES),
        Column("deepseek-reasoner", "DeepSeek-V3.2-Exp (Thinking Mode)", "32K", "64K", False, "✗", "", _V32_RATES),
    ),
    context="128K",
    max_output="",
    anthropic=False,
)


def _versions(prices: PriceList, first: str, second: str) -> PriceList:
    one, two = prices.columns
    return replace(prices, columns=(replace(one, version=first), replace(two, version=second)))


def _rates(prices: PriceList, first: tuple[Rates, ...], second: tuple[Rates, ...]) -> PriceList:
    one, two = prices.columns
    return replace(prices, columns=(replace(one, rates=first), replace(two, rates=second)))


_V32 = _versions(_EXP, "DeepSeek-V3.2 (Non-thinking Mode)", "DeepSeek-V3.2 (Thinking Mode)")
_V32 = replace(_V32, columns=(_V32.columns[0], replace(_V32.columns[1], tools=True)))

_V4 = PriceList(
    columns=(
        Column(
            "deepseek-v4-flash", "DeepSeek-V4-Flash", "", "", True, "Non-thinking mode only", "2500",
            (Rates("0.028", "0.14", "0.28"),), note="1",
        ),
        Column(
            "deepseek-v4-pro", "DeepSeek-V4-Pro", "", "", True, "Non-thinking mode only", "500",
            (Rates("0.145", "1.74", "3.48"),),
        ),
    ),
    context="1M",
    max_output="MAXIMUM: 384K",
    anthropic=True,
    legacy_until="in the future",
)  # fmt: skip
_CACHE = _rates(_V4, (Rates("0.0028", "0.14", "0.28"),), (Rates("0.0145", "1.74", "3.48"),))
_QUARTER = replace(
    _rates(_CACHE, _CACHE.columns[0].rates, (Rates("0.003625", "0.435", "0.87"),)),
    legacy_until="on 2026/07/24 15:59 UTC",
)
_0731 = replace(_versions(_QUARTER, "DeepSeek-V4-Flash-0731", "DeepSeek-V4-Pro"), legacy_until="")
_0731 = replace(_0731, columns=(replace(_0731.columns[0], note=""), _0731.columns[1]))
_FLASH_BANDS = (Rates("0.007", "0.22", "0.66", "OFF-PEAK"), Rates("0.014", "0.44", "1.32", "PEAK"))
_PRO_BANDS = (Rates("0.022", "0.66", "1.98", "OFF-PEAK"), Rates("0.044", "1.32", "3.96", "PEAK"))
_0813 = replace(
    _versions(_0731, "DeepSeek-V4-Flash-0731", "DeepSeek-V4-Pro-0813"),
    coming=(("deepseek-v4-flash", _FLASH_BANDS), ("deepseek-v4-pro", _PRO_BANDS)),
)
_PEAK = replace(_rates(_0813, _FLASH_BANDS, _PRO_BANDS), coming=(), peak_hours=True)

_STATES = (
    (datetime(2026, 8, 16, 16, 0, tzinfo=UTC), _PEAK),
    (datetime(2026, 8, 13, 8, 0, tzinfo=UTC), _0813),
    (datetime(2026, 7, 31, 8, 0, tzinfo=UTC), _0731),
    (datetime(2026, 5, 31, 15, 59, tzinfo=UTC), _QUARTER),
    (datetime(2026, 4, 26, 12, 15, tzinfo=UTC), _CACHE),
    (datetime(2026, 4, 24, 6, 0, tzinfo=UTC), _V4),
    (datetime(2025, 12, 1, 10, 0, tzinfo=UTC), _V32),
)


def price_list_at(at: datetime) -> PriceList:
    """Give what the pricing page says at `at`."""
    return next((state for since, state in _STATES if since <= at), _EXP)
