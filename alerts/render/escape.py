"""Text from outside, made inert for where it is shown. Upstream pages are hostile input."""

from __future__ import annotations

import re
import unicodedata
from urllib.parse import quote, urlsplit

# Cf holds the bidi controls and zero-width characters, Cc the control characters, Cs lone surrogates; Zl and Zp break
# lines in some programs and not in others (UAX #9 and Unicode chapter 23.2 tell why none of them belongs in a message).
_REMOVED = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
_SPACES = re.compile(r"\s+")
_ENTITIES = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;"})
# Slack reads these as formatting, or as a mention, where a word begins or ends; inside `max_tokens` they are letters.
_FORMATTING = re.compile(r"(?<![A-Za-z0-9])[*_~@]|[*_~](?![A-Za-z0-9])|`")
_WORD_JOINER = "\u2060"


def plain(text: str) -> str:
    """One line of visible text: no controls, no bidi or zero-width characters, runs of space made one."""
    spaced = _SPACES.sub(" ", text)
    return "".join(char for char in spaced if unicodedata.category(char) not in _REMOVED).strip()


def header_safe(text: str, limit: int = 200) -> str:
    """`plain` text for a mail header: no line break can end the header (RFC 5322 section 2.2); cut at `limit`."""
    return shorten(plain(text), limit)


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


def slack_text(text: str) -> str:
    """`plain` text for mrkdwn: `&`, `<`, `>` escaped, so that no link, channel or user mention can arise.

    Emphasis marks and `@` are parted from their words by U+2060, which shows nothing.
    """
    escaped = plain(text).translate(_ENTITIES)
    return _FORMATTING.sub(lambda match: f"{_WORD_JOINER}{match[0]}{_WORD_JOINER}", escaped)


def slack_code(text: str) -> str:
    """A code span that its content cannot leave; empty text gives an empty string."""
    inner = plain(text).replace("`", "").translate(_ENTITIES)
    return f"`{inner}`" if inner else ""


def slack_link(url: str, label: str) -> str:
    """A link to an address of ours or of a configured source; only the label when the address is not plain http(s)."""
    address = safe_url(url)
    return f"<{address.replace('&', '&amp;')}|{slack_text(label)}>" if address else slack_text(label)


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
