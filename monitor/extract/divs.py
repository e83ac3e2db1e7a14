"""Fenced divs of pandoc and admonitions of Docusaurus (`:::note[Title]` ... `:::`) as a block rule of markdown-it."""

from __future__ import annotations

import html
import re

from markdown_it import MarkdownIt
from markdown_it.rules_block import StateBlock

from monitor.extract.walker import COMPONENT

_OPEN = re.compile(
    r":{3,}\s*(?:\{(?P<attributes>[^{}]*)\}|(?P<word>[\w-]+))(?:\[(?P<title>[^\]]*)\]|\s+(?P<rest>[^:{]*))?.*"
)
_CLOSE = re.compile(r":{3,}\s*")
_CLASS = re.compile(r"(?:^|\s)\.([\w-]+)")
_PAIR = re.compile(r"([\w-]+)=\"([^\"]*)\"")
_ID = re.compile(r"(?:^|\s)#([\w-]+)")


def divs_plugin(markdown: MarkdownIt) -> None:
    """Adds the rule. An opening line becomes a `div` with its classes, or a titled component; `:::` closes it."""
    markdown.block.ruler.before("fence", "fenced_div", _rule, {"alt": ["paragraph", "reference", "blockquote", "list"]})


def _rule(state: StateBlock, start_line: int, _end_line: int, silent: bool) -> bool:
    start = state.bMarks[start_line] + state.tShift[start_line]
    if not state.src.startswith(":::", start):
        return False
    line = state.src[start : state.eMarks[start_line]].strip()
    opening = _OPEN.fullmatch(line)
    if not opening and not _CLOSE.fullmatch(line):
        return False
    if silent:
        return True
    open_tags: list[str] = state.env.setdefault("divs", [])
    token = state.push("html_block", "", 0)
    token.map = [start_line, start_line + 1]
    if opening:
        tag, token.content = _tag(opening)
        open_tags.append(tag)
    else:
        token.content = f"</{open_tags.pop()}>\n" if open_tags else ""
    state.line = start_line + 1
    return True


def _tag(opening: re.Match[str]) -> tuple[str, str]:
    title = (opening["title"] or "").strip()
    if title:
        return COMPONENT, f'<{COMPONENT} title="{html.escape(title)}">\n'
    attributes = opening["attributes"] or f".{opening['word']}"
    values = {"class": " ".join(_CLASS.findall(attributes)), **dict(_PAIR.findall(attributes))}
    identifier = _ID.search(attributes)
    if identifier:
        values["id"] = identifier.group(1)
    written = "".join(
        f' {name}="{html.escape(value)}"' for name, value in values.items() if name in ("class", "id", "role")
    )
    return "div", f"<div{written}>\n"
