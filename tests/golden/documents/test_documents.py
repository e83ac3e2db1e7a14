"""Small pages of our own writing, each in a shape that real pages come in, beside the blocks they become.

`make golden` (`HEADWATER_WRITE_GOLDEN=1`) rewrites the blocks; read the difference before it is committed.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from monitor.extract.document import Block, Document, Grid
from monitor.extract.parse import parse

PAGES = Path(__file__).parent / "pages"


@pytest.mark.parametrize("page", sorted(p for p in PAGES.iterdir() if p.suffix != ".json"), ids=lambda p: p.stem)
def test_a_page_becomes_these_blocks(page: Path) -> None:
    golden = page.with_suffix(".json")
    got = _written(parse(page.read_bytes(), "", url=page.name))
    if os.environ.get("HEADWATER_WRITE_GOLDEN") == "1":
        golden.write_text(json.dumps(got, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    assert got == json.loads(golden.read_text(encoding="utf-8"))


def _written(document: Document) -> dict[str, Any]:
    return {
        "title": document.title,
        "canonical_url": document.canonical_url,
        "repairs": list(document.repairs),
        "ignored": [": ".join(filter(None, piece)) for piece in document.ignored],
        "blocks": [_block(block) for block in document.blocks],
    }


def _block(block: Block) -> dict[str, Any]:
    written: dict[str, Any] = {"kind": block.kind.value, "key": block.key, "heading": " > ".join(block.heading)}
    if block.grid:
        written["rows"] = [_row(block.grid, r) for r in range(len(block.grid.rows))]
    elif block.tree is not None:
        written["tree"] = block.tree
    else:
        written["text"] = block.text.plain
    marks = [f"{m.kind.value}: {block.text.plain[m.start : m.end]}" for m in block.text.marks]
    return {**written, "marks": marks} if marks else written


def _row(grid: Grid, row: int) -> str:
    """The cells of a row; `<` repeats the cell to the left, `^` the one above."""
    texts = []
    for column, cell in enumerate(grid.rows[row]):
        top, left = cell.origin
        mark = "^" if top < row else "<" if left < column else ""
        texts.append(mark or cell.text.plain.replace("\n", " / "))
    return " | ".join(texts)
