"""HTML pages and fragments become blocks."""

from __future__ import annotations

import pytest

from monitor.extract.document import BlockKind, Document, DocumentError, MarkKind
from monitor.extract.parse import parse

PAGE = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Prices | Acme Docs</title>
<link rel="canonical" href="https://docs.acme.example/prices"><meta name="description" content="What it costs">
<script src="/assets/main.{build}.js"></script></head><body>
<nav class="navbar"><a href="/">Acme</a><a href="/prices">Prices</a></nav>
<div class="docsWrapper docs-with-sidebar"><aside class="sidebar"><ul><li><a href="/a">Other page</a></li></ul></aside>
<main><article><div class="theme-doc-markdown markdown"><header><h1>Prices</h1></header>
<p>All prices are per <strong>1M tokens</strong>. Use <code>acme-chat</code>, see <a href="/terms">terms</a>.</p>
<h2 id="m">Models<a class="hash-link" href="#m" title="Direct link to Models">\u200b</a></h2>
<table><thead><tr><th>Model</th><th>Input</th></tr></thead>
<tbody><tr><td>acme-1</td><td>$1.00<br><del>$2.00</del></td></tr></tbody></table>
</div></article><footer class="theme-doc-footer">Last updated on {day}</footer></main></div>
<footer class="footer">Copyright 2030 Acme {token}</footer></body></html>"""


def _page(**values: str) -> Document:
    page = PAGE
    for name, value in {"build": "1a2b", "day": "Jan 2, 2030", "token": "x", **values}.items():
        page = page.replace("{" + name + "}", value)
    return parse(page.encode(), "text/html")


def test_the_content_is_found_and_the_rest_is_named() -> None:
    document = _page()
    assert [b.kind for b in document.blocks] == [
        BlockKind.HEADING,
        BlockKind.PARAGRAPH,
        BlockKind.HEADING,
        BlockKind.TABLE,
    ]
    assert {"navigation", "side bar", "footer"} <= {piece.reason for piece in document.ignored}


def test_a_page_tells_its_title_address_and_language() -> None:
    document = _page()
    assert (document.title, document.canonical_url, document.language) == (
        "Prices | Acme Docs",
        "https://docs.acme.example/prices",
        "en",
    )
    assert document.metadata["description"] == "What it costs"


def test_permalinks_are_no_part_of_headings() -> None:
    assert [b.text.plain for b in _page().blocks if b.kind is BlockKind.HEADING] == ["Prices", "Models"]


def test_marks_keep_code_links_and_emphasis() -> None:
    text = _page().blocks[1].text
    assert text.spans(MarkKind.CODE) == ("acme-chat",)
    assert text.spans(MarkKind.STRONG) == ("1M tokens",)
    assert [m.target for m in text.marks if m.kind is MarkKind.LINK] == ["/terms"]


def test_a_struck_price_stands_on_its_line_and_is_marked() -> None:
    grid = _page().blocks[3].grid
    assert grid is not None
    price = grid.rows[1][1].text
    assert price.plain == "$1.00\n$2.00"
    assert price.without(MarkKind.DELETED).strip() == "$1.00"


def test_builds_footers_and_dates_of_publishing_do_not_move_the_digest() -> None:
    assert _page().text_digest == _page(build="ffff", day="Feb 3, 2031", token="other").text_digest


@pytest.mark.parametrize(
    ("before", "after"),
    [("$1.00", "$1.50"), ("<del>$2.00</del>", "$2.00"), ('href="/terms"', 'href="/new-terms"')],
    ids=["a price", "a deletion", "where a link leads"],
)
def test_what_matters_moves_the_digest(before: str, after: str) -> None:
    page = PAGE.replace(before, after)
    assert page != PAGE
    assert parse(page.encode(), "text/html").text_digest != parse(PAGE.encode(), "text/html").text_digest


def test_a_bare_table_and_a_title_with_an_article_are_documents() -> None:
    table = parse(b"<table><tr><td>MODEL</td><td>acme-1</td></tr></table>", "text/html")
    assert [b.kind for b in table.blocks] == [BlockKind.TABLE]
    fragment = parse(b"<title>T</title><article><h1>H</h1><p>Some text.</p></article>", "text/html")
    assert (fragment.title, len(fragment.blocks)) == ("T", 2)


def test_no_choice_of_content_loses_a_table() -> None:
    page = (
        b"<body><main><p>Short.</p></main><section><table><tr><td>acme-1</td><td>$1</td></tr></table></section></body>"
    )
    assert any(b.grid for b in parse(page, "text/html").blocks)


def test_spans_fill_every_position_they_cover() -> None:
    page = b"""<table><tr><td colspan=2>MODEL</td><td>acme-1</td><td>acme-2</td></tr>
    <tr><td rowspan=2>PRICE</td><td>INPUT</td><td colspan=2>$1</td></tr>
    <tr><td>OUTPUT</td><td>$2</td><td>$3</td></tr></table>"""
    grid = parse(page, "text/html").blocks[0].grid
    assert grid is not None
    assert [[c.text.plain for c in row] for row in grid.rows] == [
        ["MODEL", "MODEL", "acme-1", "acme-2"],
        ["PRICE", "INPUT", "$1", "$1"],
        ["PRICE", "OUTPUT", "$2", "$3"],
    ]
    assert grid.rows[2][0].origin == (1, 0)


def test_lists_keep_their_depth() -> None:
    page = b"<ul><li>One<ul><li>Two</li></ul></li><li><p>Three</p></li></ul>"
    assert [(b.kind, b.level, b.text.plain) for b in parse(page, "text/html").blocks] == [
        (BlockKind.ITEM, 1, "One"),
        (BlockKind.ITEM, 2, "Two"),
        (BlockKind.ITEM, 1, "Three"),
    ]


def test_an_accordion_heads_what_it_holds_and_nothing_else() -> None:
    page = b"<h2>Models</h2><details><summary>Older</summary><p>acme-0 is old.</p></details><p>After it.</p>"
    headings = [b.heading for b in parse(page, "text/html").blocks if b.kind is BlockKind.PARAGRAPH]
    assert headings == [("Models", "Older"), ("Models",)]


def test_a_price_table_in_a_script_is_data_and_library_options_are_not() -> None:
    page = b"""<p>Prices</p><script>const presets = { // per 1M
      'acme-1': { name: 'Acme 1', input: 0.50, output: 1, },
      acme2: {name: "Acme \\u0032", input: -1.5e1, output: null} };
      var options = {debug: true}; const computed = [price(1)];</script>"""
    trees = [b.tree for b in parse(page, "text/html").blocks if b.kind is BlockKind.DATA]
    assert trees == [
        {
            "acme-1": {"name": "Acme 1", "input": 0.5, "output": 1},
            "acme2": {"name": "Acme 2", "input": -15.0, "output": None},
        }
    ]


def test_framework_state_loses_what_changes_with_every_request() -> None:
    def page(build: str) -> bytes:
        state = f'{{"buildId":"{build}","csrfToken":"{build}","props":{{"models":[{{"id":"acme-1"}}]}}}}'
        return f'<p>x</p><script id="__NEXT_DATA__" type="application/json">{state}</script>'.encode()

    first, second = parse(page("aaa"), "text/html"), parse(page("bbb"), "text/html")
    assert first.blocks[1].tree == {"props": {"models": [{"id": "acme-1"}]}}
    assert first.text_digest == second.text_digest


def test_a_badge_is_the_text_of_its_address() -> None:
    page = (
        b'<p><a href="LICENSE"><img alt="License" src="https://img.shields.io/badge/License-Apache_2.0-blue?x"></a></p>'
    )
    assert parse(page, "text/html").blocks[0].text.plain == "License: Apache 2.0"


@pytest.mark.parametrize(
    "page", ["<div>" * 200_000, "<li>x" * 400_000, "<table><tr>" + "<td colspan=100000>x" * 100_000]
)
def test_hostile_pages_are_refused_in_a_sentence(page: str) -> None:
    with pytest.raises(DocumentError, match="headwater reads no"):
        parse(page.encode(), "text/html")
