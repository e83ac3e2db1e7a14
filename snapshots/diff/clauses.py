"""The clauses of a license text: what of it binds, without years, holders' lines and addresses."""

from __future__ import annotations

import re
from collections.abc import Iterable

from snapshots.diff.blocks import folded

_HOLDER = re.compile(r"^\W*(?:copyright\b|©|\(c\)).{0,200}$", re.IGNORECASE | re.MULTILINE)
_ADDRESS = re.compile(r"(?:https?://|www\.)\S+|[\w.+-]+@[\w-]+\.[\w.-]+", re.IGNORECASE)
_YEAR = re.compile(r"\b(?:19|20)\d\d\b(?:\s*[-–]\s*(?:present|(?:19|20)?\d\d))?", re.IGNORECASE)
_MARKS = re.compile(r"[^\w%$€¥.]+")


def clauses(texts: Iterable[str]) -> tuple[str, ...]:
    """The texts as their terms are compared: a new year, holder, web or mail address or line break is no new clause."""
    whole = (_YEAR.sub("", _ADDRESS.sub("", _HOLDER.sub("", text))) for text in texts)
    return tuple(clause for text in whole if (clause := _MARKS.sub(" ", folded(text)).strip()))
