"""Grids are read the same way whichever axis the names stand on."""

from __future__ import annotations

from monitor.extract.document import Block, Document
from monitor.extract.grid.tables import Table, cell_lines, notes_of, read_grid
from monitor.extract.parse import parse


def _document(text: str) -> tuple[Document, Block]:
    document = parse(text.encode(), "text/markdown")
    return document, next(block for block in document.blocks if block.grid)


def _table(text: str) -> Table:
    grid = _document(text)[1].grid
    assert grid is not None
    return read_grid(grid)


def _said(table: Table) -> set[tuple[tuple[str, ...], tuple[str, ...], str]]:
    return {(entry.names, entry.labels, entry.cell.text.plain) for entry in table.entries}


COLUMNS = """<table><tr><td colspan="2">MODEL</td><td>acme-1<sup>(1)</sup></td><td>acme-2</td></tr>
<tr><td colspan="2">CONTEXT LENGTH</td><td colspan="2">128K</td></tr>
<tr><td rowspan="2">PRICING<sup>(2)</sup></td><td>INPUT<br>(CACHE HIT)</td><td>$1</td><td>$2</td></tr>
<tr><td>OUTPUT</td><td>$3</td><td>$4<sup>(3)</sup></td></tr></table>
"""


def test_names_in_columns_give_each_cell_its_stack_of_labels() -> None:
    table = _table(COLUMNS)
    assert (table.names_on, table.header_rows, table.header_columns) == ("columns", 1, 2)
    assert (("acme-1",), ("CONTEXT LENGTH",), "128K") in _said(table)
    assert (("acme-2",), ("CONTEXT LENGTH",), "128K") in _said(table)
    assert (("acme-2",), ("PRICING", "INPUT (CACHE HIT)"), "$2") in _said(table)
    assert len(table.entries) == 6


def test_marks_of_cells_labels_and_names_are_notes_of_the_entry() -> None:
    table = _table(COLUMNS)
    marks = {(entry.names[0], entry.labels[-1]): entry.notes for entry in table.entries}
    assert marks["acme-1", "OUTPUT"] == ("2", "1")
    assert marks["acme-2", "OUTPUT"] == ("2", "3")
    assert marks["acme-2", "CONTEXT LENGTH"] == ()


def test_names_in_rows_read_the_same() -> None:
    table = _table("| Model | Input | Output |\n|---|---|---|\n| acme-1 | $1 | $3 |\n| acme-2 | $2 | $4 |\n")
    assert (table.names_on, table.header_rows) == ("rows", 1)
    assert _said(table) == {
        (("acme-1",), ("Input",), "$1"),
        (("acme-1",), ("Output",), "$3"),
        (("acme-2",), ("Input",), "$2"),
        (("acme-2",), ("Output",), "$4"),
    }


def test_bands_beside_a_name_follow_the_label() -> None:
    table = _table("""<table><tr><td colspan="2">MODEL</td><td>INPUT</td></tr><tr><td rowspan="2">acme-1</td>
<td>OFF-PEAK</td><td>$1</td></tr><tr><td>PEAK</td><td>$2</td></tr></table>""")
    assert _said(table) == {(("acme-1",), ("INPUT", "OFF-PEAK"), "$1"), (("acme-1",), ("INPUT", "PEAK"), "$2")}


def test_an_id_beside_a_display_name_is_a_second_name_and_a_replacement_is_not() -> None:
    table = _table(
        "| Model | API name | Retirement | Replacement |\n|---|---|---|---|\n"
        "| Acme One 1.0 | acme-one-1 | 2030-01-01 | acme-two-2 |\n"
        "| Acme Two 1.0 | acme-two-1 | 2031-01-01 | acme-two-2 |\n"
    )
    assert (("Acme One 1.0", "acme-one-1"), ("Retirement",), "2030-01-01") in _said(table)
    assert (("Acme One 1.0", "acme-one-1"), ("Replacement",), "acme-two-2") in _said(table)


def test_names_may_stand_in_a_later_column() -> None:
    table = _table(
        "| Shutdown date | Model / system | Recommended replacement |\n|---|---|---|\n"
        "| 2030-01-01 | acme-one-1 | acme-two-2 |\n| 2031-01-01 | acme-one-2 | acme-two-2 |\n"
    )
    assert (("acme-one-1",), ("Shutdown date",), "2030-01-01") in _said(table)


def test_a_row_with_one_text_heads_the_rows_below_it() -> None:
    table = _table("| Feature | acme-1 | acme-2 |\n|---|---|---|\n| **Limits** | | |\n| Context | 1M | 2M |\n")
    assert _said(table) == {(("acme-1",), ("Limits", "Context"), "1M"), (("acme-2",), ("Limits", "Context"), "2M")}


def test_a_table_without_names_gives_row_and_column_labels() -> None:
    table = _table("| PARAM | VALUE |\n|---|---|\n| base_url | https://api.acme.example |\n")
    assert (table.names_on, _said(table)) == ("none", {((), ("base_url", "VALUE"), "https://api.acme.example")})


def test_names_known_to_the_caller_decide_the_orientation() -> None:
    grid = _document("| | Aurora | Borealis |\n|---|---|---|\n| Context | 1M | 2M |\n")[1].grid
    assert grid is not None
    assert read_grid(grid, is_name={"Aurora", "Borealis"}.__contains__).names_on == "columns"


def test_lines_of_a_cell_leave_out_what_is_struck() -> None:
    table = _table(
        "<table><tr><td>MODEL</td><td>acme-1</td></tr><tr><td>IN</td><td>$1<br><del>$2</del></td></tr></table>"
    )
    assert cell_lines(table.entries[0].cell) == ("$1",)


def test_notes_below_a_table_are_found_run_together_or_apart() -> None:
    document, block = _document(
        COLUMNS + "\n(1) Old name.(2) Since 2030/1/1 12:00 UTC.\n\n- (3) See (4) there.\n\n## Next\n\n(4) Not a note.\n"
    )
    assert notes_of(document, block) == {"1": "Old name.", "2": "Since 2030/1/1 12:00 UTC.", "3": "See (4) there."}


def test_raised_numbers_and_symbols_mark_notes_too() -> None:
    document, block = _document(
        "| Feature | acme-1 | acme-2 |\n|---|---|---|\n| Price<sup>1</sup> | $1 | $2† |\n\n"
        "_<sup>1 - Per million tokens.</sup>_\n\n† Excluding taxes\n"
    )
    assert notes_of(document, block) == {"1": "Per million tokens.", "†": "Excluding taxes"}
    assert block.grid is not None
    assert [entry.notes for entry in read_grid(block.grid).entries] == [("1",), ("1", "†")]
