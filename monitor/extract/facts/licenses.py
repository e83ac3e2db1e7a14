"""Licenses: front matter, badges, statements and reproduced texts, read by section."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from monitor.extract.document import Block, BlockKind, Tree
from monitor.extract.facts.fields import field_of
from monitor.extract.facts.page import Page, row_quote
from monitor.extract.values.licenses import license_id, license_name, license_of_text
from monitor.extract.values.polarity import is_blank
from snapshots.facts import Evidence, Fact, name_key

_STATEMENT = re.compile(
    r"(?:licen[sc]ed|released|distributed|available|open[- ]?sourced?|published"
    r"|provided)\s+(?:\w+\s+)?under\s+(?:the\s+)?(?:terms\s+of\s+(?:the\s+)?)?(?P<what>[^;,]{2,80})"
    r"|(?:subject to|governed by|adhere to|comply with"
    r"|bound by)\s+(?:the\s+)?(?P<terms>[^;,]{2,80}?licen[sc]e(?: agreement)?(?: v?\d(?:\.\d)?)?)",
    re.IGNORECASE,
)
_TICK = re.compile(r":[a-z_]*check[a-z_]*:|[✓✔✅☑√]\ufe0f?")
_OWN = re.compile(r"\b(?:models?|weights|code|repo(?:sitory)?|project|series|we|our|this)\b", re.IGNORECASE)
_FOREIGN = re.compile(
    r"third[- ]party|dataset|derived from|based on|other projects|dependenc|copyright notice", re.IGNORECASE
)
_COMMERCIAL = (
    ("free", re.compile(r"\bfree\b", re.IGNORECASE)),
    ("allowed", re.compile(r"\b(?:allow|permit|support|grant)", re.IGNORECASE)),
    ("on permission", re.compile(r"written permission|authori[sz]ation|permission from", re.IGNORECASE)),
    ("on application", re.compile(r"\bform\b|\bapply\b|application|request a licen", re.IGNORECASE)),
    ("prohibited", re.compile(r"prohibit|not (?:allowed|permitted)|non-commercial", re.IGNORECASE)),
)
_BADGE = re.compile(
    r"(?P<label>(?:\b(?:Code|Model|Weights?"
    r"|Data)\s)?Licen[sc]e)\s?: (?P<value>(?!Licen)[\w.+-]+(?: [\w.+-]+){0,3}?)(?=\s*(?:$|\||\n"
    r"|[^\w\s.(-]+\s|(?:[A-Z]\w*\s?){1,3}:))",
    re.IGNORECASE,
)


def read_licenses(page: Page) -> Iterator[Fact]:
    """`license.license` facts; the qualifier says what they cover (`code`, `model`) when the page tells them apart."""
    for block, table in page.tables:
        for entry in table.entries:
            found = field_of(entry.labels)
            text = _TICK.sub("", entry.cell.text.plain).strip()
            named = found is not None and found.area == "license"
            ticked = text != entry.cell.text.plain.strip() and (license_id(text) or license_name(text))
            if (named or ticked) and 2 < len(text) <= 80 and not is_blank(text):
                for name in entry.names:
                    yield page.fact(
                        name,
                        "license.license",
                        license_id(text) or text,
                        block,
                        row_quote(entry, table),
                        detail={"mark": "declared"},
                    )
    yield from _of_document(page)


def _of_document(page: Page) -> Iterator[Fact]:
    meta = page.document.metadata
    declared = meta.get("license")
    if isinstance(declared, str) and declared.strip():
        name = meta.get("license_name")
        value = license_id(declared) or declared
        if declared.casefold() == "other" and isinstance(name, str):
            value = name
        quote = f"license: {declared}" + (f", license_name: {name}" if isinstance(name, str) else "")
        first = page.document.blocks[0] if page.document.blocks else None
        yield Fact(
            "*",
            "license.license",
            value,
            Evidence(first.key if first else "", (), quote),
            value_key=name_key(value),
            detail={"mark": "declared"},
        )
        link = meta.get("license_link")
        if isinstance(link, str):
            yield Fact(
                "*",
                "license.terms_url",
                link,
                Evidence(first.key if first else "", (), f"license_link: {link}"),
                value_key=name_key(link),
                detail={"mark": "link"},
            )
        return
    yield from _of_data(page)
    whole = "\n".join(block.text.plain for block in page.document.blocks)
    if len(whole) < 40_000 and (body := license_of_text(whole)):
        block = page.document.blocks[0]
        yield page.fact("*", "license.license", body, block, whole[:300], detail={"mark": "declared"})
        return
    yield from _joined(_badges(page), "badge")
    yield from _joined(_statements(page), "stated")
    yield from _commercial_use(page)


def _of_data(page: Page) -> Iterator[Fact]:
    """The license a data file declares for itself: an entry `license`, or a tag `license:mit`."""
    for block in page.document.blocks:
        if block.kind is not BlockKind.DATA or not isinstance(block.tree, Mapping):
            continue
        tags = block.tree.get("tags")
        found: Tree = block.tree.get("license")
        for inner in (block.tree.get("cardData"), block.tree.get("info")):
            if isinstance(inner, Mapping) and found is None:
                found = inner.get("license")
                found = inner.get("license_name", found) if found == "other" else found
        if found is None and isinstance(tags, list):
            found = next(
                (tag.partition(":")[2] for tag in tags if isinstance(tag, str) and tag.startswith("license:")), None
            )
        if isinstance(found, Mapping):
            found = found.get("name")
        if isinstance(found, str) and found:
            yield page.fact(
                "*",
                "license.license",
                license_id(found) or found,
                block,
                f"license: {found}",
                detail={"mark": "declared"},
            )
            return


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
        for block in page.document.blocks
        if block.kind in (BlockKind.PARAGRAPH, BlockKind.ITEM)
        and (_in_license_section(block) or "licens" in block.text.plain.lower())
        for sentence in page.sentences(block)
        if "commercial" in sentence.text.lower()
    ]
    marks = sorted({word for _, text in sentences for word, pattern in _COMMERCIAL if pattern.search(text)})
    if marks:
        block, text = sentences[0]
        yield page.fact(
            "*", "license.commercial_use", ", ".join(marks), block, text, detail={"mark": "terms"}, confidence=0.85
        )


def _badges(page: Page) -> Iterator[Fact]:
    """Badges stand in the document as `label: message`."""
    seen: set[tuple[str, str]] = set()
    for block in page.document.blocks:
        if block.kind is BlockKind.CODE or len(block.text.plain) > 600:
            continue
        for match in _BADGE.finditer(block.text.plain):
            value, scope = match["value"], _scope(match["label"])
            if (scope, value) not in seen:
                seen.add((scope, value))
                yield page.fact("*", "license.license", license_id(value) or value, block, match[0], qualifier=scope)


def _statements(page: Page) -> Iterator[Fact]:
    for block in page.document.blocks:
        if block.kind not in (BlockKind.PARAGRAPH, BlockKind.ITEM):
            continue
        for sentence in page.sentences(block):
            if _FOREIGN.search(sentence.text) or not (_in_license_section(block) or _OWN.search(sentence.text)):
                continue
            for match in _STATEMENT.finditer(sentence.text):
                what = match["what"] or match["terms"]
                value = license_id(what) or license_name(what)
                if value:
                    yield page.fact(
                        "*",
                        "license.license",
                        value,
                        block,
                        sentence.text,
                        qualifier=_scope(sentence.text[: match.start()]),
                        confidence=0.9,
                    )


def _in_license_section(block: Block) -> bool:
    return re.search(r"licen[sc]e", " ".join(block.heading), re.IGNORECASE) is not None


def _scope(text: str) -> str:
    code, model = re.search(r"\bcode|repositor", text, re.IGNORECASE), re.search(r"model|weights", text, re.IGNORECASE)
    if code and not model:
        return "code"
    return "model" if model and not code else ""
