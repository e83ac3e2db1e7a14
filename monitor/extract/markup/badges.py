"""Badges: images whose address is their text (`https://img.shields.io/badge/License-MIT-blue`).

Model cards state their license in one, often with nothing but "License" as the alternative text.
"""

from __future__ import annotations

import re
from urllib.parse import unquote

_BADGE = re.compile(r"/badge/([^/?#]+)")


def badge_text(source: str, alternative: str) -> str | None:
    """`label: message` of a static badge, its alternative text if the address holds no more; `None` if no badge.

    In a badge's path single hyphens separate label, message and colour; `--` is a hyphen, `_` a space, `__` an
    underscore (https://shields.io/badges).
    """
    found = _BADGE.search(source)
    if not found:
        return None
    parts = [
        re.sub(r"(?<!_)_(?!_)", " ", unquote(part).replace("\x00", "-")).replace("__", "_").strip()
        for part in re.sub(r"\.(svg|png)$", "", found.group(1)).replace("--", "\x00").split("-")
    ]
    # The last part is the colour.
    words = [part for part in parts[:-1] if part]
    text = ": ".join(words[:2]) if len(words) > 1 else "".join(words)
    return text or alternative or None
