"""Token limits that sentences and specification lines state: `a 128K context window`, `Context length: 2048 tokens`."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache

from monitor.extract.document import Block, BlockKind
from monitor.extract.facts.fields import slug
from monitor.extract.facts.page import Page
from monitor.extract.prose.hints import Hints
from monitor.extract.prose.sentences import Sentence
from monitor.extract.values.rates import RATE, only_rates, rate_of
from monitor.extract.values.tokens import count_key, find_counts
from snapshots.facts import Fact

_COUNT = r"(?P<{}>\d[\d.,]*(?:\s?(?:[KM]\b|million\b|万))?)(?:[- ]?tokens?\b)?"
_WHOSE = r"(?:\s+(?:of|for)\s+(?:the\s+)?⟦N\d+⟧)?"
_TO = (
    _WHOSE + r"(?:\s*[:=|：]\s*"
    r"|\s+(?:of|is|up|to|at|now|supports?|extended|increased|expanded|raised|reduced|lowered|doubled|limit(?:ed)?|maximum|max"
    r"|a|the|window|length|has|have|been|was|will|be|\(?from\s+\d[\d.,]*\s?[KM]?(?:[- ]?tokens?)?(?=\s+to))\b"
    r"|[由从]\s*\d[\d.,]*\s?[KM]?\s*(?:提升|提高|扩展|扩大|升级|增加|降低|缩短)(?=[至到为])"
    r"|已|将|为|可?达|至|到|支持|长度|窗口|最高|最大|提升|提高|扩展|扩大|降低|\s){0,7}\s*"
)
_CONTEXT = re.compile(
    rf"(?:context\s+(?:window|length|size|limit)|(?:input|total)\s+context|上下文(?:长度|窗口)?){_TO}{_COUNT.format('a')}"
    rf"|{_COUNT.format('b')}[- ]?(?:long[- ]?)?(?:input\s+)?context\b"
    rf"|{_COUNT.format('d')}\s+of\s+context\b|(?:\bcontext\s*[:：=]|(?-i:\bContext))\s*{_COUNT.format('e')}"
    rf"|{_COUNT.format('c')}\s*(?:的)?(?:超?长)?上下文",
    re.IGNORECASE,
)
_OUTPUT = re.compile(
    rf"(?:(?:max(?:imum)?\s+|total\s+)?output\s+(?:context|length|limit|tokens?)|max(?:imum)?\s+output"
    rf"|最大输出(?:长度)?|输出长度){_TO}{_COUNT.format('a')}"
    rf"|{_COUNT.format('b')}[- ]?(?:max(?:imum)?\s+)?output\s+(?:tokens?|limit|length|window)",
    re.IGNORECASE,
)
_CONCURRENT = re.compile(
    r"(?P<a>\d[\d.,]*)\s+concurrent\s+(?:requests?|streams?|connections?|sessions?|calls?)"
    r"|concurren\w+\s+(?:limit\w*|requests?|streams?|connections?|sessions?|calls?)\s*(?:[:=]|is|are|of)\s*"
    r"(?:limited\s+to\s+)?(?P<b>\d[\d.,]*)",
    re.IGNORECASE,
)
_LIMITS = re.compile(r"limit|quota|throttl|限", re.IGNORECASE)
_is_rationed = Hints("limit", "quota", "allow", "at most", "up to", "maximum", "限")
_HINTS = ("imit", "LIMIT", "uota", "限", "ontext", "CONTEXT", "utput", "OUTPUT", "上下文", "输出", "oncurren")
_RATES = ("er minute", "er day", "er second", "er hour", "/min", "/ min", "RPM", "TPM", "RPD", "TPD")
_STATED_LIMITS = (
    ("context_window", Hints("context", "上下文"), _CONTEXT),
    ("max_output", Hints("output", "输出"), _OUTPUT),
)
_LEAST = 1_024
_NO_LIMIT = re.compile(
    r"\b(?:train|pre-?train|fine-?tun|benchmark|evaluat|bill|charg|priced?|cache[ds]?)|训练|评测|\$|¥"
)
_PRONOUN = re.compile(r"(?:both|they|these|all)\b|二者|两者|它们", re.IGNORECASE)
_LABEL = re.compile(r"[\w ]+[:：=]|Context \d")
_SURE = 0.85
# A sentence that says that a limit was moved sets one, also where none was stated before.
_STATED = 0.95
_MOVED = re.compile(
    r"\b(?:increas|rais|expand|extend|doubl|reduc|lower|decreas)(?:ed|ing)\b|(?:提升|提高|扩展|扩大|降低)(?:至|到|为)",
    re.IGNORECASE,
)


def read_prose_limits(page: Page) -> Iterator[Fact]:
    """`limit.context_window` and `limit.max_output` of the name a sentence speaks of: one before the number, the only
    one in the heading, or the model the whole page is about.
    """
    for block in page.document.blocks:
        if block.kind not in (BlockKind.PARAGRAPH, BlockKind.ITEM):
            continue
        words, rationed = block.text.plain, _is_about_limits(block.heading)
        if not any(map(words.__contains__, _HINTS)) and not (rationed and any(map(words.__contains__, _RATES))):
            continue
        for sentence in page.sentences(block):
            alone = only_rates(sentence.text.rstrip(".")) if rationed else ()
            if alone and not page.heading_mentions(block) and not page.topic:
                yield from _rates_of_plan(page, block, sentence, alone)
            else:
                yield from _rates(page, block, sentence)
            yield from _concurrency(page, block, sentence)
            for attribute, may_state, pattern in _STATED_LIMITS:
                match = pattern.search(sentence.masked) if may_state(sentence.lower) else None
                labelled = match is not None and _LABEL.match(match[0])
                if match is None or (_NO_LIMIT.search(sentence.masked) and not labelled):
                    continue
                written = next(group for group in match.groups() if group).strip(" .,")
                counts = find_counts(written)
                if len(counts) != 1 or counts[0].value < _LEAST:
                    continue
                value, key = counts[0].written, count_key(written)
                sure = _STATED if _MOVED.search(sentence.masked) else _SURE
                for name in _named_in(sentence, match[0]) or _subjects(page, block, sentence, match.start()):
                    yield page.fact(name, f"limit.{attribute}", value, block, sentence.text, key=key, confidence=sure)


@lru_cache(maxsize=1_024)
def _is_about_limits(heading: tuple[str, ...]) -> bool:
    return _LIMITS.search(" ".join(heading)) is not None


def _rates_of_plan(page: Page, block: Block, sentence: Sentence, rates: Sequence[tuple[str, str]]) -> Iterator[Fact]:
    """The rates that a line gives, and nothing else, under the heading of a plan: they hold for the account."""
    for attribute, value in rates:
        yield page.fact(
            "*", f"limit.{attribute}", value, block, f"{block.heading[-1]}: {sentence.text}",
            qualifier=slug(block.heading[-1]), key=count_key(value), confidence=_STATED,
        )  # fmt: skip


def _named_in(sentence: Sentence, words: str) -> tuple[str, ...]:
    """Whose limit the words themselves say it is: `the context window of acme-4 to 1M`."""
    return tuple(mention.text for mention in sentence.all(words) if mention.kind == "N" and mention.strong)


def _rates(page: Page, block: Block, sentence: Sentence) -> Iterator[Fact]:
    """`limit.requests_per_minute` and the like: `acme-4 is limited to 60 requests per minute`."""
    for match in RATE.finditer(sentence.masked) if _is_rationed(sentence.lower) else ():
        attribute, value = rate_of(match)
        sure = _STATED if _MOVED.search(sentence.masked) else _SURE
        for name in _subjects(page, block, sentence, match.start()):
            predicate = f"limit.{attribute}"
            yield page.fact(name, predicate, value, block, sentence.text, key=count_key(value), confidence=sure)


def _concurrency(page: Page, block: Block, sentence: Sentence) -> Iterator[Fact]:
    """`limit.concurrency`: `acme-4 allows up to 200 concurrent requests`; the account's where no model is named."""
    match = _CONCURRENT.search(sentence.masked) if _is_rationed(sentence.lower) else None
    if match is None:
        return
    value = (match["a"] or match["b"]).strip(".,")
    for name in _subjects(page, block, sentence, match.start()) or ("*",):
        yield page.fact(name, "limit.concurrency", value, block, sentence.text, key=count_key(value), confidence=_SURE)


