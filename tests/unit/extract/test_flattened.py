"""Tables that lost their layout on the way are put together again, whatever way they took."""

from __future__ import annotations

import pytest

from monitor.extract.document import Grid
from monitor.extract.parse import parse

WANTED = [
    ["MODEL", "MODEL", "acme-chat-2", "acme-pro-2"],
    ["BASE URL", "BASE URL", "https://api.acme.example", "https://api.acme.example"],
    ["VERSION", "VERSION", "Acme-V2.1 (Fast Mode)", "Acme-V2.1 (Deep Mode)"],
    ["CONTEXT LENGTH", "CONTEXT LENGTH", "128K", "128K"],
    ["MAX OUTPUT", "MAX OUTPUT", "DEFAULT: 4K MAXIMUM: 8K", "DEFAULT: 32K MAXIMUM: 64K"],
    ["FEATURES", "Json Output", "✓", "✓"],
    ["FEATURES", "Vision", "✓", "✗"],
    ["PRICING", "1M INPUT TOKENS (CACHE HIT)", "$0.10", "$0.20"],
    ["PRICING", "1M INPUT TOKENS (CACHE MISS)", "$0.30", "$0.40"],
]

TABS = """Model Details
MODEL\tacme-chat-2\tacme-pro-2
BASE URL\thttps://api.acme.example
VERSION\tAcme-V2.1
(Fast Mode)\tAcme-V2.1
(Deep Mode)
CONTEXT LENGTH\t128K
MAX OUTPUT\tDEFAULT: 4K
MAXIMUM: 8K\tDEFAULT: 32K
MAXIMUM: 64K
FEATURES\tJson Output\t✓\t✓
Vision\t✓\t✗
PRICING\t1M INPUT TOKENS (CACHE HIT)\t$0.10\t$0.20
1M INPUT TOKENS (CACHE MISS)\t$0.30\t$0.40
Deduction Rules
The cost is the number of tokens times the price, taken from the balance that ends first.
"""

# Two spaces at the end of a line, made visible.
BREAK = "␠␠"
CRAWLED = """## Model Details
** MODEL | acme-chat-2 | acme-pro-2␠␠
---|---|---␠␠
BASE URL | https://api.acme.example␠␠
VERSION | Acme-V2.1␠␠
(Fast Mode) | Acme-V2.1␠␠
(Deep Mode)␠␠
CONTEXT LENGTH | 128K␠␠
MAX OUTPUT | DEFAULT: 4K␠␠
MAXIMUM: 8K | DEFAULT: 32K␠␠
MAXIMUM: 64K␠␠
FEATURES | Json Output | ✓ | ✓␠␠
Vision | ✓ | ✗␠␠
PRICING | 1M INPUT TOKENS (CACHE HIT) | $0.10 | $0.20␠␠
1M INPUT TOKENS (CACHE MISS) | $0.30 | $0.40␠␠
**

## Deduction Rules
Text.
""".replace(BREAK, "  ")

MISSING = """| | | | |
| --- | --- | --- | --- |
| MODEL | acme-chat-2 | acme-pro-2 |
| BASE URL | https://api.acme.example |
| VERSION | Acme-V2.1 (Fast Mode) | Acme-V2.1 (Deep Mode) |
| CONTEXT LENGTH | 128K |
| MAX OUTPUT | DEFAULT: 4K<br>MAXIMUM: 8K | DEFAULT: 32K<br>MAXIMUM: 64K |
| FEATURES | [Json Output](/j) | ✓ | ✓ |
| [Vision](/v) | ✓ | ✗ |
| PRICING | 1M INPUT TOKENS (CACHE HIT) | $0.10 | $0.20 |
| 1M INPUT TOKENS (CACHE MISS) | $0.30 | $0.40 |
"""

EMPTIED = """| | | | |
| --- | --- | --- | --- |
| MODEL | | acme-chat-2 | acme-pro-2 |
| BASE URL | | https://api.acme.example | |
| VERSION | | Acme-V2.1 (Fast Mode) | Acme-V2.1 (Deep Mode) |
| CONTEXT LENGTH | | 128K | |
| MAX OUTPUT | | DEFAULT: 4K MAXIMUM: 8K | DEFAULT: 32K MAXIMUM: 64K |
| FEATURES | Json Output | ✓ | ✓ |
| Vision | ✓ | ✗ |
| PRICING | 1M INPUT TOKENS (CACHE HIT) | $0.10 | $0.20 |
| 1M INPUT TOKENS (CACHE MISS) | $0.30 | $0.40 |
"""

STACKED = """## Model Details

MODEL
acme-chat-2
acme-pro-2
BASE URL
https://api.acme.example
VERSION
Acme-V2.1 (Fast Mode)
Acme-V2.1 (Deep Mode)
CONTEXT LENGTH
128K
MAX OUTPUT
DEFAULT: 4K MAXIMUM: 8K
DEFAULT: 32K MAXIMUM: 64K
FEATURES
Json Output
✓
✓
Vision
✓
✗
PRICING
1M INPUT TOKENS (CACHE HIT)
$0.10
$0.20
1M INPUT TOKENS (CACHE MISS)
$0.30
$0.40
"""

RUN_TOGETHER = """## Model Details

**MODEL acme-chat-2 acme-pro-2
BASE URL[https://api.acme.example](https://api.acme.example/)
VERSION Acme-V2.1 (Fast Mode)Acme-V2.1 (Deep Mode)
CONTEXT LENGTH 128K
MAX OUTPUT DEFAULT: 4K
FEATURES[Json Output](/j)✓✓
[Vision](/v)✓✗
PRICING 1M INPUT TOKENS (CACHE HIT)$0.10$0.20
1M INPUT TOKENS (CACHE MISS)$0.30$0.40**
"""

