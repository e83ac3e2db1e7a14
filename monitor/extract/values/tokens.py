"""Counts of tokens and requests: `64K`, `1M`, `1,048,576`, `one million`."""

from __future__ import annotations

import re
from dataclasses import dataclass

_SCALES = {
    "k": 1_000,
    "m": 1_000_000,
    "b": 1_000_000_000,
    "千": 1_000,
    "万": 10_000,
    "million": 1_000_000,
    "thousand": 1_000,
}
_DIGITS = 18
_WORDS = {"one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "ten": 10}
_COUNT = re.compile(
    r"(?<![\w.$¥€£-])(?P<number>\d{1,3}(?:[,_]\d{3})+|\d+(?:\.\d+)?"
    r"|\b(?:one|two|three|four|five|ten)(?= (?:million|thousand)))"
    r"\s?(?P<scale>(?:[KMkm](?:iB|B)?|thousand|million|千|万)(?![A-Za-z]))?",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Count:
    """A count as the page writes it, its value, and its range in the text."""

    written: str
    value: int
    start: int
    end: int
    scaled: bool


def find_counts(text: str) -> tuple[Count, ...]:
    """Every count in a text, in order."""
    found = []
    for match in _COUNT.finditer(text):
        if len(match["number"]) > _DIGITS:
            continue
        number = match["number"].replace(",", "").replace("_", "").lower()
        scale = (match["scale"] or "").lower().removesuffix("ib")
        scale = scale[:-1] if scale in ("kb", "mb") else scale
        base = float(_WORDS[number]) if number in _WORDS else float(number)
        value = round(base * _SCALES.get(scale, 1))
        written = (
            f"{number.upper() if number not in _WORDS else _WORDS[number]}{scale.upper() if len(scale) == 1 else scale}"
        )
        written = written.replace("million", "M").replace("thousand", "K")
        found.append(Count(written if scale else match["number"], value, match.start(), match.end(), bool(scale)))
    return tuple(found)


def count_key(text: str) -> str:
    """The comparable form of a limit: its count, or the folded words when it holds none or several."""
    counts = find_counts(text)
    if len(counts) == 1:
        return str(counts[0].value)
    return re.sub(r"\s+", " ", text).strip().casefold()
