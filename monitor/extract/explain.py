"""A reading laid out for people: each block with what was read from it, what was left out, and why. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from monitor.extract.document import Block, Cell
from monitor.extract.reading import Reading
from snapshots.diff.facts import superseded
from snapshots.facts import Fact


def explained(reading: Reading, now: datetime) -> Mapping[str, Any]:
    """The reading as plain data.

    `blocks` are in reading order, each with the facts whose evidence it is; `grid` holds rows of cells, where a spanned
    cell repeats the text of its origin and says so in `spans`. `ignored` is what was left out, with the reason and how
    it begins.
    A fact that another statement of the document overrules at `now` (UTC) says so in `overruled_by`.
    `unproven` are facts whose block is not on the page, which would be a fault of headwater's.
    """
    document = reading.document
    facts: defaultdict[str, list[Fact]] = defaultdict(list)
    for fact in reading.facts:
        facts[fact.evidence.block].append(fact)
    overruled = {id(fact): _fact(winner, {}) for fact, winner in superseded(reading.facts, now)}
    blocks = [_block(block, facts.pop(block.key, []), overruled) for block in document.blocks]
    return {
        "title": document.title,
        "canonical_url": document.canonical_url,
        "language": document.language,
        "text_digest": document.text_digest.hex(),
        "repairs": list(document.repairs),
        "blocks": blocks,
        "ignored": [{"reason": piece.reason, "begins": piece.text} for piece in document.ignored],
        "names": dict(sorted(reading.vocabulary.same.items())),
        "unproven": [_fact(fact, overruled) for rest in facts.values() for fact in rest],
    }


def _block(block: Block, facts: Sequence[Fact], overruled: Mapping[int, Mapping[str, Any]]) -> dict[str, Any]:
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
        "facts": [_fact(fact, overruled) for fact in facts],
    }
    if block.grid is not None:
        shown["grid"] = [[_cell(cell, (r, c)) for c, cell in enumerate(row)] for r, row in enumerate(block.grid.rows)]
    if block.tree is not None:
        shown["tree"] = block.tree
    return shown


def _cell(cell: Cell, place: tuple[int, int]) -> dict[str, Any]:
    spans = "above" if cell.origin[0] < place[0] else "left" if cell.origin[1] < place[1] else ""
    return {"text": cell.text.plain, "header": cell.header, "spans": spans}


def _fact(fact: Fact, overruled: Mapping[int, Mapping[str, Any]]) -> dict[str, Any]:
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
        "overruled_by": overruled.get(id(fact)),
    }
