"""Amounts of money with their currency and what they are paid for."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

_SIGNS = {"$": "USD", "us$": "USD", "¥": "CNY", "￥": "CNY", "€": "EUR", "£": "GBP", "₹": "INR"}
_WORDS = {
    "usd": "USD",
    "dollars": "USD",
    "美元": "USD",
    "cny": "CNY",
    "rmb": "CNY",
    "yuan": "CNY",
    "元": "CNY",
    "eur": "EUR",
    "gbp": "GBP",
    "jpy": "JPY",
}

MONEY_SIGNS = ("$", "¥", "￥", "€", "£", "₹", "USD", "CNY", "RMB", "EUR", "GBP", "JPY", "usd", "uan", "ollars", "元")
"""Every amount of money has one of these beside it."""

_NUMBER = r"\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?|\.\d+"
_MONEY = re.compile(
    rf"(?P<sign>US\$|\\?[$¥￥€£₹])\s?(?P<a>{_NUMBER})|(?<![\w.])(?P<b>{_NUMBER})\s?(?P<word>USD|CNY|RMB|EUR|GBP|JPY|yuan|dollars|美元|元)(?![a-z])",
    re.IGNORECASE,
)
_UNIT = re.compile(
    r"(?:/|per|each|每)\s*(?P<count>1|one|a|百万|千|1,000,000|1,000|1000)?\s*(?P<scale>m(?:illion)?|k|thousand|百万|千)?\s*"
    r"(?P<thing>tok(?:en)?s?|m?tok\b|images?|minutes?|min\b|hours?|seconds?|requests?|calls?|pages?|characters?|chars?|searches|queries|months?|tokens?|张|分钟|次)?",
    re.IGNORECASE,
)
_PERCENT_OFF = re.compile(r"(\d{1,2}(?:\.\d+)?)\s?%\s*(?:off|discount|优惠)|(\d(?:\.\d)?)\s?折", re.IGNORECASE)

TOKENS_MILLION = "1M tokens"


@dataclass(frozen=True, slots=True)
class Money:
    """An amount: `currency` is an ISO 4217 code, `unit` what it pays for (`1M tokens`, `image`), empty when unsaid.

    `start` and `end` are the range in the text; `discounted` says that the text calls it a reduced price.
    """

    amount: Decimal
    currency: str
    unit: str = ""
    start: int = 0
    end: int = 0
    discounted: bool = False


def find_money(text: str) -> tuple[Money, ...]:
    """Every amount in a text, in order. Numbers without currency are no money."""
    if not any(map(text.__contains__, MONEY_SIGNS)):
        return ()
    found = []
    matches = list(_MONEY.finditer(text))
    for index, match in enumerate(matches):
        try:
            amount = Decimal((match["a"] or match["b"]).replace(",", ""))
        except InvalidOperation:
            continue
        sign = (match["sign"] or "").lstrip("\\").lower()
        currency = _SIGNS.get(sign) or _WORDS.get((match["word"] or "").lower(), "")
        until = matches[index + 1].start() if index + 1 < len(matches) else len(text)
        rest = text[match.end() : until]
        unit, factor = unit_of(rest)
        found.append(
            Money(
                amount * factor, currency, unit, match.start(), match.end(), _PERCENT_OFF.search(rest[:40]) is not None
            )
        )
    return tuple(found)


def unit_of(text: str) -> tuple[str, Decimal]:
    """What a price is paid for, and the factor that brings it to one million tokens (1 when it is not by token)."""
    text = text.strip().lower()
    match = _UNIT.match(text)
    if match is None or not (
        match["scale"]
        or match["thing"]
        or (match["count"] or "").startswith("1,0")
        or match["count"] in ("百万", "千", "1000")
    ):
        return "", Decimal(1)
    thing = (match["thing"] or "").lower()
    scale = (match["scale"] or match["count"] or "").lower()
    if scale.startswith("m") or scale in ("百万", "1,000,000") or thing == "mtok":
        return TOKENS_MILLION, Decimal(1)
    if scale.startswith(("k", "th")) or scale in ("千", "1,000", "1000"):
        return (TOKENS_MILLION, Decimal(1000)) if thing.startswith("tok") or not thing else (f"1K {thing}", Decimal(1))
    if thing.startswith("tok"):
        return TOKENS_MILLION, Decimal(1_000_000)
    return thing.rstrip("s"), Decimal(1)


def unit_in_label(text: str) -> tuple[str, Decimal]:
    """The unit a label or caption states for the numbers beside it (`1M INPUT TOKENS`, `Price per 1K tokens`)."""
    lower = text.lower()
    if re.search(r"(?:\b1\s?|per |/ ?)(?:m\b|million|mtok)|百万|\bmtok", lower):
        return TOKENS_MILLION, Decimal(1)
    if re.search(r"(?:\b1\s?|per |/ ?)(?:k\b|thousand|1,?000\b)|千 ?tokens?", lower) and "token" in lower:
        return TOKENS_MILLION, Decimal(1000)
    match = re.search(r"(?:per|/)\s*(image|minute|hour|second|request|page|character|query)", lower)
    return (match[1], Decimal(1)) if match else ("", Decimal(1))


def percent_off(text: str) -> Decimal | None:
    """The discount a text states: `75% off` and `2.5 折` both give 75."""
    match = _PERCENT_OFF.search(text)
    if match is None:
        return None
    return Decimal(match[1]) if match[1] else 100 - Decimal(match[2]) * 10


def plain(amount: Decimal) -> str:
    """The shortest writing: `0.28`, `15`, never an exponent."""
    text = format(amount.normalize(), "f")
    return text.rstrip("0").rstrip(".") if "." in text else text
