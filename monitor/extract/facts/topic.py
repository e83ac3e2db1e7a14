"""The one model a page is about, for sentences and values that do not repeat its name."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from monitor.extract.document import BlockKind
from monitor.extract.prose.hints import Hints
from monitor.extract.values.names import clean_name, is_model_id, is_name

if TYPE_CHECKING:
    from monitor.extract.facts.page import Page

_AFTER_NAME = re.compile(r"\s+(?:model\s+card|model\b|overview\b|[-–—|:]\s)|[:：|]", re.IGNORECASE)
_INTRODUCES = re.compile(r"⟦N0⟧\s+(?:is|are)\b")
# No name is longer, and none begins with these words.
_OPENING = re.compile(
    r"(?!\W*(?:the|this|these|our|we|you|it|in|for|to|if|all|there|they)\s)[^。]{2,120}?\s(?:is|are)\b",
    re.IGNORECASE | re.DOTALL,
)
_may_introduce = Hints(" is", " are")


def topic_of(page: Page) -> str:
    """What the title or first heading names, what the first sentence begins with, or the id that the page's own address
    ends with and its text writes; empty for a page about several models.
    """
    first = next((b for b in page.document.blocks if b.kind is BlockKind.HEADING and b.level == 1), None)
    title = first.text.plain if first is not None else page.document.title
    words = clean_name(_AFTER_NAME.split(title, maxsplit=1)[0])
    return words if is_name(words) else _introduced(page) or _addressed(page)


def _introduced(page: Page) -> str:
    for block in page.prose(_may_introduce):
        opens = block.kind is BlockKind.PARAGRAPH and _OPENING.match(block.text.plain)
        if opens and (sentences := page.sentences(block)):
            named = [m for m in sentences[0].mentions if m.kind == "N"]
            if named and named[0].strong and _INTRODUCES.match(sentences[0].masked):
                return named[0].text
    return ""


def _addressed(page: Page) -> str:
    for url in (page.document.canonical_url, page.url):
        name = unquote(urlsplit(url).path.rstrip("/").rsplit("/", 1)[-1])
        if is_model_id(name) and any(
            re.search(rf"(?<![\w.-]){re.escape(name)}(?![\w-])", b.text.plain) for b in page.document.blocks
        ):
            return name
    return ""
