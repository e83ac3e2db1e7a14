"""Several files as one version: what goes in comes out, whatever the files hold."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.extract.document import BlockKind, DocumentError
from monitor.extract.formats.parts import MULTIPART, Part, join_parts, split_parts
from monitor.extract.parse import parse

CARD = Part("", "text/markdown; charset=utf-8", b"---\nlicense: mit\n---\n# Acme\n\nA model.\n")
ENTRY = Part("entry", "application/json", b'{"id": "acme/acme-7b"}')


@given(st.lists(st.binary(max_size=200), min_size=1, max_size=5))
def test_parts_come_back_byte_for_byte(bodies: list[bytes]) -> None:
    parts = [Part(f"part {n}", "text/plain", body) for n, body in enumerate(bodies)]
    body, boundary = join_parts(parts)
    assert split_parts(body, f"{MULTIPART}; boundary={boundary}") == tuple(parts)
    assert join_parts(parts) == (body, boundary)


def test_a_part_cannot_forge_another() -> None:
    body, boundary = join_parts([CARD, ENTRY])
    forged = Part("", "text/markdown", b"# Acme\r\n" + body)
    again, other = join_parts([forged, ENTRY])
    assert other != boundary
    assert split_parts(again, f"{MULTIPART}; boundary={other}") == (forged, ENTRY)


def test_the_parts_are_one_document() -> None:
    body, boundary = join_parts([CARD, ENTRY])
    document = parse(body, f"{MULTIPART}; boundary={boundary}")
    assert (document.title, document.metadata["license"]) == ("Acme", "mit")
    (data,) = [block for block in document.blocks if block.kind is BlockKind.DATA and block.key.startswith("entry/")]
    assert data.heading == ("entry",)
    assert document.text_digest != parse(CARD.body, CARD.content_type).text_digest


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (b"text", MULTIPART),
        (b"text", f"{MULTIPART}; boundary=x"),
        (b"--x\r\n\r\ntext", f"{MULTIPART}; boundary=x"),
        (b"--x\r\n\r\ntext\r\n" * 50 + b"--x--", f"{MULTIPART}; boundary=x"),
        (b"--x--", f"{MULTIPART}; boundary=x"),
    ],
)
def test_what_has_no_parts_is_refused(body: bytes, content_type: str) -> None:
    with pytest.raises(DocumentError, match="parts"):
        parse(body, content_type)
