"""Shells: a 200 that is not the page. The home page under another address, an application without content."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from monitor.extract.reading import Reading
from snapshots.diff.blocks import folded

_APP_SHELL = re.compile(
    r"enable javascript|javascript is (?:required|disabled)|loading\W*$|just a moment|checking your browser",
    re.IGNORECASE,
)
_UNRELATED = 0.08
_WALL_WORDS = 150
_WALL_TITLE = re.compile(
    r"^\W*(?:please )?(?P<login>(?:sign|log)[ -]?(?:in|on)\b|login\b|authentication required)"
    r"|^\W*(?P<consent>before you continue|your privacy choices|we value your privacy|(?:cookie )?consent\b)"
    r"|(?P<robot>attention required|access denied|verify (?:that )?you are (?:a )?human|are you (?:a )?(?:human|robot)"
    r"|security check(?:point)?\b|captcha)",
    re.IGNORECASE,
)
_WALL_PATH = re.compile(
    r"/(?:(?P<login>login|log-in|signin|sign-in|sso|oauth2?|authorize)|(?P<consent>consent|cookie-consent)"
    r"|(?P<robot>captcha|challenge|robots?-check))(?:[/.]|$)",
    re.IGNORECASE,
)


def shell_reason(old: Reading | None, new: Reading, url: str, expect_title: str) -> str | None:
    """A sentence when the new version is a shell and not the page at `url`, else None.

    `old` is the last good version. Without one only the page's own word counts: its canonical address, its title
    against `expect_title` (empty when unknown), and whether it has any content.
    """
    if reason := _elsewhere(new, url):
        return reason
    words = sum(len(passage.text.split()) for passage in new.passages)
    if words < 40 and any(_APP_SHELL.search(passage.text) for passage in new.passages):
        return "The answer is an application shell without content."
    if not new.passages or words == 0:
        return "The answer has no content."
    if expect_title and new.document.title and not _shares_word(expect_title, new.document.title):
        return f"The title is {new.document.title!r}, not {expect_title!r}."
    if old is not None and is_replaced(old, new):
        return (
            f"Nothing of the last good version is left: the title is {new.document.title!r}, it was "
            f"{old.document.title!r}."
        )
    return None


def wall_reason(new: Reading, url: str, final_url: str) -> str | None:
    """A sentence when a login, a consent or a robot check stands where the page should be, else None.

    Only a short page counts: many a document has a login in its header or speaks of robots.
    """
    if sum(len(passage.text.split()) for passage in new.passages) > _WALL_WORDS:
        return None
    title = new.document.title or next((p.text for p in new.passages), "")
    if match := _WALL_TITLE.search(title[:200]):
        return f"The title is {title[:80]!r}: a {_wall(match)} stands in front of the page."
    here, there = urlsplit(url), urlsplit(final_url)
    if here.path != there.path and (match := _WALL_PATH.search(there.path)):
        return f"The address leads to {there.path[:80]}: a {_wall(match)} stands in front of the page."
    return None


def _wall(match: re.Match[str]) -> str:
    return {"login": "login", "consent": "request for consent", "robot": "robot check"}[match.lastgroup or "login"]


def _elsewhere(new: Reading, url: str) -> str | None:
    declared = new.document.canonical_url
    if not declared or not url:
        return None
    there, here = urlsplit(declared), urlsplit(url)
    if there.netloc != here.netloc:
        return None
    here_path, there_path = here.path.rstrip("/"), there.path.rstrip("/")
    if here_path and not there_path:
        return f"The page says its address is {declared}, the home page, not {url}."
    return None


def is_replaced(old: Reading, new: Reading) -> bool:
    """Whether two readings have another title and next to nothing in common, neither text nor facts.

    That alone does not say which of the two is the shell: hold the new one, and take it as a new baseline, without
    changes, when later checks confirm it.
    """
    if not old.document.title or folded(old.document.title) == folded(new.document.title):
        return False
    if {fact.key for fact in old.facts} & {fact.key for fact in new.facts}:
        return False
    before = {folded(passage.text) for passage in old.passages if len(passage.text) > 20}
    after = {folded(passage.text) for passage in new.passages if len(passage.text) > 20}
    if min(len(before), len(after)) < 3:
        return False
    return len(before & after) / min(len(before), len(after)) < _UNRELATED


def _shares_word(expected: str, title: str) -> bool:
    words = set(re.findall(r"\w{3,}", expected.casefold()))
    return not words or bool(words & set(re.findall(r"\w{3,}", title.casefold())))
