"""Licenses: front matter, badges, statements and reproduced texts, read by section."""

from __future__ import annotations

import re
from collections.abc import Iterator

from monitor.extract.document import Block, BlockKind, MarkKind
from monitor.extract.facts.fields import field_of
from monitor.extract.facts.page import Page, row_quote
from monitor.extract.values.licenses import license_id, license_name, license_of_text
from monitor.extract.values.polarity import is_blank
from snapshots.facts import Evidence, Fact, name_key

_STATEMENT = re.compile(
    r"(?:licen[sc]ed|released|distributed|available|open[- ]?sourced?|published|provided)\s+(?:\w+\s+)?under\s+(?:the\s+)?(?:terms\s+of\s+(?:the\s+)?)?(?P<what>[^.;,]{2,80})"
    r"|(?:subject to|governed by)\s+(?:the\s+)?(?P<terms>[^.;,]{2,80}?licen[sc]e(?: agreement)?)",
    re.IGNORECASE,
)
_BADGE = re.compile(r"(?P<label>(?:[\w%]+_)*Licen[sc]e)-(?P<value>[^-?/\s]+(?:--[^-?/\s]+)*?(?:_?[\w.]+)*)-[0-9a-fA-F]{3,6}|badge/(?P<label2>[^-/?]*licen[sc]e[^-/?]*)-(?P<value2>[^?/\s]+?)-\w+(?:\.svg)?(?:\?|$)", re.IGNORECASE)


def read_licenses(page: Page) -> Iterator[Fact]:
    """`license.license` facts; the qualifier says what they cover (`code`, `model`) when the page tells them apart."""
    for block, table in page.tables:
        for entry in table.entries:
            found = field_of(entry.labels)
            if found is not None and found.area == "license" and 2 < len(entry.cell.text.plain) <= 80 and not is_blank(entry.cell.text.plain):
                text = entry.cell.text.plain
                for name in entry.names:
                    yield page.fact(name, "license.license", license_id(text) or text, block, row_quote(entry, table))
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
        yield Fact("*", "license.license", value, Evidence(first.key if first else "", (), quote), value_key=name_key(value), detail={"declared": declared})
        link = meta.get("license_link")
        if isinstance(link, str):
            yield Fact("*", "license.terms_url", link, Evidence(first.key if first else "", (), f"license_link: {link}"), value_key=name_key(link))
        return
    whole = "\n".join(block.text.plain for block in page.document.blocks)
    if len(whole) < 40_000 and (body := license_of_text(whole)):
        block = page.document.blocks[0]
        yield page.fact("*", "license.license", body, block, whole[:300])
        return
    badges = list(_badges(page))
    yield from badges or _statements(page)


def _badges(page: Page) -> Iterator[Fact]:
    seen: set[tuple[str, str]] = set()
    for block in page.document.blocks:
        targets = [mark.target for mark in block.text.marks if mark.kind is MarkKind.LINK]
        for target in (block.text.plain, *targets):
            for match in _BADGE.finditer(target):
                value = (match["value"] or match["value2"] or "").replace("_", " ").replace("%20", " ").replace("--", "-")
                label = (match["label"] or match["label2"] or "").replace("_", " ").replace("%20", " ")
                scope = _scope(label)
                if value and (scope, value) not in seen:
                    seen.add((scope, value))
                    yield page.fact("*", "license.license", license_id(value) or value, block, f"{label}: {value}", qualifier=scope)


def _statements(page: Page) -> Iterator[Fact]:
    for block in page.document.blocks:
        if block.kind not in (BlockKind.PARAGRAPH, BlockKind.ITEM) or not _in_license_section(block):
            continue
        for sentence in page.sentences(block):
            for match in _STATEMENT.finditer(sentence.text):
                what = match["what"] or match["terms"]
                value = license_id(what) or license_name(what)
                if value:
                    yield page.fact("*", "license.license", value, block, sentence.text, qualifier=_scope(sentence.text[: match.start()]), confidence=0.9)


def _in_license_section(block: Block) -> bool:
    return re.search(r"licen[sc]e", " ".join(block.heading), re.IGNORECASE) is not None


def _scope(text: str) -> str:
    code, model = re.search(r"\bcode|repositor", text, re.IGNORECASE), re.search(r"model|weights", text, re.IGNORECASE)
    if code and not model:
        return "code"
    return "model" if model and not code else ""
