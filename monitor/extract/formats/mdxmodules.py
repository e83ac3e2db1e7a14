"""What an MDX file defines for itself: constants (`export const LIMIT = 50;`) and small components, put in where used.

Nothing is run. Values that are no plain literal, and components that compute, stay out of the text.
"""

from __future__ import annotations

import re

from monitor.extract.document import Tree
from monitor.extract.formats.literals import LiteralError, read_literal

_EXPORT = re.compile(
    r"^export\s+(?:const|let|var)\s+(?P<name>[A-Za-z_$][\w$]*)\s*(?::[^=\n]{1,120})?=\s*", re.MULTILINE
)
_COMPONENT = re.compile(r"\([^()\n]{0,300}\)\s*=>\s*\(?\s*(?=<)")
_END = re.compile(r"\)?;[ \t]*(?=\n|\Z)")
_CODE = re.compile(
    r"^[ \t]*(?P<fence>`{3,}|~{3,})[^\n]*\n(?:.*?^[ \t]*(?P=fence)[`~]*[ \t]*$|.*\Z)", re.DOTALL | re.MULTILINE
)
_CONDITION = re.compile(r"\{[^{}<>\n]{1,200}&&\s*<>|</>\s*\}")
_LONGEST = 5_000
_MOST_USES = 200


def has_modules(source: str) -> bool:
    """Whether a text may define constants or components."""
    return _EXPORT.search(source) is not None


def resolved(source: str) -> str:
    """The text with constants and components in place of their names, line for line, without their definitions."""
    constants: dict[str, str] = {}
    components: dict[str, str] = {}
    kept: list[str] = []
    position = 0
    for match in _EXPORT.finditer(source):
        if match.start() < position:
            continue
        end = _defined(source, match, constants, components)
        kept += source[position : match.start()], "\n" * source.count("\n", match.start(), end)
        position = end
    text = "".join([*kept, source[position:]])
    return _used(text, constants, components) if constants or components else text


def _defined(source: str, match: re.Match[str], constants: dict[str, str], components: dict[str, str]) -> int:
    """Takes in one definition; the position after it."""
    name = match["name"]
    arrow = _COMPONENT.match(source, match.end())
    if arrow:
        end = _END.search(source, arrow.end(), arrow.end() + _LONGEST)
        if end:
            body = _CONDITION.sub("", source[arrow.end() : end.start()])
            components[name] = re.sub(r"\s*\n\s*", " ", body).strip()
            return end.end()
    else:
        try:
            value, end_of_value = read_literal(source, match.end())
        except LiteralError:
            pass
        else:
            if isinstance(value, str | int | float):
                constants[name] = _written(value)
            end = _END.match(source, end_of_value)
            return end.end() if end else end_of_value
    line = source.find("\n", match.end())
    return line if line >= 0 else len(source)


def _written(value: Tree) -> str:
    return ("true" if value else "false") if isinstance(value, bool) else str(value)


def _used(text: str, constants: dict[str, str], components: dict[str, str]) -> str:
    names = "|".join(map(re.escape, sorted(constants, key=len, reverse=True))) or r"(?!)"
    tags = "|".join(map(re.escape, sorted(components, key=len, reverse=True))) or r"(?!)"
    use = re.compile(rf"{_CODE.pattern}|\{{(?P<constant>{names})\}}|<(?P<tag>{tags})(?:\s[^<>]*)?/>", _CODE.flags)
    uses = 0

    def put_in(match: re.Match[str]) -> str:
        nonlocal uses
        uses += 1
        if match["fence"] or uses > _MOST_USES:
            return match[0]
        return constants[match["constant"]] if match["constant"] else components[match["tag"]]

    return use.sub(put_in, text)
