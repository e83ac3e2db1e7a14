"""MDX components become plain elements: their children are content, their titles and labels are text.

A component that starts a line is a block and may hold Markdown; one within a line is in-line. Expressions are not
evaluated, but an attribute that is a table written as a literal is kept as data.
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterator

from markdown_it import MarkdownIt
from markdown_it.rules_block import StateBlock

from monitor.extract.document import Tree
from monitor.extract.literals import LiteralError, read_literal
from monitor.extract.scripts import is_table
from monitor.extract.walker import COMPONENT, INLINE_COMPONENT

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
_TITLES = ("title", "label", "header", "heading", "name")
_WIDEST_INDENT = 200
_BLOCK_TAG = re.compile(rf"</?{COMPONENT}")
_TAGS = re.compile(rf"\s*(?:</?{COMPONENT}(?: title=\"[^\"]*\")?>|<script type=\"application/json\".*?</script>)\s*")
_CLOSING = f"</{COMPONENT}>"


def has_components(source: str) -> bool:
    """Whether a text may hold MDX components."""
    return re.search(r"<[A-Z][\w.]*[\s/>]", source) is not None


def as_elements(source: str) -> str:
    """MDX in which components are elements, line for line. Code is left as it is; imports and comments vanish."""
    return "\n".join(_dedented(_Rewriter(source).text().split("\n")))


def components_plugin(markdown: MarkdownIt) -> None:
    """Adds the block rule for rewritten components, and drops indented code, which MDX does not have."""
    markdown.block.ruler.before(
        "fence", "component", _rule, {"alt": ["paragraph", "reference", "blockquote", "list", "table"]}
    )
    markdown.disable("code")


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


def _rule(state: StateBlock, start_line: int, end_line: int, silent: bool) -> bool:
    """Tags at the start of a line are mark-up; text after them, to a closing tag or a blank line, is a paragraph."""
    position = state.bMarks[start_line] + state.tShift[start_line]
    if not _BLOCK_TAG.match(state.src, position):
        return False
    if silent:
        return True
    line = start_line
    text = state.src[position : state.eMarks[line]]
    while _CLOSING not in text[1:] and line + 1 < end_line and _has_text(text) and not state.isEmpty(line + 1):
        line += 1
        text += "\n" + state.src[state.bMarks[line] + state.tShift[line] : state.eMarks[line]]
    state.line = line + 1
    end = 0
    while tag := _TAGS.match(text, end):
        _html(state, tag.group().strip(), start_line)
        end = tag.end()
    body, closing = text[end:], ""
    while body.rstrip().endswith(_CLOSING):
        body = body.rstrip().removesuffix(_CLOSING)
        closing += _CLOSING
    if body.strip():
        _paragraph(state, body.strip(), start_line)
    if closing:
        _html(state, closing, start_line)
    return True


def _has_text(text: str) -> bool:
    return bool(_TAGS.sub("", text).strip())


def _html(state: StateBlock, content: str, line: int) -> None:
    token = state.push("html_block", "", 0)
    token.map = [line, line + 1]
    token.content = content + "\n"


def _paragraph(state: StateBlock, content: str, line: int) -> None:
    state.push("paragraph_open", "p", 1).map = [line, line + 1]
    inline = state.push("inline", "", 0)
    inline.content, inline.map, inline.children = content, [line, line + 1], []
    state.push("paragraph_close", "p", -1)
