"""MDX components become plain elements: their children are content, their titles and labels are text.

A component that starts a line is a block and may hold Markdown; one within a line is in-line. Expressions are not
evaluated, but an attribute that is a table written as a literal is kept as data.
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterable, Iterator

from monitor.extract.document import Tree
from monitor.extract.formats.literals import LiteralError, read_literal
from monitor.extract.formats.scripts import is_table
from monitor.extract.formats.sourcelines import SourceLine, outside_code
from monitor.extract.markup.walker import COMPONENT, INLINE_COMPONENT

_BRACES = r"\{(?:[^{}]|\{(?:[^{}]|\{[^{}]*\})*\})*\}"
_SCANNED = re.compile(
    r"(?P<code>^[ \t]*(?P<fence>`{3,}|~{3,})[^\n]*\n(?:.*?^[ \t]*(?P=fence)[`~]*[ \t]*$|.*\Z)"
    r"|(?P<ticks>`+)[^`\n]+(?P=ticks))"
    r"|(?P<comment>\{/\*.*?\*/\})"
    r"|(?P<module>^(?:import\s[^\n]*?['\"][^\n]*|export\s+(?:default|const|let)\s[^\n]*)$)"
    rf"|<(?P<close>/?)(?P<name>[A-Z][\w.]*)(?P<attributes>(?:\s+(?:[\w:-]+(?:\s*=\s*(?:\"[^\"]*\"|'[^']*'|{_BRACES}))?"
    rf"|{_BRACES}))*)\s*(?P<empty>/?)>",
    re.DOTALL | re.MULTILINE,
)
_ATTRIBUTE = re.compile(r"([\w:-]+)\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|\{\s*[\"'`]([^\"'`{}]*)[\"'`]\s*\})")
_LITERAL = re.compile(r"([\w:-]+)\s*=\s*\{\s*(?=[\[{])")
# Icons that are all a cell says: `<Check size={18} />`.
_SIGNS = (
    ("✓", re.compile(r"(?:\w+\.)?(?:Icon)?(?:Check|CheckMark|Checkmark|Tick|Yes)(?:Circle)?(?:Icon)?")),
    ("✗", re.compile(r"(?:\w+\.)?(?:Icon)?(?:Cross|CrossMark|X|XMark|No)(?:Circle)?(?:Icon)?")),
)
_TITLES = ("title", "label", "header", "heading", "name")
_WIDEST_INDENT = 200
_BLOCK_TAG = re.compile(rf"</?{COMPONENT}")
_TAGS = re.compile(rf"\s*(?:</?{COMPONENT}(?: title=\"[^\"]*\")?>|<script type=\"application/json\".*?</script>)\s*")
_CLOSING = f"</{COMPONENT}>"
_ITEM = re.compile(r"(?:[-*+]|\d{1,9}[.)])\s")


def has_components(source: str) -> bool:
    """Whether a text may hold MDX components."""
    return re.search(r"<[A-Z][\w.]*[\s/>]", source) is not None


def as_elements(source: str) -> str:
    """MDX in which components are elements, line for line. Code is left as it is; imports and comments vanish."""
    return "\n".join(_dedented(_Rewriter(source).text().split("\n")))


def components_apart(lines: Iterable[SourceLine]) -> Iterator[SourceLine]:
    """The lines of rewritten MDX with the tags of components on lines of their own, so that what is between them is
    Markdown. Text that is indented for looks loses its indentation: MDX has no indented code.
    """
    in_list = False
    for line, is_code in outside_code(lines):
        if is_code:
            yield line
            continue
        text = line.text
        if text.strip() and not text.startswith(" "):
            in_list = _ITEM.match(text) is not None
        if _BLOCK_TAG.match(text.lstrip()) or text.rstrip().endswith(_CLOSING):
            in_list = False
            yield from _taken_apart(line)
        else:
            yield line if in_list or not text.startswith("    ") else SourceLine(text.lstrip(), line.number)


def _taken_apart(line: SourceLine) -> Iterator[SourceLine]:
    body, end = line.text, 0
    while tag := _TAGS.match(body, end):
        yield from line.alone(tag.group().strip())
        end = tag.end()
    body = body[end:].strip()
    closing = 0
    while body.endswith(_CLOSING):
        body = body.removesuffix(_CLOSING).rstrip()
        closing += 1
    if body:
        yield SourceLine(body, line.number)
    for _ in range(closing):
        yield from line.alone(_CLOSING)


class _Rewriter:
    def __init__(self, source: str) -> None:
        self._source = source
        self._open: list[str] = []
        self._block_end = -1

    def text(self) -> str:
        return _SCANNED.sub(self._replace, self._source)

    def _replace(self, match: re.Match[str]) -> str:
        if match["code"]:
            return match.group()
        lines = "\n" * match.group().count("\n")
        if not match["name"]:
            return lines
        if match["close"]:
            tag = self._open.pop() if self._open else COMPONENT
            return f"</{tag}>"
        if match["empty"] and (sign := _sign(match["name"])):
            return sign + lines
        tag = COMPONENT if self._starts_line(match.start()) else INLINE_COMPONENT
        if tag == COMPONENT:
            self._block_end = match.end()
        if not match["empty"]:
            self._open.append(tag)
        return self._element(tag, match["name"], match["attributes"], closed=bool(match["empty"])) + lines

    def _starts_line(self, position: int) -> bool:
        """Only white space, or other block components, stand before it on its line."""
        start = max(self._source.rfind("\n", max(0, position - _WIDEST_INDENT), position) + 1, self._block_end)
        if position - start > _WIDEST_INDENT:
            return False
        return not self._source[start:position].strip()

    @staticmethod
    def _element(tag: str, name: str, attributes: str, *, closed: bool) -> str:
        values = {key: a or b or c for key, a, b, c in _ATTRIBUTE.findall(attributes)}
        title = next((values[key] for key in _TITLES if values.get(key)), "") if tag == COMPONENT else ""
        opening = f'<{tag} title="{html.escape(" ".join(title.split()))}">' if title else f"<{tag}>"
        data = (
            "".join(_script(f"{name}.{key}", tree) for key, tree in _literals(attributes)) if tag == COMPONENT else ""
        )
        return f"{opening}{data}</{tag}>" if closed else opening + data


def _sign(name: str) -> str:
    """The tick or the cross that an icon without text shows, by its name; empty for other components."""
    return next((sign for sign, pattern in _SIGNS if pattern.fullmatch(name)), "")


def _literals(attributes: str) -> Iterator[tuple[str, Tree]]:
    for match in _LITERAL.finditer(attributes):
        try:
            tree, _ = read_literal(attributes, match.end())
        except LiteralError:
            continue
        if is_table(tree):
            yield match.group(1), tree


def _script(name: str, tree: Tree) -> str:
    written = json.dumps(tree).replace("</", "<\\/")
    return f'<script type="application/json" id="{html.escape(name)}">{written}</script>'


def _dedented(lines: list[str]) -> Iterator[str]:
    """Children are indented for looks; what they are indented by must not count as Markdown."""
    bases: list[int | None] = []
    for line in lines:
        opened, closed = line.count(f"<{COMPONENT}"), line.count(_CLOSING)
        indent = len(line) - len(line.lstrip())
        if opened or closed:
            line = line.lstrip()
        elif bases and line.strip():
            if bases[-1] is None:
                bases[-1] = indent
            line = line[min(indent, bases[-1] or 0) :]
        yield line
        for _ in range(closed - opened):
            if bases:
                bases.pop()
        bases.extend([None] * (opened - closed))
