"""Keys of blocks stay when other parts of a page move."""

from __future__ import annotations

from monitor.extract.parse import parse

BEFORE = """# Prices

Intro text that stays.

## Models

The table below lists them.

| Model | Input |
|---|---|
| acme-1 | $1 |

- `acme-1`: points to acme-1-2030
"""


def _keys(text: str) -> list[str]:
    return [block.key for block in parse(text.encode(), "text/markdown").blocks]


def test_keys_outlive_insertions_values_new_rows_and_another_title() -> None:
    after = BEFORE.replace("Intro", "A new first paragraph here.\n\nIntro").replace("# Prices", "# Models & Prices", 1)
    after = after.replace("| acme-1 | $1 |", "| acme-2 | $2 |\n| acme-1 | $3 |").replace("acme-1-2030", "acme-1-2031")
    assert set(_keys(BEFORE)) - {"h:prices"} <= set(_keys(after))


def test_equal_blocks_get_different_keys() -> None:
    keys = _keys("# A\n\nSame text.\n\nSame text.\n\n## B\n\nSame text.\n")
    assert len(keys) == len(set(keys))


def test_keys_say_where_and_what() -> None:
    assert _keys(BEFORE) == [
        "h:prices",
        "p:intro-text-that-stays",
        "h:models",
        "models/p:the-table-below-lists",
        "models/table:model",
        "models/li:acme-1-points-to",
    ]
