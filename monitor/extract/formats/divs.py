"""Fenced divs of pandoc and admonitions of Docusaurus (`:::note[Title]` ... `:::`) become elements."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Iterator

from monitor.extract.formats.sourcelines import SourceLine, outside_code
from monitor.extract.markup.walker import COMPONENT

_OPEN = re.compile(
    r":{3,}\s*(?:\{(?P<attributes>[^{}]*)\}|(?P<word>[\w-]+))(?:\[(?P<title>[^\]]*)\]|\s+(?P<rest>[^:{]*))?.*"
)
_CLOSE = re.compile(r":{3,}\s*")
_CLASS = re.compile(r"(?:^|\s)\.([\w-]+)")
_PAIR = re.compile(r"([\w-]+)=\"([^\"]*)\"")
_ID = re.compile(r"(?:^|\s)#([\w-]+)")


def divs_as_elements(lines: Iterable[SourceLine]) -> Iterator[SourceLine]:
    """The lines with each opening line as a `div` with its classes, or a titled component; `:::` closes it."""
    open_tags: list[str] = []
    for line, is_code in outside_code(lines):
        text = line.text.strip()
        opening = None if is_code or not text.startswith(":::") else _OPEN.fullmatch(text)
        if opening:
            tag, written = _tag(opening)
            open_tags.append(tag)
            yield from line.alone(written)
        elif not is_code and _CLOSE.fullmatch(text):
            yield from line.alone(f"</{open_tags.pop()}>" if open_tags else "")
        else:
            yield line


def _tag(opening: re.Match[str]) -> tuple[str, str]:
    title = (opening["title"] or "").strip()
    if title:
        return COMPONENT, f'<{COMPONENT} title="{html.escape(title)}">'
    attributes = opening["attributes"] or f".{opening['word']}"
    values = {"class": " ".join(_CLASS.findall(attributes)), **dict(_PAIR.findall(attributes))}
    identifier = _ID.search(attributes)
    if identifier:
        values["id"] = identifier.group(1)
    written = "".join(
        f' {name}="{html.escape(value)}"' for name, value in values.items() if name in ("class", "id", "role")
    )
    return "div", f"<div{written}>"
