"""Bytes of one version to a reading: the document, its facts, its passages and the names it uses."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from monitor.extract.document import Block, BlockKind, Document, MarkKind, Text, Tree
from monitor.extract.facts import EXTRACTORS
from monitor.extract.facts.identifiers import displays_of, identifiers_of
from monitor.extract.facts.licenses import read_rival_licenses
from monitor.extract.facts.models import word_names
from monitor.extract.facts.page import Page
from monitor.extract.parse import parse
from monitor.extract.values.names import clean_name, is_id, is_model_id, is_name
from monitor.extract.vocabulary import NOTHING_KNOWN, Vocabulary
from snapshots.diff.blocks import Passage
from snapshots.facts import Fact, name_key

__all__ = ["EXTRACTOR_VERSION", "Reading", "Vocabulary", "passages_of", "read", "resolve"]

EXTRACTOR_VERSION = "1"

_MODEL_ARGUMENT = re.compile(r"""["']?model["']?\s*[:=]\s*["']([^"'\s]{3,80})["']""")


@dataclass(frozen=True, slots=True)
class Reading:
    """What one version says. `vocabulary` is to be handed to the reading of the next version.

    `rivals` is what other parts of it say where one part leads: the license in the text of a card with front matter.
    """

    document: Document
    facts: tuple[Fact, ...]
    passages: tuple[Passage, ...]
    vocabulary: Vocabulary
    rivals: tuple[Fact, ...] = ()


def read(
    body: bytes,
    content_type: str,
    *,
    url: str = "",
    kind: str = "",
    known: Vocabulary = NOTHING_KNOWN,
    today: date | None = None,
) -> Reading:
    """Read one version.

    `known` are the names of earlier versions, `kind` a hint (`pricing`, `changelog`, `license`), `today` the day of
    the version in UTC: what a page announces for a later day is scheduled.

    Raises:
        DocumentError: the bytes cannot be read as a document.

    """
    document = parse(body, content_type, url=url)
    vocabulary = known.with_names(_names(document))
    page = Page(document, vocabulary, url, kind, today)
    subjects = {clean_name(name) for _, table in page.tables for entry in table.entries for name in entry.names}
    joins = (*displays_of(page), *identifiers_of(page))
    words = word_names(page)
    found = sorted(name for name in subjects if is_name(name) or is_id(name) or name in words)
    page = page.knowing(vocabulary.with_names(found).joined(joins), [*found, *(display for display, _ in joins)])
    vocabulary = page.vocabulary
    called = {name_key(lead): display for display, lead in joins}
    facts = resolve(
        _in_force([_led(fact, vocabulary, called) for extract in EXTRACTORS.values() for fact in extract(page)], page)
    )
    displays = [(display, fact.subject) for fact in facts if (display := fact.detail.get("display"))]
    names = known.with_names(fact.subject for fact in facts if _is_named(fact)).joined(displays)
    rivals = tuple(_led(fact, vocabulary, called) for fact in read_rival_licenses(page))
    return Reading(document, facts, passages_of(document), names, rivals)


def _led(fact: Fact, vocabulary: Vocabulary, called: Mapping[str, str]) -> Fact:
    """A fact under the leading name of its subject: where a table gives an API id beside a display name, the id.

    `called` are the display names of this version's ids; the listing of a model keeps its own.
    """
    display = called.get(fact.subject_key) if fact.predicate == "model.listed" else None
    if display is not None:
        return replace(fact, detail={**fact.detail, "display": display})
    lead = vocabulary.canonical(fact.subject)
    if (
        lead == fact.subject
        or name_key(lead) == fact.subject_key
        or (fact.area in ("license", "endpoint") and fact.subject == "*")
    ):
        return fact
    return replace(fact, subject=lead, detail={**fact.detail, "display": fact.subject})


def _in_force(facts: Sequence[Fact], page: Page) -> Iterator[Fact]:
    """What was announced for a day that has come, and stands alone, is no longer announced but in force.

    While the document still states the former value beside it, the document's own word is that the change is to come.
    """
    stated = {(fact.subject_key, fact.predicate) for fact in facts if not fact.qualifier.startswith("scheduled")}
    for fact in facts:
        begun = fact.valid_from is not None and page.today is not None and fact.valid_from.date() <= page.today
        if fact.qualifier.startswith("scheduled") and begun and (fact.subject_key, fact.predicate) not in stated:
            fact = replace(fact, qualifier=fact.qualifier.removeprefix("scheduled").lstrip("."))
        yield fact


def resolve(facts: Iterable[Fact]) -> tuple[Fact, ...]:
    """One fact for each statement: repetitions are dropped, a statement with its mode wins over one without.

    Two tables of one page that price the same thing differently mean different conditions: the first keeps the plain
    key, the others get their section as qualifier.
    """
    kept: dict[tuple[object, ...], Fact] = {}
    for fact in facts:
        if fact.subject == "":
            continue
        identity = (*fact.key, fact.value_key, fact.valid_from)
        other = kept.get(identity)
        if other is None or (fact.detail.get("mode") and not other.detail.get("mode")):
            kept[identity] = fact
    result: list[Fact] = []
    homes: dict[tuple[str, str, str], Fact] = {}
    for fact in kept.values():
        rival = homes.setdefault(fact.key, fact)
        if (
            rival is not fact
            and fact.area in ("price", "limit")
            and rival.evidence.block != fact.evidence.block
            and fact.evidence.heading
        ):
            section = name_key(fact.evidence.heading[-1]).replace("-", "_")[:40]
            fact = replace(fact, qualifier=f"{fact.qualifier}.{section}".lstrip("."))
        result.append(fact)
    return tuple(result)


def passages_of(document: Document) -> tuple[Passage, ...]:
    """The comparable pieces of a document: a block, or a row of a table."""
    passages: list[Passage] = []
    for block in document.blocks:
        if block.grid is not None:
            for row in block.grid.rows:
                cells: dict[tuple[int, int], str] = {cell.origin: cell.text.plain for cell in row}
                text = " | ".join(cells.values())
                passages.append(Passage(f"{block.key}/{next(iter(cells.values()), '')[:40]}", block.heading, text))
        elif block.kind is BlockKind.DATA:
            passages.extend(
                Passage(f"{block.key}/{path}", block.heading, f"{path}: {value}", data=True)
                for path, value in _entries(block.tree, "")
            )
        else:
            passages.append(Passage(block.key, block.heading, block.text.plain))
    return tuple(passages)


def _entries(tree: Tree, path: str) -> Iterator[tuple[str, str]]:
    """The scalar entries of a tree with their paths; entries of lists go by the name of their record, not by place."""
    if isinstance(tree, Mapping):
        for key, value in tree.items():
            yield from _entries(value, f"{path}.{key}" if path else str(key))
    elif isinstance(tree, list):
        for value in tree:
            name = (
                next((str(value[key]) for key in ("id", "name") if key in value), "")
                if isinstance(value, Mapping)
                else ""
            )
            yield from _entries(value, f"{path}[{name}]")
    else:
        yield path, str(tree)


def _names(document: Document) -> Iterable[str]:
    for block in document.blocks:
        if block.kind is BlockKind.CODE:
            yield from (name for name in _MODEL_ARGUMENT.findall(block.text.plain) if is_model_id(name))
        for text in _texts(block):
            for mark in text.marks:
                if (
                    mark.kind is MarkKind.CODE
                    and is_model_id(code := clean_name(text.plain[mark.start : mark.end]))
                    and "_" not in code
                    and "/" not in code
                ):
                    yield code


def _texts(block: Block) -> list[Text]:
    if block.grid is not None:
        return [cell.text for row in block.grid.rows for cell in row]
    return [block.text]


def _is_named(fact: Fact) -> bool:
    return fact.area in ("model", "alias", "price", "limit", "capability", "lifecycle") and "://" not in fact.subject
