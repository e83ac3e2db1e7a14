"""Text from outside, made visible on one line. Upstream pages are hostile input."""

from __future__ import annotations

import re
import unicodedata
from urllib.parse import quote, urlsplit

# Cf holds the bidi controls and zero-width characters, Cc the control characters, Cs lone surrogates; Zl and Zp break
# lines in some programs and not in others (UAX #9 and Unicode chapter 23.2 tell why none of them belongs in a message).
_REMOVED = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
_SPACES = re.compile(r"\s+")


def plain(text: str) -> str:
    """One line of visible text: no controls, no bidi or zero-width characters, runs of space made one."""
    spaced = _SPACES.sub(" ", text)
    return "".join(char for char in spaced if unicodedata.category(char) not in _REMOVED).strip()


def shorten(text: str, limit: int) -> str:
    """At most `limit` characters, cut at a word where there is one in the last third, with `...`."""
    if len(text) <= limit:
        return text
    kept = text[: limit - 3]
    word = kept.rfind(" ")
    return (kept[:word] if word > limit * 2 // 3 else kept).rstrip(" ,;:") + "..."


def shorten_middle(text: str, limit: int = 60) -> str:
    """At most `limit` characters, cut in the middle: both ends of a name or address tell it apart."""
    if len(text) <= limit:
        return text
    head = (limit - 3) * 2 // 3
    return f"{text[:head]}...{text[-(limit - 3 - head) :]}"


def safe_url(url: str) -> str:
    """The address with everything that could end it in markup percent-encoded; empty unless it is http or https."""
    cleaned = plain(url)
    try:
        parts = urlsplit(cleaned)
    except ValueError:
        return ""
    if parts.scheme not in ("http", "https") or not parts.hostname:
        return ""
    return quote(cleaned, safe=":/?#[]@!$&()*+,;=%~")
