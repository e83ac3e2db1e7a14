"""What holds for documents whatever stands in them."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.extract.document import BlockKind, Document, DocumentError
from monitor.extract.grid.tables import notes_of, read_grid
from monitor.extract.parse import parse

TYPES = st.sampled_from(
    [
        "text/html",
        "text/markdown",
        "text/plain",
        "application/json",
        "application/yaml",
        "application/toml",
        "application/xml",
        "",
    ]
)
PIECES = st.sampled_from(
    [
        *(
            "<table>",
            "<tr>",
            "<td colspan=3>",
            "<td rowspan=0>",
            "</table>",
            "<ul><li>",
            "<h2>",
            "</h2>",
            "<pre>",
            "<b>",
            "</b>",
        ),
        *(
            "<details><summary>",
            "<script>const a = [{b:1}]</script>",
            '<Card title="x">',
            "</Card>",
            "<nav>",
            "<!--",
            "-->",
            "&#0;",
        ),
        *(
            "# ",
            "\n\n",
            "\n",
            "| a | b |\n",
            "|---|---|\n",
            "- ",
            "    ",
            "`",
            "```\n",
            "**",
            "[a](b)",
            "~~",
            ":::",
            "\t",
            "  \n",
        ),
        *(
            "MODEL",
            "acme-1 ",
            "acme-2",
            "$1.00",
            "✓",
            "(1)",
            "PRICING ",
            "---\n",
            "a: &b [*b]\n",
            "+---+---+\n",
            "  ---- ----\n",
        ),
    ]
)
WORDS = st.lists(st.from_regex(r"[A-Za-z][a-z]{1,8}", fullmatch=True), min_size=1, max_size=8).map(" ".join)


def _check(document: Document) -> None:
    assert len({block.key for block in document.blocks}) == len(document.blocks)
    assert len(document.text_digest) == 32
    for block in document.blocks:
        assert "\x00" not in block.text.plain
        for mark in block.text.marks:
            assert 0 <= mark.start < mark.end <= len(block.text.plain)
        if block.grid:
            assert {len(row) for row in block.grid.rows} == {block.grid.width}
            read_grid(block.grid)
            notes_of(document, block)


@given(st.binary(max_size=400), TYPES)
def test_any_bytes_give_a_document_or_a_document_error(body: bytes, content_type: str) -> None:
    try:
        document = parse(body, content_type)
    except DocumentError:
        return
    _check(document)


@given(st.lists(PIECES, max_size=40).map("".join), st.sampled_from(["text/html", "text/markdown", "text/plain"]))
def test_any_mark_up_gives_a_document_whose_parts_fit_together(body: str, content_type: str) -> None:
    _check(parse(body.encode(), content_type))


@settings(max_examples=50)
@given(st.lists(WORDS, min_size=1, max_size=5), st.data())
def test_wrapping_attributes_and_white_space_leave_the_digest(paragraphs: list[str], data: st.DataObject) -> None:
    plain = "".join(f"<p>{text}</p>" for text in paragraphs)
    gap = data.draw(st.sampled_from(["\n", "  ", "\n\t ", "&nbsp;"]))
    name = data.draw(st.from_regex(r"[xyz]{3,6}_[0-9a-f]{4}", fullmatch=True))
    written = "".join(
        f'<div class="{name}" data-build="{name}">\n<p style="color:red">{text.replace(" ", gap)}</p></div>'
        for text in paragraphs
    )
    assert parse(plain.encode(), "text/html").text_digest == parse(written.encode(), "text/html").text_digest


@settings(max_examples=50)
@given(st.lists(WORDS, min_size=1, max_size=5))
def test_markdown_and_html_of_the_same_text_have_one_digest(paragraphs: list[str]) -> None:
    page = "".join(f"<p>{text}.</p>" for text in paragraphs)
    source = "\n\n".join(f"{text}." for text in paragraphs)
    assert parse(page.encode(), "text/html").text_digest == parse(source.encode(), "text/markdown").text_digest


@settings(max_examples=50)
@given(st.integers(1, 4), st.integers(1, 4), st.data())
def test_every_cell_of_a_table_stands_where_it_was_written(height: int, width: int, data: st.DataObject) -> None:
    cells = [[data.draw(WORDS) for _ in range(width)] for _ in range(height)]
    page = "<table>" + "".join("<tr>" + "".join(f"<td>{c}</td>" for c in row) + "</tr>" for row in cells) + "</table>"
    grids = [b.grid for b in parse(page.encode(), "text/html").blocks if b.kind is BlockKind.TABLE]
    assert [[[c.text.plain for c in row] for row in grid.rows] for grid in grids if grid] == [cells]
