"""Data files, feeds, licenses and damaged bytes."""

from __future__ import annotations

import pytest

from monitor.extract.document import BlockKind, DocumentError
from monitor.extract.parse import parse

# Nine names, each nine times the one before: a few hundred bytes that would become a thousand million values.
ALIASES = "n0: &n0 [x]\n" + "".join(f"n{i}: &n{i} [{', '.join([f'*n{i - 1}'] * 9)}]\n" for i in range(1, 10))


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        ('{"id": "acme-1", "cost": {"input": 0.5}}', "application/json; charset=utf-8"),
        ('{"id": "acme-1", "cost": {"input": 0.5}}', "text/plain"),
        ("id: acme-1\ncost:\n  input: 0.5\n", "application/yaml"),
        ('id = "acme-1"\n[cost]\ninput = 0.5\n', "application/toml"),
    ],
)
def test_data_files_become_one_tree(body: str, content_type: str) -> None:
    document = parse(body.encode(), content_type)
    assert [(b.kind, b.tree) for b in document.blocks] == [(BlockKind.DATA, {"id": "acme-1", "cost": {"input": 0.5}})]
    assert document.title == "acme-1"


@pytest.mark.parametrize(
    ("body", "content_type", "sentence"),
    [
        ('{\n "a": 1,\n}', "json", r"not valid JSON: .+ at line 3"),
        ("a: 1\nb: [1\n", "yaml", r"not valid YAML: .+ at line [23]"),
        ("a = \n", "toml", r"not valid TOML: .+line 1"),
        ("<rss><channel>", "application/rss+xml", r"not valid XML: .+ at line 1"),
        ("<page></page>", "application/xml", "no RSS or Atom feed"),
        ("[" * 100_000, "yaml", "nested more than 100 levels"),
        ("[" * 100_000, "json", "nested too deep"),
        (ALIASES, "yaml", "aliases followed"),
    ],
)
def test_broken_data_is_refused_with_its_place(body: str, content_type: str, sentence: str) -> None:
    with pytest.raises(DocumentError, match=sentence):
        parse(body.encode(), content_type)


def test_entries_of_feeds_are_dated_headings() -> None:
    rss = b"""<?xml version="1.0"?><rss><channel><title>Acme news</title><link>https://acme.example</link><item>
    <title>acme-0 ends</title><pubDate>Tue, 01 Jan 2030 23:30:00 -0200</pubDate>
    <description>&lt;p&gt;It ends on &lt;b&gt;2030-06-01&lt;/b&gt;.&lt;/p&gt;</description></item></channel></rss>"""
    document = parse(rss, "application/rss+xml")
    assert (document.title, document.canonical_url) == ("Acme news", "https://acme.example")
    assert [b.text.plain for b in document.blocks] == ["2030-01-02: acme-0 ends", "It ends on 2030-06-01."]
    assert document.blocks[1].heading == ("2030-01-02: acme-0 ends",)


def test_entities_of_feeds_are_not_followed() -> None:
    bomb = b'<!DOCTYPE r [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><rss><channel><title>&b;</title></channel></rss>'
    assert "aaaa" not in parse(bomb, "application/rss+xml").title


def test_a_license_is_paragraphs_with_its_first_line_as_title() -> None:
    document = parse(b"MIT License\n\nCopyright (c) 2030 Acme\n\nPermission is hereby\ngranted.\n", "text/plain")
    assert document.title == "MIT License"
    assert document.blocks[-1].text.plain == "Permission is hereby granted."
    assert document.blocks[-1].line == 5


def test_a_page_served_as_markdown_is_read_as_a_page() -> None:
    document = parse(b"<!doctype html><html><body><nav>x</nav><p>Text.</p></body></html>", "text/markdown")
    assert [b.text.plain for b in document.blocks] == ["Text."]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "cp1252"])
def test_the_encoding_is_found(encoding: str) -> None:
    body = "<p>caf\u00e9 \u2013 acme</p>".encode(encoding)
    content_type = "text/html; charset=iso-8859-1" if encoding == "cp1252" else "text/html"
    assert parse(body, content_type).blocks[0].text.plain == "caf\u00e9 \u2013 acme"


@pytest.mark.parametrize("misread", ["latin-1", "cp1252"])
def test_utf8_that_was_misread_and_saved_again_is_mended(misread: str) -> None:
    text = "<p>acme-1 \u2713 costs 2\u20ac\uff08Beta\uff09 \u00d7 3</p>"
    undefined = (0x81, 0x8D, 0x8F, 0x90, 0x9D)
    damaged = "".join(
        chr(byte) if misread == "latin-1" or byte in undefined else bytes([byte]).decode(misread)
        for byte in text.encode()
    )
    document = parse(damaged.encode(), "text/html")
    assert document.blocks[0].text.plain == "acme-1 \u2713 costs 2\u20ac\uff08Beta\uff09 \u00d7 3"
    assert "Latin-1" in document.repairs[0]


def test_real_accents_are_not_mended() -> None:
    document = parse(
        "<p>d\u00e9j\u00e0 vu, \u00c2ge, 20\u00a0% \u00ab\u00a0na\u00efve\u00a0\u00bb</p>".encode(), "text/html"
    )
    assert document.repairs == ()
    assert document.blocks[0].text.plain.startswith("d\u00e9j\u00e0 vu, \u00c2ge")


def test_nuls_are_dropped_and_told() -> None:
    document = parse(b"# A\x00cme\n\nText.\n", "text/markdown")
    assert (document.title, document.repairs) == ("Acme", ("dropped 1 NUL characters",))


def test_too_large_a_body_is_refused() -> None:
    with pytest.raises(DocumentError, match="reads at most 4,000,000"):
        parse(b" " * (10 * 1024 * 1024 + 1), "text/html")


@pytest.mark.parametrize("content_type", ["", "text/html", "text/markdown"])
def test_bytes_that_are_no_text_are_refused_in_a_sentence(content_type: str) -> None:
    picture = b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 40
    with pytest.raises(DocumentError, match="no text"):
        parse(picture, content_type)


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_text_of_two_bytes_a_letter_is_read_without_a_mark(encoding: str) -> None:
    document = parse("<p>acme-1 costs $2 a million tokens</p>".encode(encoding), "text/html")
    assert document.blocks[0].text.plain == "acme-1 costs $2 a million tokens"


@pytest.mark.parametrize("charset", ["idna", "unicode_escape", "no-such"])
def test_a_charset_that_is_none_of_pages_is_passed_over(charset: str) -> None:
    document = parse(b"<p>caf\xe9 \\u0041</p>", f"text/html; charset={charset}")
    assert document.blocks[0].text.plain == "caf\ufffd \\u0041"
