"""Yes and no, as tables and sentences write them."""

from __future__ import annotations

import re
from functools import lru_cache

_YES = frozenset(
    [
        "✓",
        "✔",
        "✅",
        "☑",
        "√",
        "🟢",
        "●",
        "yes",
        "y",
        "true",
        "supported",
        "available",
        "✔️",
        "☑️",
        "支持",
        "是",
        "有",
        "full",
    ]
)
_NO = frozenset(
    ["✗", "✘", "✕", "✖", "❌", "☒", "×", "🔴", "no", "n", "false", "unsupported", "✖️", "不支持", "否", "无"]
) | {
    "not supported",
    "not available",
    "暂不支持",
    "unavailable",
}
_FOOTNOTE = re.compile(r"[(（]\d{1,2}[)）]")
_SIGN = re.compile(r"^[✓✔✅☑√✗✘✕✖❌☒×][\ufe0e\ufe0f]?")


@lru_cache(maxsize=4_096)
def polarity(text: str) -> bool | None:
    """True or False when a cell says only yes or no; None when it says something else or nothing."""
    word = (
        _FOOTNOTE.sub("", " ".join(text.split()))
        .strip()
        .strip(".")
        .casefold()
        .replace(":white-check-mark:", "✓")
        .replace(":x:", "✗")
    )
    word = word.replace(":heavy_check_mark:", "✓").replace(":white_check_mark:", "✓")
    if word in _YES:
        return True
    if word in _NO:
        return False
    if word.startswith("<"):
        return None
    sign = _SIGN.match(word)
    if sign and not re.search(r"\w", word[sign.end() :]):
        return polarity(sign[0][0])
    return None


def is_blank(text: str) -> bool:
    """Whether a cell says that there is nothing to say (`-`, `N/A`, `—`)."""
    return re.sub(r"[\s\-–—_/.*]", "", text).casefold() in ("", "na", "n/a", "none", "null", "tbd")