_RULED = (
    ("MODEL", "", "acme-chat-2", "acme-pro-2"),
    (),
    ("BASE URL", "", "[https://api.acme.example](/u){.a}", ""),
    (),
    ("VERSION", "", "Acme-V2.1\\", "Acme-V2.1\\"),
    ("", "", "(Fast Mode)", "(Deep Mode)"),
    (),
    ("FEATURES", "[Json Output](/j)", "✓", "✓"),
    (),
    ("", "[Vision](/v)", "✓", "✗"),
)
_RULER = f"  {'-' * 11} {'-' * 30} {'-' * 36} {'-' * 20}"
PANDOC = "\n".join(
    [
        '## Details [](#details){.hash-link aria-label="Direct link"} {#details .anchor}',
        "",
        '::: {style="font-size:14px"}',
        _RULER,
        *("".join([" ", *(f" {c:<{w}}" for c, w in zip(row, (11, 30, 36, 20), strict=False))]) for row in _RULED),
        _RULER,
        ":::",
        "",
    ]
)


def _rows(text: str) -> list[list[str]]:
    grids: list[Grid] = [b.grid for b in parse(text.encode(), "text/markdown").blocks if b.grid]
    assert len(grids) == 1
    return [[" ".join(cell.text.plain.split()) for cell in row] for row in grids[0].rows]


@pytest.mark.parametrize(
    "text",
    [TABS, CRAWLED, MISSING, EMPTIED, STACKED],
    ids=["pasted with tabs", "crawled with pipes", "spanned cells missing", "spanned cells empty", "one cell a line"],
)
def test_every_way_leads_to_the_same_grid(text: str) -> None:
    assert _rows(text) == WANTED


def test_cells_run_together_are_taken_apart() -> None:
    rows = _rows(RUN_TOGETHER)
    same = ("MODEL", "BASE URL", "CONTEXT LENGTH", "FEATURES", "PRICING")
    assert [row for row in rows if row[0] in same] == [row for row in WANTED if row[0] in same]


def test_a_ruled_table_of_pandoc_keeps_its_empty_cells() -> None:
    rows = _rows(PANDOC)
    assert rows == [*WANTED[:3], *WANTED[5:7]]


def test_a_grid_table_of_pandoc_is_read() -> None:
    rule = "+--------+-------+"
    text = f"{rule}\n| Model  | Price |\n{rule.replace('-', '=')}\n| acme-1 | $1    |\n| (old)  |       |\n{rule}\n"
    assert _rows(text) == [["Model", "Price"], ["acme-1 (old)", "$1"]]


def test_bands_within_run_together_labels_are_found_by_the_rows_that_show_them_alone() -> None:
    text = """**MODEL acme-chat-2(1)acme-pro-2
CONTEXT LENGTH 1M
PRICING(2)1M INPUT TOKENS␠␠
(CACHE HIT)OFF-PEAK$0.1$0.2
PEAK$0.2$0.4
1M INPUT TOKENS␠␠
(CACHE MISS)OFF-PEAK$1$2
PEAK$2$4
Concurrency Limit(3)2500 500**
""".replace(BREAK, "  ")
    rows = _rows(text)
    assert [row[:3] for row in rows[2:]] == [
        ["PRICING(2)", "1M INPUT TOKENS (CACHE HIT)", "OFF-PEAK"],
        ["PRICING(2)", "1M INPUT TOKENS (CACHE HIT)", "PEAK"],
        ["PRICING(2)", "1M INPUT TOKENS (CACHE MISS)", "OFF-PEAK"],
        ["PRICING(2)", "1M INPUT TOKENS (CACHE MISS)", "PEAK"],
        ["Concurrency Limit(3)"] * 3,
    ]


def test_bare_headings_of_pasted_text_are_marked_and_lines_stay_apart() -> None:
    document = parse(TABS.encode(), "text/markdown")
    assert [b.text.plain for b in document.blocks if b.level and b.kind == "heading"] == [
        "Model Details",
        "Deduction Rules",
    ]
    assert len(document.repairs) == 2


def test_a_record_that_lost_its_spanning_name_gets_it_back() -> None:
    text = """| Model | Band | Input | Output |
| --- | --- | --- | --- |
| acme-1 | OFF-PEAK | $1 | $2 |
| PEAK | $2 | $4 |
| acme-2 | OFF-PEAK | $5 |
"""
    assert _rows(text)[2:] == [["acme-1", "PEAK", "$2", "$4"], ["acme-2", "OFF-PEAK", "$5", ""]]


def test_a_sound_table_is_not_touched() -> None:
    text = "| Model | Notes | Price |\n|---|---|---|\n| acme-1 | | $1 |\n| acme-2 | new | |\n"
    document = parse(text.encode(), "text/markdown")
    assert _rows(text) == [["Model", "Notes", "Price"], ["acme-1", "", "$1"], ["acme-2", "new", ""]]
    assert document.repairs == ()


def test_a_broken_table_is_found_after_a_long_sound_one() -> None:
    sound = "| Model | Price |\n|---|---|\n" + "".join(f"| acme-{n} | ${n} |\n" for n in range(200))
    grids = [b.grid for b in parse(f"{sound}\n{CRAWLED}".encode(), "text/markdown").blocks if b.grid]
    assert [[" ".join(c.text.plain.split()) for c in row] for row in grids[1].rows] == WANTED
