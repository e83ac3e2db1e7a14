"""Text from outside, made inert for Slack and mail headers; `snapshots.wording.escape` makes it visible before."""

from __future__ import annotations

import re

from snapshots.wording.escape import plain, safe_url, shorten

_ENTITIES = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;"})
# Slack reads these as formatting, or as a mention, where a word begins or ends; inside `max_tokens` they are letters.
_FORMATTING = re.compile(r"(?<![A-Za-z0-9])[*_~@]|[*_~](?![A-Za-z0-9])|`")
_WORD_JOINER = "\u2060"


def header_safe(text: str, limit: int = 200) -> str:
    """`plain` text for a mail header: no line break can end the header (RFC 5322 section 2.2); cut at `limit`."""
    return shorten(plain(text), limit)


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
