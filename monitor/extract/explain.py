"""A reading laid out for people: each block with what was read from it, what was left out, and why. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from monitor.extract.document import Block, Cell
from monitor.extract.reading import Reading
from snapshots.facts import Fact


def explained(reading: Reading) -> Mapping[str, Any]:
    """The reading as plain data.

    `blocks` are in reading order, each with the facts whose evidence it is; `grid` holds rows of cells, where a spanned
    cell repeats the text of its origin and says so in `spans`. `ignored` is what was left out, with the reason and how
    it begins.
    `unproven` are facts whose block is not on the page, which would be a fault of headwater's.
    """
    document = reading.document
    facts: defaultdict[str, list[Fact]] = defaultdict(list)
    for fact in reading.facts:
        facts[fact.evidence.block].append(fact)
    blocks = [_block(block, facts.pop(block.key, [])) for block in document.blocks]
    return {
        "title": document.title,
        "canonical_url": document.canonical_url,
        "language": document.language,
        "text_digest": document.text_digest.hex(),
        "repairs": list(document.repairs),
        "blocks": blocks,
        "ignored": [{"reason": piece.reason, "begins": piece.text} for piece in document.ignored],
        "names": dict(sorted(reading.vocabulary.same.items())),
        "unproven": [_fact(fact) for rest in facts.values() for fact in rest],
    }


def _block(block: Block, facts: Sequence[Fact]) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "kind": block.kind.value,
        "key": block.key,
        "heading": list(block.heading),
        "level": block.level,
        "line": block.line,
        "text": block.text.plain,
        "marks": [
            {"kind": m.kind.value, "text": block.text.plain[m.start : m.end], "target": m.target}
            for m in block.text.marks
        ],
        "facts": [_fact(fact) for fact in facts],
    }
    if block.grid is not None:
        shown["grid"] = [[_cell(cell, (r, c)) for c, cell in enumerate(row)] for r, row in enumerate(block.grid.rows)]
    if block.tree is not None:
        shown["tree"] = block.tree
    return shown


def _cell(cell: Cell, place: tuple[int, int]) -> dict[str, Any]:
    spans = "above" if cell.origin[0] < place[0] else "left" if cell.origin[1] < place[1] else ""
    return {"text": cell.text.plain, "header": cell.header, "spans": spans}


def _fact(fact: Fact) -> dict[str, Any]:
    return {
        "subject": fact.subject,
        "predicate": fact.predicate,
        "qualifier": fact.qualifier,
        "value": fact.value,
        "detail": dict(fact.detail),
        "valid_from": fact.valid_from,
        "precision": fact.precision.value,
        "confidence": fact.confidence,
        "quote": fact.evidence.quote,
    }
