"""Front matter of a Markdown file, and the headers that mirrors and readers put in front of a page they captured."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from monitor.extract.document import DocumentError, Tree
from monitor.extract.formats.data import load

_FENCED = re.compile(r"\A\ufeff?---[ \t]*\n(.*?)^(?:---|\.\.\.)[ \t]*(?:\n|\Z)", re.DOTALL | re.MULTILINE)
_TOML = re.compile(r"\A\ufeff?\+\+\+[ \t]*\n(.*?)^\+\+\+[ \t]*(?:\n|\Z)", re.DOTALL | re.MULTILINE)
_READER = re.compile(
    r"\A\s*Title:[ \t]*(?P<title>[^\n]*)\n\s*URL Source:[ \t]*(?P<url>\S+)(?P<rest>.*?)Markdown Content:[ \t]*\n",
    re.DOTALL,
)
_SOURCE_LINE = re.compile(
    r"(?:> ?)?(?:Source(?: URL)?|URL|Original URL|Retrieved from):[ \t]*<?(?P<url>https?://[^\s>\[]+)>?[ \t]*",
    re.IGNORECASE,
)
_CAPTURE_LINE = re.compile(
    r"(?:> ?)?(?:Last )?(?:fetched|crawled|retrieved|captured|scraped|archived|published time)(?: (?:on|at))?:"
    r"[^\n]{0,80}",
    re.IGNORECASE,
)
_HEAD_LINES = 12
# What only a capture tool writes; one of these beside an address makes the front matter the mirror's, not the page's.
_CAPTURED = frozenset(
    {
        "fetched",
        "fetched_at",
        "crawled_at",
        "scraped_at",
        "captured_at",
        "retrieved",
        "retrieved_at",
        "created",
        "clipped",
    }
)
_ADDRESS = ("url", "source", "original_url", "source_url", "canonical")
# Bookkeeping of the publisher's own editor.
_EDITED = frozenset({"createdat", "updatedat", "created_at", "updated_at", "last_updated", "lastmod", "last_modified"})


@dataclass(frozen=True, slots=True)
class Head:
    """What stands before the text. `tree` is the page's own front matter and part of what it says; it is `None` for a
    mirror's. `lines` is how many lines of the source it takes; `ignored` says what was left out.
    """

    metadata: Mapping[str, Tree] = field(default_factory=dict)
    tree: Mapping[str, Tree] | None = None
    canonical_url: str = ""
    title: str = ""
    lines: int = 0
    ignored: tuple[str, ...] = ()


def split_head(text: str) -> tuple[Head, str]:
    """The head and the rest. Front matter that does not parse is left in the text."""
    reader = _READER.match(text)
    if reader:
        return (
            Head(
                metadata={"title": reader["title"].strip(), "url": reader["url"]},
                canonical_url=reader["url"],
                title=reader["title"].strip(),
                lines=text.count("\n", 0, reader.end()),
                ignored=("header of a reader service",),
            ),
            text[reader.end() :],
        )
    head, rest = _front_matter(text)
    return _capture_lines(head, rest)


def _front_matter(text: str) -> tuple[Head, str]:
    for pattern, language in ((_FENCED, "yaml"), (_TOML, "toml")):
        found = pattern.match(text)
        if not found:
            continue
        try:
            tree = load(found.group(1), language)
        except DocumentError:
            return Head(), text
        if not isinstance(tree, Mapping):
            return Head(), text
        return _head_of(tree, text.count("\n", 0, found.end())), text[found.end() :]
    return Head(), text


def _head_of(tree: Mapping[str, Tree], lines: int) -> Head:
    lowered = {key.lower(): value for key, value in tree.items()}
    address = next((str(lowered[key]) for key in _ADDRESS if str(lowered.get(key, "")).startswith("http")), "")
    title = str(lowered.get("title") or "")
    mirrored = bool(address) and not _CAPTURED.isdisjoint(lowered)
    own = None if mirrored else {key: value for key, value in tree.items() if key.lower() not in _EDITED}
    return Head(tree, own, address, title, lines, ("front matter of a mirror",) if mirrored else ())


def _capture_lines(head: Head, text: str) -> tuple[Head, str]:
    """Drops the lines near the top in which a mirror says where and when it took the page."""
    lines = text.split("\n")
    url, dropped = "", False
    for index, line in enumerate(lines[:_HEAD_LINES]):
        bare = line.strip()
        source = _SOURCE_LINE.fullmatch(bare)
        if source:
            url = url or source["url"]
        if source or _CAPTURE_LINE.fullmatch(bare):
            lines[index] = ""
            dropped = True
    if not dropped:
        return head, text
    return (
        Head(
            head.metadata,
            head.tree,
            head.canonical_url or url,
            head.title,
            head.lines,
            (*head.ignored, "capture note of a mirror"),
        ),
        "\n".join(lines),
    )
