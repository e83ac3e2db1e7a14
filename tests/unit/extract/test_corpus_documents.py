"""Every recorded document can be read."""

from __future__ import annotations

import json
from pathlib import Path

from monitor.extract.grid.tables import notes_of, read_grid
from monitor.extract.parse import parse


def test_every_recorded_version_becomes_blocks_with_keys_of_their_own(corpus: Path) -> None:
    read = 0
    for source in sorted(corpus.glob("*/source.json")):
        content_type = json.loads(source.read_text(encoding="utf-8"))["content_type"]
        for version in sorted(source.parent.glob("[0-9]*__*")):
            document = parse(version.read_bytes(), content_type, url=version.name)
            assert document.blocks, version
            assert len({block.key for block in document.blocks}) == len(document.blocks), version
            for block in document.blocks:
                if block.grid:
                    read_grid(block.grid)
                    notes_of(document, block)
            read += 1
    assert read > 300


def test_spans_of_recorded_tables_cover_rectangles(corpus: Path) -> None:
    for version in sorted(corpus.glob("*pricing*/[0-9]*__*")):
        for block in parse(version.read_bytes(), version.suffix).blocks:
            rows = block.grid.rows if block.grid else ()
            assert len({len(row) for row in rows}) <= 1, version
            for r, row in enumerate(rows):
                for c, cell in enumerate(row):
                    top, left = cell.origin
                    assert rows[top][left].origin == cell.origin, (version, r, c)
