"""Aliases: which model answers to a name, from version rows of tables and from sentences."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import partial

from monitor.extract.document import Block
from monitor.extract.facts.fields import clean_label, field_of, slug
from monitor.extract.facts.page import Page, row_quote
from monitor.extract.facts.rows import qualified
from monitor.extract.grid.tables import Entry, Table
from monitor.extract.prose.aliases import AliasClaim, alias_claims, may_point
from monitor.extract.prose.sentences import Sentence
from monitor.extract.values.dates import Moment
from monitor.extract.values.names import clean_name, is_id, is_model_id, is_name, names_in
from snapshots.facts import EMPTY, Fact, name_key

_MODE = re.compile(r"[(（]\s*(non[- ]?thinking|thinking|非思考|思考)(?:\s*mode|模式)?\s*[)）]", re.IGNORECASE)
# Where each version is a thing to choose, the default is named by the version alone: `2030-08-06`, `0613`.
_DEFAULT = re.compile(r"\bdefault version\b", re.IGNORECASE)
_COMING = re.compile(r"(?:new|next|upcoming|future|planned)\b", re.IGNORECASE)
_VERSION = re.compile(r"(?=.*\d)[\w.-]{1,30}")
_MOVES = r"(?:be\s+)?(?:automatically\s+)?(?:point|rout|redirect|upgrad|updat|map|switch)\w*"
_EQUIVALENT = re.compile(
    r"(?:equivalent\s+to|same\s+as|points?\s+to|alias\s+(?:of|for)|指向|对应|等同于?|等价于|[与同])\s*`?"
    r"(?P<target>[A-Za-z][A-Za-z0-9._:/-]*[A-Za-z0-9])",
    re.IGNORECASE,
)
_ANNOUNCED = re.compile(
    rf"\b(?:on|from|starting|effective|beginning|as of|after)\s+(?:on\s+"
    rf"|from\s+)?(?P<before>⟦D\d+⟧)[^.]*\bwill\s+{_MOVES}"
    rf"|\bwill\s+{_MOVES}[^.]*(?P<after>⟦D\d+⟧)",
    re.IGNORECASE,
)


def read_aliases(page: Page) -> Iterator[Fact]:
    """`alias.target` facts."""
    yield from _from_tables(page)
    yield from _from_prose(page)


def mode_of(text: str) -> str:
    """The mode a cell states in parentheses, as `thinking` or `non-thinking`; empty when none."""
    match = _MODE.search(text)
    if match is None:
        return ""
    return "non-thinking" if match[1].lower().startswith(("non", "非")) else "thinking"


def _from_tables(page: Page) -> Iterator[Fact]:
    known = page.vocabulary.keys
    for block, table in page.tables:
        yield from _in_name_cells(page, block, table)
        for entry in table.entries:
            found = field_of(entry.labels)
            if found is None or found.attribute != "target":
                continue
            text = entry.cell.text.plain
            bare = clean_name(_MODE.sub("", text))
            by_version = _DEFAULT.search(entry.labels[-1]) is not None and _VERSION.fullmatch(bare) is not None
            target = bare if is_name(bare) or by_version else ""
            if (
                not target
                and (mentions := names_in(text, known))
                and re.search(r"currently|latest|points|alias", text, re.IGNORECASE)
            ):
                target = mentions[0][2]
            when = "scheduled" if _COMING.match(clean_label(entry.labels[-1])) else ""
            for name in _askers(table, entry):
                if (target and name_key(target) != name_key(name)) or (target and not is_id(name)):
                    fact = page.fact(
                        name, "alias.target", target, block, row_quote(entry, table), qualifier=when,
                        detail={"mode": mode_of(text)} if mode_of(text) else EMPTY,
                    )  # fmt: skip
                    yield qualified(fact, entry)
                elif target:
                    yield qualified(page.fact(name, "alias.target", target, block, row_quote(entry, table)), entry)


def _askers(table: Table, entry: Entry) -> tuple[str, ...]:
    """What is asked for to get the target of an entry: the subject, or the one id that its row writes before the
    target.
    """
    if len(entry.names) != 1 or is_id(entry.names[0]):
        return entry.names
    cells = [clean_name(other.cell.text.plain) for other in table.by_row[entry.row] if other.column < entry.column]
    ids = [text for text in cells if is_model_id(text)]
    return (ids[0],) if len(ids) == 1 else entry.names


def _in_name_cells(page: Page, block: Block, table: Table) -> Iterator[Fact]:
    """What the cell of a name says the name stands for: `acme-plus (currently equivalent to acme-plus-0728)`."""
    if block.grid is None or table.names_on != "rows":
        return
    for row, entries in table.by_row.items():
        cell = block.grid.rows[row][0].text.plain
        match = _EQUIVALENT.search(cell) if len(entries[0].names) == 1 else None
        if match and is_name(match["target"]) and name_key(match["target"]) != name_key(entries[0].names[0]):
            yield page.fact(entries[0].names[0], "alias.target", match["target"], block, cell)


def _from_prose(page: Page) -> Iterator[Fact]:
    for block in page.prose(may_point):
        for claim in alias_claims(page.sentences(block), partial(page.heading_mentions, block)):
            fact = page.fact(
                claim.name, "alias.target", claim.target, block, claim.sentence.text,
                detail=_detail(claim), confidence=claim.confidence,
            )  # fmt: skip
            starts = _announced_for(claim.sentence)
            fact = replace(fact, valid_from=starts.at, precision=starts.precision) if starts else fact
            yield from (replace(fact, qualifier=slug(platform)) for platform in claim.platforms)
            if not claim.platforms:
                yield fact


def _detail(claim: AliasClaim) -> Mapping[str, str]:
    detail = {"mode": claim.mode} if claim.mode else {}
    return {**detail, "moved": "true"} if claim.moved else detail


def _announced_for(sentence: Sentence) -> Moment | None:
    """From when an announced target answers: `starting D, X will point to Y`, `X will be routed to Y on D`."""
    match = _ANNOUNCED.search(sentence.masked)
    if match is None:
        return None
    (mention,) = sentence.all(match["before"] or match["after"])
    return mention.moment