def _subjects(page: Page, block: Block, sentence: Sentence, position: int) -> tuple[str, ...]:
    """The names a limit is about: those near it, else the model the whole page is about."""
    return _named_near(page, block, sentence, position) or tuple(filter(None, (page.topic,)))


def _named_near(page: Page, block: Block, sentence: Sentence, position: int) -> tuple[str, ...]:
    """The last name before a limit, those `both` or `they` stand for, the one over the list or the section."""
    before = [m for m in sentence.all(sentence.masked[:position]) if m.kind == "N" and m.strong]
    if before:
        return (before[-1].text,)
    if _PRONOUN.match(sentence.text):
        return _names_before(page, block, sentence)
    led = [m for m in page.lead_mentions(block) if m.strong]
    if len(led) == 1:
        return (led[0].text,)
    headed = page.heading_mentions(block)
    return (headed[0].text,) if len(headed) == 1 and headed[0].strong else ()


def _names_before(page: Page, block: Block, sentence: Sentence) -> tuple[str, ...]:
    """The names of the sentence before one in its paragraph."""
    sentences = page.sentences(block)
    place = next((index for index, other in enumerate(sentences) if other is sentence), 0)
    earlier = sentences[place - 1].of_kind("N") if place else ()
    return tuple(dict.fromkeys(m.text for m in earlier if m.strong))
