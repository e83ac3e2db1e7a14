"""Bytes become text: the encoding is found, and damage that is certain is mended."""

from __future__ import annotations

import codecs
import re

from monitor.extract.mojibake import mend

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


def decode(body: bytes, content_type: str) -> tuple[str, tuple[str, ...]]:
    """The text of a body and what was repaired on the way, in words.

    Order: byte order mark, UTF-8 if it fits, the header's charset, the document's own, UTF-8 with replacements. UTF-8
    goes first because text that decodes as UTF-8 and is not ASCII is practically never anything else, and servers
    name wrong charsets more often than that. Line ends become line feeds.
    """
    text, repairs = _decode(body, content_type)
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
        "cp1252" if name.lower() in ("iso-8859-1", "latin-1", "latin1", "us-ascii", "ascii") else name for name in found
    ]
