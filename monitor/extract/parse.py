"""Bytes to `Document`: the one entry point of parsing. Pure: no I/O, no clock."""

from __future__ import annotations

import json
import re

from monitor.extract.document import Document, DocumentError
from monitor.extract.formats.data import parse_data
from monitor.extract.formats.encoding import decode
from monitor.extract.formats.feeds import parse_feed
from monitor.extract.formats.html import parse_html
from monitor.extract.formats.markdown import parse_markdown
from monitor.extract.formats.modules import parse_module
from monitor.extract.formats.parts import MULTIPART, merged, split_parts
from monitor.extract.formats.plain import parse_plain
from monitor.extract.limits import MAX_BYTES

_BY_EXTENSION = {
    "html": "html",
    "htm": "html",
    "xhtml": "html",
    "md": "markdown",
    "mdx": "markdown",
    "markdown": "markdown",
    "json": "json",
    "yaml": "yaml",
    "yml": "yaml",
    "toml": "toml",
    "txt": "plain",
    "ts": "plain",
    "js": "plain",
    "mjs": "plain",
    "xml": "feed",
    "rss": "feed",
    "atom": "feed",
}
_BY_TYPE = (
    (re.compile(r"(application/xhtml\+xml|text/html|\bhtml\b)"), "html"),
    (re.compile(r"(markdown|\bmdx?\b)"), "markdown"),
    (re.compile(r"(\bjson\b|\+json)"), "json"),
    (re.compile(r"\b(x-)?ya?ml\b"), "yaml"),
    (re.compile(r"\btoml\b"), "toml"),
    (re.compile(r"(\b(rss|atom)\b|\bxml\b)"), "feed"),
    (re.compile(r"(text/plain|\btxt\b|\bjavascript\b|\btypescript\b)"), "plain"),
)
_PAGE = re.compile(
    r"\s*(?:<!--.*?-->\s*)*(?:<!doctype\s+html|<html[\s>]|<head[\s>]|<body[\s>]|<title[\s>])", re.IGNORECASE | re.DOTALL
)
_FEED = re.compile(r"\s*(?:<\?xml[^>]*>\s*)?(?:<!--.*?-->\s*)*<(?:rss|feed|rdf:RDF)[\s>]", re.DOTALL)
_FRAGMENT = re.compile(
    r"\s*(?:<!--.*?-->\s*)*<(?:table|main|article|div|section|p|h[1-6])[\s>]", re.IGNORECASE | re.DOTALL
)
_MARKDOWN = re.compile(r"^(?:#{1,6} |\s*[-*+] |\s*\|.*\||```|---\s*$|\s*\d+\. )|\]\(https?://", re.MULTILINE)


def parse(body: bytes, content_type: str, *, url: str = "") -> Document:
    """The document in a response body.

    `content_type` is the response's header or a plain word (`html`, `markdown`, `md`, `yaml`); where it is generic or
    contradicts the body, what the body looks like decides. `url` helps when there is no content type. Raises
    `DocumentError`, and nothing else, for what cannot be read.
    """
    if len(body) > MAX_BYTES:
        raise DocumentError(f"The document has {len(body):,} bytes; headwater reads at most {MAX_BYTES:,}.")
    if content_type.startswith(MULTIPART):
        parts = split_parts(body, content_type)
        return merged((part.name, parse(part.body, part.content_type)) for part in parts)
    text, repairs = decode(body, content_type)
    kind = _sniff(text, _declared(content_type, url))
    if kind == "html":
        return parse_html(text, repairs=repairs)
    if kind == "markdown":
        return parse_markdown(text, repairs=repairs)
    if kind == "feed":
        return parse_feed(text, repairs=repairs)
    if kind == "plain":
        return parse_module(text, repairs=repairs) or parse_plain(text, repairs=repairs)
    return parse_data(text, kind, repairs=repairs)


def _declared(content_type: str, url: str) -> str:
    media_type = content_type.split(";", maxsplit=1)[0].strip().lower()
    for pattern, kind in _BY_TYPE:
        if pattern.search(media_type):
            return kind
    name = re.split(r"[?#]", url, maxsplit=1)[0].rsplit("/", 1)[-1]
    return _BY_EXTENSION.get(name.rsplit(".", 1)[-1].lower(), "") if "." in name else ""


def _sniff(text: str, declared: str) -> str:
    """The kind of document, the declared one unless the text says otherwise."""
    start = text[:4_096]
    if declared in ("json", "yaml", "toml"):
        return "html" if _PAGE.match(start) else declared
    if _PAGE.match(start):
        return "html"
    if _FEED.match(start):
        return "feed"
    if declared in ("", "plain") and start.lstrip()[:1] in ("{", "[") and _is_json(text):
        return "json"
    if declared == "" and _FRAGMENT.match(start):
        return "html"
    if declared in ("", "plain"):
        return "markdown" if len(_MARKDOWN.findall(text[:20_000])) >= 3 else "plain"
    if declared == "html" and "<" not in text and _MARKDOWN.search(text):
        return "markdown"
    return declared


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True
