"""Sentences that claim something about a name: an end, an amount, a limit, a time or an ability joined to it.

Used for what no extractor reads as a fact. A claim is compared by what it joins, `(name, mark)`, so that a reworded
sentence with the same content claims nothing new.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from snapshots.diff.blocks import Passage, folded

_SENTENCE = re.compile(r"(?<=[.!?。！？；])\s+|\n+|(?<=[。！？；])")
_ENDS = re.compile(
    r"\b(deprecat|retir|discontinu|sunset|shut ?down|no longer|unavailable|inaccessible|legacy"
    r"|withdrawn|replaced)\w*|弃用|停用|下线|停止使用|不再",
    re.IGNORECASE,
)
_ABLE = re.compile(
    r"\b(?:not (?:yet )?(?:be )?(?:support|available)\w*|(?:does|do) not (?:yet )?support"
    r"|only supports?|supports? only|temporarily|currently only)\b"
    r"|不支持|仅支持|暂不",
    re.IGNORECASE,
)
_AMOUNT = re.compile(r"(?:[$¥￥€£]\s?\d[\d.,]*|\d[\d.,]*\s?(?:元|USD|CNY|EUR))")
_LIMIT = re.compile(r"\b\d[\d.,]*\s?(?:[KM]\b|(?:tokens?|requests?|rpm|tpm|concurren\w+)\b)", re.IGNORECASE)
_DATE = re.compile(
    r"\b20\d\d[-/.]\d{1,2}[-/.]\d{1,2}\b"
    r"|\b(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\.? \d{1,2}(?:st|nd|rd"
    r"|th)?,? 20\d\d|20\d\d ?年 ?\d{1,2} ?月",
    re.IGNORECASE,
)
RESTRICTIONS = frozenset({"not", "only"})
_LENGTH = 600
_LEAST_WORDS = 4


def claims_of(passages: Sequence[Passage], names: Sequence[str]) -> dict[tuple[str, str], tuple[Passage, str]]:
    """Every `(name, mark)` a version claims, with the passage and the sentence that says it."""
    found: dict[tuple[str, str], tuple[Passage, str]] = {}
    pattern = _any_of(names)
    if pattern is None:
        return found
    for passage in passages:
        if passage.data:
            continue
        for sentence in _SENTENCE.split(passage.text):
            found_names = pattern.finditer(sentence) if len(sentence) <= _LENGTH else ()
            # In the order of the text, so that the same two versions always tell the same change.
            mentioned = dict.fromkeys(folded(match[0]) for match in found_names)
            for name in mentioned:
                for mark in _marks(sentence, in_row=" | " in passage.text):
                    found.setdefault((name, mark), (passage, sentence.strip()))
    return found


def amounts_in(text: str) -> int:
    """How many amounts of money a text states."""
    return len(_AMOUNT.findall(text))


def _marks(sentence: str, *, in_row: bool) -> Iterator[str]:
    for match in _ENDS.finditer(sentence):
        yield folded(match[1] or match[0])
    for match in _ABLE.finditer(sentence):
        yield "not" if re.search(r"not|不", match[0], re.IGNORECASE) else "only"
    # A day or a number in another cell of a row is joined to a name by its column, which extractors read.
    patterns = (_AMOUNT,) if in_row else (_AMOUNT, _LIMIT, _DATE) if _says_something(sentence) else (_AMOUNT, _LIMIT)
    for pattern in patterns:
        for match in pattern.finditer(sentence):
            yield re.sub(r"[\s,]", "", folded(match[0]))


def _says_something(sentence: str) -> bool:
    """Whether there is more than a name beside a day: the heading `Acme 4 preview, 2030-04-24` claims nothing."""
    return len(_DATE.sub(" ", sentence).split()) >= _LEAST_WORDS


def _any_of(names: Sequence[str]) -> re.Pattern[str] | None:
    parts = [
        r"[\s_-]".join(re.escape(part) for part in re.split(r"[\s_-]+", name) if part)
        for name in sorted({name for name in names if len(name) > 3}, key=len, reverse=True)
    ]
    return re.compile(rf"(?<![\w.-])(?:{'|'.join(parts)})(?![\w-]|\.\d)", re.IGNORECASE) if parts else None
