"""Markdown and MDX become the same blocks."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from monitor.extract.document import Block, BlockKind, DocumentError, MarkKind
from monitor.extract.formats.markdown import rendered
from monitor.extract.parse import parse


def _blocks(text: str) -> tuple[Block, ...]:
    return parse(text.encode(), "text/markdown").blocks


def test_own_front_matter_is_metadata_and_content() -> None:
    document = parse(
        b"---\nlicense: mit\ntags: [a]\nupdatedAt: 2030-01-01\n---\n# Card\n\nText here.\n", "text/markdown"
    )
    assert document.metadata["license"] == "mit"
    assert document.blocks[0].kind is BlockKind.DATA
    assert document.blocks[0].tree == {"license": "mit", "tags": ["a"]}
    assert document.blocks[1].line == 6


@pytest.mark.parametrize(
    "head",
    [
        "---\ntitle: Prices\nsource: https://acme.example/p\nfetched: {day}\n---\n",
        "Title: Prices\n\nURL Source: https://acme.example/p\n\nPublished Time: {day}\n\nMarkdown Content:\n",
        "Source: https://acme.example/p\nLast fetched: {day}T10:00:00\n\n---\n\n",
    ],
    ids=["front matter of a mirror", "header of a reader", "note of a crawler"],
)
def test_what_a_mirror_adds_is_no_part_of_the_page(head: str) -> None:
    body = "# Prices\n\nAll prices are in dollars.\n"
    first, second = (
        parse((head.replace("{day}", day) + body).encode(), "text/markdown") for day in ("2030-01-01", "2031-02-02")
    )
    assert first.text_digest == second.text_digest == parse(body.encode(), "text/markdown").text_digest
    assert first.canonical_url == "https://acme.example/p"
    assert first.ignored


def test_components_hold_content_and_their_titles_head_it() -> None:
    text = """# Models

<AccordionGroup>
  <Accordion title="Older models">
    <Note>Kept for `acme-0` users.</Note>

    - **One** item
  </Accordion>
</AccordionGroup>

After <Tooltip tip="long text">200K</Tooltip> tokens.
"""
    blocks = [(b.kind, b.heading, b.text.plain) for b in _blocks(text)]
    assert blocks[1:] == [
        (BlockKind.HEADING, ("Models",), "Older models"),
        (BlockKind.PARAGRAPH, ("Models", "Older models"), "Kept for acme-0 users."),
        (BlockKind.ITEM, ("Models", "Older models"), "One item"),
        (BlockKind.PARAGRAPH, ("Models",), "After 200K tokens."),
    ]


def test_a_table_in_an_attribute_of_a_component_is_data() -> None:
    text = '# P\n\n<PriceTable rows={[{model: "acme-1", input: 0.5}]} />\n\nText.\n'
    assert [b.tree for b in _blocks(text) if b.kind is BlockKind.DATA] == [[{"model": "acme-1", "input": 0.5}]]


def test_code_is_left_alone() -> None:
    text = '# A\n\n```bash\ncurl <Thing title="x">\n| a | b\n```\n'
    block = _blocks(text)[1]
    assert (block.kind, block.language, block.text.plain) == (BlockKind.CODE, "bash", 'curl <Thing title="x">\n| a | b')


def test_raw_tables_escapes_deletions_and_footnotes_are_read() -> None:
    table = '<table><tr><td colspan="2">MODEL</td><td>acme-1</td></tr></table>'
    text = f"Use acme\\_1, ~~acme\\_0~~[^1].\n\n{table}\n\n[^1]: Gone.\n"
    blocks = _blocks(text)
    assert blocks[0].text.plain.startswith("Use acme_1, acme_0")
    assert blocks[0].text.spans(MarkKind.DELETED) == ("acme_0",)
    assert blocks[1].grid is not None
    assert blocks[1].grid.width == 3
    assert any("Gone." in b.text.plain for b in blocks)


def test_admonitions_and_fenced_divs_are_containers() -> None:
    text = "# A\n\n:::warning[Careful]\nacme-0 ends soon.\n:::\n\n::: {.theme-x #y}\nMore text.\n:::\n"
    assert [b.text.plain for b in _blocks(text)] == ["A", "Careful", "acme-0 ends soon.", "More text."]


def test_a_skip_link_and_what_stands_before_the_title_are_left_out() -> None:
    top = "# Site | Acme\n\n[Skip to main content](#x)\n\n* [Home](/)\n* [Prices](/p)\n\nOn this page\n\n"
    text = f"{top}# Prices\n\nThe prices.\n"
    document = parse(text.encode(), "text/markdown")
    assert [b.text.plain for b in document.blocks] == ["Prices", "The prices."]
    assert document.ignored


def test_texts_that_are_rendered_at_the_same_time_keep_their_strikethroughs() -> None:
    text = "\n\n".join(f"acme-{place} costs ~~${place}~~ less." for place in range(300))

    def struck(_: int) -> int:
        root = rendered(text, None)
        assert root is not None
        return len(root.findall(".//del"))

    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(struck, range(400))) == {300}


@pytest.mark.parametrize("text", ["# a\n" * 60_000, "[" * 200_000, "a" * 2_100_000])
def test_hostile_markdown_is_refused_in_a_sentence(text: str) -> None:
    with pytest.raises(DocumentError, match="headwater reads at most"):
        parse(text.encode(), "text/markdown")
