"""Bytes become text: the encoding is found, and damage that is certain is mended."""

from __future__ import annotations

import codecs
import re

from monitor.extract.document import DocumentError
from monitor.extract.repair.mojibake import mend

_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_HEADER_CHARSET = re.compile(r"charset\s*=\s*[\"']?\s*([\w.:-]+)", re.IGNORECASE)
_META_CHARSET = re.compile(
    rb"<meta[^>]{0,200}?charset\s*=\s*[\"']?\s*([\w.:-]+)|<\?xml[^>]{0,200}?encoding=[\"']([\w.:-]+)", re.IGNORECASE
)
_SNIFFED = 4_096
_CONTROLS = re.compile("[\x00-\x08\x0b\x0e-\x1f]")
_NO_TEXT = re.compile("[\x00-\x08\x0e-\x1a\x1c-\x1f\ufffd]")
_MOST_NO_TEXT = 0.1
# What Python calls an encoding and no page is written in; some take time that grows with the square of the length.
_NOT_FOR_PAGES = frozenset({"idna", "punycode", "unicode-escape", "raw-unicode-escape", "utf-7", "undefined"})


def decode(body: bytes, content_type: str) -> tuple[str, tuple[str, ...]]:
    """The text of a body and what was repaired on the way, in words.

    Order: byte order mark, UTF-8 if it fits, the header's charset, the document's own, UTF-8 with replacements. UTF-8
    goes first because text that decodes as UTF-8 and is not ASCII is practically never anything else, and servers
    name wrong charsets more often than that. Line ends become line feeds.

    Raises:
        DocumentError: the bytes are no text in any encoding (a picture, an archive).
    """
    text, repairs = _decode(body, content_type)
    sample = text[:_SNIFFED]
    if len(_NO_TEXT.findall(sample)) > _MOST_NO_TEXT * len(sample):
        raise DocumentError("The bytes are no text: more than a tenth of their beginning are control characters.")
    if "\x00" in text:
        repairs.append(f"dropped {text.count(chr(0)):,} NUL characters")
    text = _CONTROLS.sub("", text.replace("\r\n", "\n").replace("\r", "\n").replace("\x0c", "\n"))
    text, mended = mend(text)
    if mended:
        repairs.append(f"mended {mended:,} runs of UTF-8 that had been read as Latin-1")
    return text, tuple(repairs)


def _decode(body: bytes, content_type: str) -> tuple[str, list[str]]:
    for mark, encoding in _BOMS:
        if body.startswith(mark):
            return body[len(mark) :].decode(encoding, "replace"), []
    if wide := _wide(body[:_SNIFFED]):
        return body.decode(wide, "replace"), [f"read as {wide}, which the page does not say"]
    try:
        return body.decode("utf-8"), []
    except UnicodeDecodeError:
        pass
    for encoding in _declared(body, content_type):
        try:
            return body.decode(encoding), []
        except (LookupError, UnicodeError, ValueError):
            continue
    text = body.decode("utf-8", "replace")
    return text, ["replaced bytes that are not valid in the page's encoding"]


def _wide(start: bytes) -> str:
    """The encoding of text in which every other byte is zero, as Latin letters in UTF-16 are."""
    pairs = len(start) // 2
    for encoding, zeros in (("utf-16-le", start[1::2].count(0)), ("utf-16-be", start[0::2].count(0))):
        if pairs >= 8 and zeros > 0.8 * pairs and start.count(0) < 1.2 * zeros:
            return encoding
    return ""


def _declared(body: bytes, content_type: str) -> list[str]:
    found = []
    header = _HEADER_CHARSET.search(content_type)
    if header:
        found.append(header.group(1))
    meta = _META_CHARSET.search(body[:_SNIFFED])
    if meta:
        found.append((meta.group(1) or meta.group(2)).decode("ascii"))
    # A browser reads what calls itself Latin-1 or ASCII as windows-1252 (https://encoding.spec.whatwg.org/#names-and-labels).
    return [
        "cp1252" if name.lower() in ("iso-8859-1", "latin-1", "latin1", "us-ascii", "ascii") else name
        for name in found
        if name.lower().replace("_", "-") not in _NOT_FOR_PAGES
    ]
