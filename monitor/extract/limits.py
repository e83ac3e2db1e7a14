"""Caps on what a document may cost.

Everything fetched is hostile: past a cap there is a `DocumentError`, never a hang. The largest real pages stay far
below; Markdown has lower caps because its parser is a hundred times slower than that of HTML.
"""

from __future__ import annotations

MAX_BYTES = 4_000_000
MAX_BLOCKS = 50_000
MAX_BLOCK_CHARACTERS = 500_000
MAX_ELEMENTS = 50_000
MAX_DEPTH = 2_000
MAX_MARKDOWN_CHARACTERS = 2_000_000
MAX_MARKDOWN_LINES = 50_000
MAX_MARKDOWN_SIGNS = 120_000
MAX_CELLS = 200_000
MAX_COLUMNS = 1_000
MAX_TREE_NODES = 250_000
MAX_TREE_DEPTH = 100
