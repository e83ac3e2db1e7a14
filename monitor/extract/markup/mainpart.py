"""Finds the main content of a page and tells what else on it is navigation, notice or decoration.

A page generator's own marks come first; without any, the body is read with its chrome left out. No choice may lose a
table: the narrowest candidate that holds all tables outside the chrome wins.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from lxml.etree import XPath, _Element

# Few elements have the attribute at all: asking for it first halves the time.
_CANDIDATES = tuple(
    XPath(path)
    for path in (
        "descendant-or-self::*[@class][contains(concat(' ', normalize-space(@class), ' '), ' theme-doc-markdown ')]",
        "descendant-or-self::*[@itemprop][@itemprop='articleBody']",
        "descendant-or-self::article",
        "descendant-or-self::main",
        "descendant-or-self::*[@role][@role='main']",
        "descendant-or-self::*[@class][contains(concat(' ', normalize-space(@class), ' '), ' markdown-body ')]",
        "descendant-or-self::*[@id][@id='content' or @id='main-content' or @id='main']",
    )
)
_TAGS = {"nav": "navigation", "aside": "side bar", "footer": "footer", "dialog": "dialog", "menu": "menu"}
_ROLES = {
    "navigation": "navigation",
    "banner": "header",
    "contentinfo": "footer",
    "complementary": "side bar",
    "search": "search",
    "dialog": "dialog",
    "alertdialog": "dialog",
    "menu": "menu",
    "menubar": "menu",
    "tablist": "tab bar",
    "tooltip": "tooltip",
}
# Whole words of class names and ids, after camel case, hyphens and underscores are split.
_WORDS = (
    (re.compile(r"\b(cookies?|consent|gdpr)\b"), "cookie notice"),
    (re.compile(r"\b(toc|table of contents)\b"), "table of contents"),
    (re.compile(r"\bbreadcrumbs?\b"), "breadcrumbs"),
    (re.compile(r"\b(pagination|pager|prev next)\b"), "pagination"),
    (re.compile(r"\b(side ?bar|sidenav|side nav|nav ?bar|navigation|main nav|site nav)\b"), "navigation"),
    (re.compile(r"\b(footer)\b"), "footer"),
    (re.compile(r"\b(skip to content|skip link|skip nav)\b"), "skip link"),
    (re.compile(r"\b(edit this page|edit page|edit link)\b"), "edit link"),
    (re.compile(r"\b(last updated|last modified)\b"), "last-updated line"),
    (re.compile(r"\b(newsletter|subscribe|feedback|was this helpful|share buttons?|social links?)\b"), "page tools"),
    (re.compile(r"\b(announcement bar|site banner|top banner)\b"), "banner"),
    (re.compile(r"\b(sr only|visually hidden)\b"), "screen-reader text"),
)
_CAMEL_HUMP = re.compile(r"(?<=[a-z])(?=[A-Z])")
_NO_LETTERS = re.compile(r"[^a-z]+")
_KEEP = frozenset({"body", "main", "article", "html"})


def find_main(root: _Element) -> _Element:
    """The element that holds the content, `root` itself if nothing narrower holds every table."""
    body = root if root.tag == "body" else root.find(".//body")
    scope = root if body is None else body
    tables = _count_tables(scope)
    for candidates in _CANDIDATES:
        found = [element for element in candidates(scope) if chrome_above(element, scope) is None]
        if len(found) == 1 and _count_tables(found[0]) >= tables and _has_text(found[0]):
            return found[0]
    return scope


def chrome(element: _Element) -> str | None:
    """Why an element is no content: a short name for what it is, or `None`."""
    tag = str(element.tag)
    if tag in _KEEP:
        return None
    if tag in _TAGS:
        return _TAGS[tag]
    role = element.get("role", "")
    if role in _ROLES:
        return _ROLES[role]
    if tag == "header":
        return None if next(element.iterdescendants("h1", "h2", "table"), None) is not None else "header"
    names = f"{element.get('class', '')} {element.get('id', '')}"
    if len(names) > 1 and tag in ("div", "section", "ul", "ol", "p", "details", "form"):
        reason = _reason_of(names)
        if reason and not _holds_content(element):
            return reason
    return None


@lru_cache(maxsize=4_096)
def _reason_of(names: str) -> str | None:
    """What the names of an element call it; the same few names stand on most elements of a page."""
    words = _words(names)
    return next((reason for pattern, reason in _WORDS if pattern.search(words)), None)


def chrome_above(element: _Element, scope: _Element) -> str | None:
    """Why an element lies in chrome, looking up to `scope`."""
    for ancestor in _up_to(element, scope):
        reason = chrome(ancestor)
        if reason:
            return reason
    return None


def _up_to(element: _Element, scope: _Element) -> Iterator[_Element]:
    node: _Element | None = element
    while node is not None and node is not scope:
        yield node
        node = node.getparent()


def _words(names: str) -> str:
    return _NO_LETTERS.sub(" ", _CAMEL_HUMP.sub(" ", names[:400]).lower())


def _holds_content(element: _Element) -> bool:
    """A wrapper named after a bar it contains (`docs-with-sidebar`) is not the bar."""
    return next(element.iterdescendants("main", "article", "table", "h1"), None) is not None


def _count_tables(scope: _Element) -> int:
    return sum(1 for table in scope.iterdescendants("table") if chrome_above(table, scope) is None)


def _has_text(element: _Element) -> bool:
    return any(text.strip() for text in element.itertext())
