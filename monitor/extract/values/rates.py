"""Rates as cells and sentences state them: `500 RPM`, `1,000,000 tokens per day`."""

from __future__ import annotations

import re

RATE = re.compile(
    r"(?P<count>\d[\d.,]*(?:\s?[KM]\b)?)\s*(?:(?P<thing>requests?|tokens?|images?)\s*(?:per|/|an?)\s*"
    r"(?P<unit>minute|second|hour|day)|(?P<short>[RTQ]P[MDS])\b)",
    re.IGNORECASE,
)
_THINGS = {"R": "requests", "T": "tokens", "Q": "requests"}
_UNITS = {"M": "minute", "D": "day", "S": "second"}
_BETWEEN = re.compile(r"(?:[\s,;&|/+()]|\band\b)*", re.IGNORECASE)


def rate_of(match: re.Match[str]) -> tuple[str, str]:
    """`(attribute, count as written)` of a match of `RATE`: `("requests_per_minute", "500")`."""
    short = match["short"] or ""
    thing = _THINGS[short[0].upper()] if short else match["thing"].lower().rstrip("s") + "s"
    unit = _UNITS[short[-1].upper()] if short else match["unit"].lower()
    return f"{thing}_per_{unit}", match["count"].strip(" .,")


def only_rates(text: str) -> tuple[tuple[str, str], ...]:
    """The rates of a text that states nothing else, each of another kind; empty for any other text."""
    found = tuple(map(rate_of, RATE.finditer(text)))
    if len(dict(found)) < len(found) or not _BETWEEN.fullmatch(RATE.sub(" ", text)):
        return ()
    return found
