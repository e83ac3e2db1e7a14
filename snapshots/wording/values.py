"""Values in words: money with its sign, bands, attributes, modes, yes and no."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation

from snapshots.wording.escape import plain, shorten

_SIGNS = {"USD": "$", "EUR": "€", "GBP": "£", "CNY": "¥", "JPY": "JP¥", "KRW": "₩", "INR": "₹"}
_BANDS = {
    "off_peak": "off-peak",
    "peak": "at peak",
    "batch": "in batches",
    "promo": "in promotion",
    "standard": "standard",
    "priority": "with priority",
    "flex": "flexible",
}
_ATTRIBUTES = {
    "output_price": "output",
    "input_price": "input",
    "input_price_cache_hit": "cached input",
    "input_price_cache_miss": "uncached input",
    "cache_write_price": "cache writes",
    "context_window": "context window",
    "max_output": "longest answer",
    "retirement_date": "end of service",
    "deprecation_date": "deprecation",
    "legacy_date": "legacy status",
    "platform_id": "name on the platform",
    "base_url": "base URL",
}
_ACRONYMS = {
    "api": "API",
    "fim": "FIM",
    "json": "JSON",
    "url": "URL",
    "cot": "CoT",
    "rpm": "RPM",
    "tpm": "TPM",
    "id": "ID",
}
_THE_USUAL_UNIT = "1M tokens"
_UNSAID = frozenset({"", "scheduled", "badge"})
_LABEL = 30


def money(value: str, detail: Mapping[str, str]) -> str:
    """An amount with its currency sign, and what it pays for unless that is one million tokens.

    `0.28` in USD reads `$0.28`; `1.5` gets its second decimal, `0.0028` keeps all of its own.
    """
    try:
        amount = Decimal(value)
    except InvalidOperation:
        return plain(value)
    digits = f"{amount.normalize():f}"
    whole, _, cents = digits.partition(".")
    digits = f"{int(whole):,}.{cents.ljust(2, '0')}" if cents else f"{int(whole):,}"
    currency = plain(detail.get("currency", ""))
    sign = _SIGNS.get(currency)
    shown = f"{sign}{digits}" if sign else f"{digits} {currency}".strip()
    unit = plain(detail.get("unit", ""))
    return f"{shown} per {unit}" if unit and unit != _THE_USUAL_UNIT else shown


def band(qualifier: str) -> str:
    """`off-peak` for `off_peak`, `at peak` for `scheduled.peak`; a platform or plan in its own words."""
    parts = qualifier.split(".") if qualifier.islower() else [qualifier]
    named = (_BANDS.get(part, plain(part).replace("_", " ")) for part in parts if part not in _UNSAID)
    return shorten(", ".join(named), _LABEL)


def band_label(qualifier: str) -> str:
    """A band as it stands behind an amount in a table: `$3.96 peak`."""
    return band(qualifier).removeprefix("at ")


def attribute(name: str) -> str:
    """`tool calls` for `tool_calls`, `JSON output` for `json_output`."""
    if name in _ATTRIBUTES:
        return _ATTRIBUTES[name]
    return shorten(" ".join(_ACRONYMS.get(word, word) for word in plain(name).split("_")), _LABEL)


def value_of(area: str, name: str, value: str | None, detail: Mapping[str, str]) -> str:
    """A fact's value as people read it; empty for nothing and for mere existence."""
    if value is None or (area in ("model", "endpoint") and value == "true" and name != "parameter"):
        return ""
    if area == "price":
        return money(value, detail)
    if area == "capability" and value in ("true", "false"):
        return "yes" if value == "true" else "no"
    return f"{int(value):,}" if area == "limit" and value.isascii() and value.isdigit() else plain(value)
