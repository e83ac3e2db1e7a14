"""Caps on what a document may cost. Everything fetched is hostile: past a cap there is a `DocumentError`, never a hang."""

from __future__ import annotations

MAX_BYTES = 10 * 1024 * 1024
MAX_BLOCKS = 50_000
MAX_CELLS = 200_000
MAX_COLUMNS = 1_000
MAX_TREE_NODES = 500_000
MAX_TREE_DEPTH = 100
