"""MDX components become plain elements: their children are content, their titles and labels are text."""

from __future__ import annotations

import html
import re

from monitor.extract.dom import COMPONENT

_FENCE = re.compile(r"^[ \t]*(`{3,}|~{3,}).*?(?:^[ \t]*\1[`~]*[ \t]*$|\Z)|`[^`\n]*`", re.S | re.M)
_MODULE = re.compile(r"^(?:import\s[^\n]*?from\s*['\"][^\n]*|export\s+(?:const|default)\s[^\n]*)$", re.M)
_COMMENT = re.compile(r"\{/\*.*?\*/\}", re.S)
_TAG = re.compile(r"<(/?)([A-Z][\w.]*)((?:\s+(?:[\w:-]+(?:\s*=\s*(?:\"[^\"]*\"|'[^']*'|\{[^{}]*(?:\{[^{}]*\}[^{}]*)*\}))?|\{\.\.\.[^}]*\}))*)\s*(/?)>")
_ATTRIBUTE = re.compile(r"([\w:-]+)\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|\{\s*[\"'`]([^\"'`{}]*)[\"'`]\s*\})")
_TITLES = ("title", "label", "header", "heading", "name")


def as_elements(source: str) -> str:
    """Markdown in which components are `x-component` elements with a `title`. Code is left as it is."""
    if "<" not in source and "{/*" not in source:
        return source
    parts: list[str] = []
    position = 0
    for code in _FENCE.finditer(source):
        parts.append(_rewrite(source[position : code.start()]))
        parts.append(code.group())
        position = code.end()
    parts.append(_rewrite(source[position:]))
    return "".join(parts)


def _rewrite(source: str) -> str:
    return _TAG.sub(_element, _COMMENT.sub("", _MODULE.sub("", source)))


def _element(match: re.Match[str]) -> str:
    closing, _, attributes, empty = match.groups()
    if closing:
        return f"</{COMPONENT}>"
    values = {name: a or b or c for name, a, b, c in _ATTRIBUTE.findall(attributes)}
    title = next((values[name] for name in _TITLES if values.get(name)), "")
    opening = f'<{COMPONENT} title="{html.escape(title)}">' if title else f"<{COMPONENT}>"
    return f"{opening}</{COMPONENT}>" if empty else opening
