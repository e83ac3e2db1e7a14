"""What the prose and the badges of a page say about licenses: statements, badges, conditions of commercial use."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import lru_cache

from monitor.extract.document import Block, BlockKind, MarkKind
from monitor.extract.facts.page import Page
from monitor.extract.prose.hints import Hints
from monitor.extract.prose.sentences import Sentence
from monitor.extract.values.licenses import license_id, license_name
from snapshots.facts import Fact, name_key

_STATEMENT = re.compile(
    r"(?:licen[sc]ed|released|distributed|available|open[- ]?sourced?|published"
    r"|provided)\s+(?:\w+\s+)?under\s+(?:the\s+)?(?:terms\s+of\s+(?:the\s+)?)?(?P<what>(?:[^;,]|,\s*version\b){2,80})"
    r"|[,;]\s*(?:and\s+|while\s+)?(?:the\s+)?(?:model\s+)?(?:weights?|models?|code)\s+(?:(?:is|are)\s+)?under\s+(?:the\s+)?"
    r"(?P<also>[^;,]{2,80})"
    r"|(?:subject to|governed by|adhere to|comply with"
    r"|bound by)\s+(?:the\s+)?(?P<terms>[^;,]{2,80}?licen[sc]e(?: agreement)?(?: v?\d(?:\.\d)?)?)"
    r"|(?:依照|依据|遵循|遵守|采用|按照|根据|基于|使用)\s*(?P<zh>(?:(?!遵循|遵守|依照)[^，。；、《》]){1,40}?\s*(?:协议|许可证|许可|License\b))",
    re.IGNORECASE,
)
_OWN = re.compile(
    r"\b(?:models?|weights|code|repo(?:sitory)?|project|series|we|our|this)\b|代码|权重|模型|仓库|我们", re.IGNORECASE
)
_CODE = re.compile(r"\bcode|repositor|代码", re.IGNORECASE)
_MODEL = re.compile(r"model|weights|模型|权重", re.IGNORECASE)
# A sentence that begins so goes on about what the one before it named.
_PRONOUN = re.compile(r"\W*(?:they|these|both|it)\b|\W*它们?", re.IGNORECASE)
_SHORT_ZH = re.compile(r"\S{1,12}(?:协议|许可证|许可)")
_LICENSE = re.compile(r"licen[sc]e|协议|许可", re.IGNORECASE)
_HINTS = ("under", "Under", "icen", "ICEN", "协议", "许可")
_TRADES = ("commercial", "商业", "商用")
_TRADE = re.compile("|".join(_TRADES), re.IGNORECASE)
_may_trade = Hints(*_TRADES)
_FOREIGN = re.compile(
    r"third[- ]party|dataset|derived from|based on|other projects|dependenc|copyright notice", re.IGNORECASE
)
_COMMERCIAL = (
    ("free", re.compile(r"\bfree\b|免费", re.IGNORECASE)),
    ("allowed", re.compile(r"\b(?:allow|permit|support|grant)|允许|可用于|支持商", re.IGNORECASE)),
    (
        "on permission",
        re.compile(r"written permission|authori[sz]ation|permission from|书面许可|书面授权", re.IGNORECASE),
    ),
    ("on application", re.compile(r"\bform\b|\bapply\b|application|request a licen|申请|问卷|登记", re.IGNORECASE)),
    ("prohibited", re.compile(r"prohibit|not (?:allowed|permitted)|non-commercial|禁止|不得|非商业", re.IGNORECASE)),
)
_BADGE = re.compile(
    r"(?P<label>(?:\b(?:Code|Model|Weights?"
    r"|Data)\s)?Licen[sc]e)\s?: (?P<value>(?!Licen)[\w.+-]+(?: [\w.+-]+){0,3}?)(?=\s*(?:$|\||\n"
    r"|[^\w\s.(-]+\s|(?:[A-Z]\w*\s?){1,3}:))",
    re.IGNORECASE,
)


def read_licensing(page: Page) -> Iterator[Fact]:
    """`license.license` of badges and statements, `license.commercial_use` of conditions."""
    yield from _itemised(page)
    yield from _joined(_badges(page), "badge")
    yield from _joined(_statements(page), "stated")
    yield from _commercial_use(page)


def _joined(facts: Iterable[Fact], mark: str) -> Iterator[Fact]:
    """One fact for each scope: what several sentences or badges say about the same scope is said together."""
    scopes: dict[str, list[Fact]] = {}
    for fact in facts:
        own = scopes.setdefault(fact.qualifier, [])
        if fact.value_key not in {other.value_key for other in own}:
            own.append(fact)
    for own in scopes.values():
        value = " AND ".join(sorted(str(fact.value) for fact in own))
        qualifier = ".".join(part for part in ("badge" if mark == "badge" else "", own[0].qualifier) if part)
        yield replace(own[0], value=value, value_key=name_key(value), qualifier=qualifier, detail={"mark": mark})


def _commercial_use(page: Page) -> Iterator[Fact]:
    """On which conditions the page allows commercial use, where it speaks of the license."""
    sentences = [
        (block, sentence.text)
        for block in page.prose(_may_trade)
        if block.kind is not BlockKind.HEADING and (_in_license_section(block) or _LICENSE.search(block.text.plain))
        for sentence in page.sentences(block)
        if _TRADE.search(sentence.text)
    ]
    marks = sorted({word for _, text in sentences for word, pattern in _COMMERCIAL if pattern.search(text)})
    if marks:
        block, text = sentences[0]
        yield page.fact(
            "*", "license.commercial_use", ", ".join(marks), block, text, detail={"mark": "terms"}, confidence=0.85
        )


def _itemised(page: Page) -> Iterator[Fact]:
    """Licenses that items of a list state for the model they begin with: `acme-7b: 32K, License: MIT`."""
    for block in page.document.blocks:
        for match in _BADGE.finditer(block.text.plain) if _name_of_item(page, block) else ():
            value = license_id(match["value"]) or match["value"]
            name = _name_of_item(page, block)
            yield page.fact(name, "license.license", value, block, block.text.plain, detail={"mark": "declared"})


def _name_of_item(page: Page, block: Block) -> str:
    if block.kind is not BlockKind.ITEM or "icen" not in block.text.plain:
        return ""
    named = [mention for sentence in page.sentences(block) for mention in sentence.of_kind("N") if mention.strong]
    return named[0].text if named and block.text.plain.startswith(named[0].text) else ""


def _badges(page: Page) -> Iterator[Fact]:
    """Badges stand in the document as `label: message`."""
    seen: set[tuple[str, str]] = set()
    for block in page.document.blocks:
        if block.kind is BlockKind.CODE or len(block.text.plain) > 600 or "icen" not in block.text.plain:
            continue
        if _name_of_item(page, block):
            continue
        for match in _badge_matches(block):
            value, scope = match["value"], _scope(match["label"])
            if (scope, value) not in seen:
                seen.add((scope, value))
                yield page.fact("*", "license.license", license_id(value) or value, block, match[0], qualifier=scope)


def _badge_matches(block: Block) -> Iterator[re.Match[str]]:
    """The licenses that badges show: each image says one thing, and text without images may say several."""
    images = block.text.spans(MarkKind.IMAGE)
    for text in (*images, block.text.plain) if not any(map(_BADGE.search, images)) else images:
        yield from _BADGE.finditer(text)


def _statements(page: Page) -> Iterator[Fact]:
    for block in page.document.blocks:
        if block.kind not in (BlockKind.PARAGRAPH, BlockKind.ITEM) or not _has_hint(block.text.plain):
            continue
        own = False
        for sentence in page.sentences(block):
            goes_on = own and _PRONOUN.match(sentence.text) is not None
            own = goes_on or _in_license_section(block) or _OWN.search(sentence.text) is not None
            if _FOREIGN.search(sentence.text) or not (own or _is_about_topic(page, sentence)):
                continue
            for match in _STATEMENT.finditer(sentence.text):
                what = match["what"] or match["terms"] or match["zh"] or match["also"]
                scoped = match[0] if match["also"] else re.split("[，；]", sentence.text[: match.start()])[-1]
                value = license_id(what) or license_name(what)
                if value is None and match["zh"] and _SHORT_ZH.fullmatch(what):
                    value = what
                if value:
                    yield page.fact(
                        "*",
                        "license.license",
                        value,
                        block,
                        sentence.text,
                        qualifier=_scope(scoped),
                        confidence=0.9,
                    )


def _is_about_topic(page: Page, sentence: Sentence) -> bool:
    """Whether a sentence on licenses begins with the model the page is about."""
    first = sentence.mentions[0] if sentence.masked.startswith("⟦N0⟧") and _LICENSE.search(sentence.text) else None
    return first is not None and name_key(first.text) == name_key(page.topic)


def _has_hint(text: str) -> bool:
    return any(map(text.__contains__, _HINTS))


def _in_license_section(block: Block) -> bool:
    return _is_about_licenses(block.heading)


@lru_cache(maxsize=1_024)
def _is_about_licenses(heading: tuple[str, ...]) -> bool:
    return _LICENSE.search(" ".join(heading)) is not None


def _scope(text: str) -> str:
    code, model = _CODE.search(text), _MODEL.search(text)
    if code and not model:
        return "code"
    return "model" if model and not code else ""
