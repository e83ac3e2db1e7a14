"""Data literals in the scripts of a page: JSON-LD, framework state, price tables written as objects.

Nothing is run. What does not read as a literal is left alone.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from lxml.etree import _Element

from monitor.extract.document import Tree
from monitor.extract.formats.literals import LiteralError, read_literal

_ASSIGNMENT = re.compile(
    r"(?:\b(?:const|let|var)\s+|\bwindow\.|\bself\.)([A-Za-z_$][\w$]*)\s*(?::[^=\n]{1,120})?=\s*(?=[\[{])"
)
_MAX_SCRIPT = 2_000_000
_MAX_LITERALS = 50
# State that changes with every build or request and says nothing about the product.
_VOLATILE = re.compile(
    r"(build_?id|nonce|csrf|xsrf|(csrf|xsrf|access|auth|session|request|refresh)[_-]?token|(session|request|trace|span)"
    r"_?id|asset_?prefix|etag|generated_?at|rendered_?at|server_?time|timestamp|sentry.*|__n_ss[gp])",
    re.IGNORECASE,
)
_OPAQUE = re.compile(r"(?=.*\d)(?:[0-9a-f]{16,}|[A-Za-z0-9+/_-]{40,}={0,2}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12})")


@dataclass(frozen=True, slots=True)
class ScriptData:
    """A literal and the variable, element id or media type it was found under; `line` counts from 1 in its script."""

    name: str
    tree: Tree
    line: int = 1


def script_data(root: _Element) -> Iterator[ScriptData]:
    """The data literals of all scripts below `root`, volatile values left out."""
    for script in root.iter("script"):
        source = script.text or ""
        if not source.strip() or len(source) > _MAX_SCRIPT:
            continue
        kind = script.get("type", "").split(";")[0].strip().lower()
        if kind in ("application/ld+json", "application/json"):
            yield from _json_script(source, script.get("id") or kind)
        elif kind in ("", "module", "text/javascript", "application/javascript"):
            yield from assignments(source)


def _json_script(source: str, name: str) -> Iterator[ScriptData]:
    try:
        tree = stable(json.loads(source))
    except (ValueError, RecursionError):
        return
    if tree:
        yield ScriptData(name, tree)


def assignments(source: str) -> Iterator[ScriptData]:
    """The data literals a script assigns to variables, volatile values left out."""
    position = found = 0
    while found < _MAX_LITERALS:
        match = _ASSIGNMENT.search(source, position)
        if not match:
            return
        try:
            tree, position = read_literal(source, match.end())
        except LiteralError:
            position = match.end()
            continue
        tree = stable(tree)
        if is_table(tree):
            found += 1
            yield ScriptData(match.group(1), tree, source.count("\n", 0, match.start()) + 1)


def stable(tree: Tree) -> Tree:
    """The tree without build hashes and per-request tokens."""
    if isinstance(tree, Mapping):
        return {
            key: stable(value)
            for key, value in tree.items()
            if not _VOLATILE.fullmatch(key) and not (isinstance(value, str) and _OPAQUE.fullmatch(value))
        }
    if isinstance(tree, list):
        return [stable(value) for value in tree]
    return tree


def is_table(tree: Tree) -> bool:
    """Whether the literal holds records rather than options of a library."""
    values = list(tree.values()) if isinstance(tree, Mapping) else tree if isinstance(tree, list) else []
    records = [value for value in values if isinstance(value, Mapping) and value]
    return bool(records) and len(records) * 2 >= len(values)
