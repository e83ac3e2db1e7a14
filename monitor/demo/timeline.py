"""What happens upstream in the demo, as data.

Facts and dates are the provider's own: DeepSeek's change log, news and pricing pages from October 2025 to August 2026,
and the license line of MiniMax-M2's model card (27 October 2025). Wording and markup of the pages are ours, and the
faults between them (rebuilt assets, the home page under another address, a 503) are invented. The story leaves things
out; it adds no change of a fact.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

PRICING = "/quick_start/pricing"
UPDATES = "/updates"
NEWS = "/news"
CARD = "/MiniMaxAI/MiniMax-M2/raw/main/README.md"
HTML_PAGES = (PRICING, UPDATES, NEWS)
PAGES = (*HTML_PAGES, CARD)

START = datetime(2025, 10, 26, 12, tzinfo=UTC)
END = datetime(2026, 8, 20, 12, tzinfo=UTC)


class Happening(StrEnum):
    """What sort of thing happens. Only a change of facts is worth a message."""

    CHANGE = "change"
    NOISE = "noise"
    SHELL = "shell"
    OUTAGE = "outage"
    RECOVERY = "recovery"


@dataclass(frozen=True, slots=True)
class Beat:
    """One thing that happens upstream at `at` (UTC) on `pages`.

    `tells` are the changes that people must be told, as `(change kind, subject)`, and `may_tell` those that say the
    same in other terms; both are empty unless it is a change.
    """

    at: datetime
    happening: Happening
    summary: str
    pages: tuple[str, ...]
    tells: frozenset[tuple[str, str]] = frozenset()
    may_tell: frozenset[tuple[str, str]] = frozenset()


def _utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def _change(
    at: str, summary: str, pages: Sequence[str], *tells: tuple[str, str], may_tell: Sequence[tuple[str, str]] = ()
) -> Beat:
    return Beat(_utc(at), Happening.CHANGE, summary, tuple(pages), frozenset(tells), frozenset(may_tell))


def _other(at: str, happening: Happening, summary: str, *pages: str) -> Beat:
    return Beat(_utc(at), happening, summary, pages)


SPECIALE = "https://api.deepseek.com/v3.2_speciale_expires_on_20251215"
_CHAT, _REASONER, _FLASH, _PRO = "deepseek-chat", "deepseek-reasoner", "deepseek-v4-flash", "deepseek-v4-pro"

BEATS: tuple[Beat, ...] = (
    _change(
        "2025-10-27T10:00",
        "MiniMax-M2's model card names another license: MIT instead of Apache-2.0",
        [CARD],
        # A card's own license is told of the document: its front matter names no model.
        ("license-changed", "*"),
    ),
    _other("2025-11-05T03:00", Happening.NOISE, "The site is rebuilt: asset names change", *HTML_PAGES),
    _other("2025-11-17T02:00", Happening.SHELL, "The pricing address answers 200 with the home page", PRICING),
    _other("2025-11-20T02:00", Happening.RECOVERY, "The pricing page is back", PRICING),
    _change(
        "2025-12-01T10:00",
        "V3.2 replaces V3.2-Exp behind both names; V3.2-Speciale gets an endpoint until 15 Dec, 15:59 UTC",
        [UPDATES, NEWS, PRICING],
        ("alias-retargeted", _CHAT),
        ("alias-retargeted", _REASONER),
        ("capability-added", _REASONER),
        ("endpoint-added", SPECIALE),
        ("endpoint-expiry-set", SPECIALE),
    ),
    _other("2026-01-01T00:05", Happening.NOISE, "The footer says 2026", *HTML_PAGES),
    _other("2026-02-09T21:00", Happening.OUTAGE, "The change log answers 503", UPDATES),
    _other("2026-02-12T09:00", Happening.RECOVERY, "The change log is back", UPDATES),
    _other("2026-03-10T03:00", Happening.NOISE, "The site is rebuilt: asset names change", *HTML_PAGES),
    _change(
        "2026-04-24T06:00",
        "V4: both old names now point to deepseek-v4-flash and stop working on 24 Jul, 15:59 UTC",
        [UPDATES, NEWS, PRICING],
        ("alias-retargeted", _CHAT),
        ("alias-retargeted", _REASONER),
        ("shutdown-date-set", _CHAT),
        ("shutdown-date-set", _REASONER),
        ("model-added", _FLASH),
        ("model-added", _PRO),
        ("endpoint-added", "https://api.deepseek.com/anthropic"),
        # The news page had not said before what they mean; looked at first, it says the same as a beginning.
        may_tell=[("alias-added", _CHAT), ("alias-added", _REASONER)],
    ),
    _change(
        "2026-04-26T12:15",
        "Cached input costs a tenth",
        [PRICING],
        ("price-decreased", _FLASH),
        ("price-decreased", _PRO),
    ),
    _change(
        "2026-05-31T15:59",
        "deepseek-v4-pro costs a quarter",
        [PRICING],
        ("price-decreased", _PRO),
    ),
    _other("2026-06-20T03:00", Happening.NOISE, "The site is rebuilt: asset names change", *HTML_PAGES),
    _change(
        "2026-07-31T08:00",
        "deepseek-v4-flash becomes DeepSeek-V4-Flash-0731; the old names are gone from the pricing page",
        [UPDATES, PRICING],
        ("alias-retargeted", _FLASH),
        ("alias-removed", _CHAT),
        ("alias-removed", _REASONER),
    ),
    _change(
        "2026-08-13T08:00",
        "deepseek-v4-pro becomes DeepSeek-V4-Pro-0813; peak and off-peak prices are announced for 16 Aug, 16:00 UTC",
        [UPDATES, NEWS, PRICING],
        ("alias-retargeted", _PRO),
        ("price-announced", _FLASH),
        ("price-announced", _PRO),
    ),
    _change(
        "2026-08-16T16:00",
        "The peak and off-peak prices take effect",
        [PRICING],
        ("price-increased", _FLASH),
        ("price-increased", _PRO),
    ),
)
