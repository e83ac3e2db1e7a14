"""YAML with line numbers: the plain value of a file, and where each part of it stands."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import yaml
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

Path: TypeAlias = tuple[str | int, ...]

LARGEST_FILE = 4_000_000
MOST_NODES = 400_000


class YamlError(Exception):
    """The text is not YAML we accept. `line` counts from 1, 0 when unknown."""

    def __init__(self, line: int, message: str) -> None:
        """Keep line and sentence."""
        super().__init__(message)
        self.line = line


@dataclass(slots=True)
class Located:
    """A plain value (dicts, lists, scalars) and the line of each path in it."""

    value: Any
    lines: dict[Path, int] = field(default_factory=dict)
    repeated: list[tuple[Path, int]] = field(default_factory=list)

    def line(self, path: Path) -> int:
        """The line of the nearest known part at or above `path`."""
        for length in range(len(path), -1, -1):
            if path[:length] in self.lines:
                return self.lines[path[:length]]
        return 0


def load_located(data: bytes) -> Located:
    """Read YAML safely: no tags of Python, bounded size, aliases counted each time they are used.

    Raises:
        YamlError: with the line and a sentence.
    """
    if len(data) > LARGEST_FILE:
        message = f"The file has {len(data):,} bytes; the most accepted are {LARGEST_FILE:,}."
        raise YamlError(0, message)
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        message = "The file is not UTF-8 text."
        raise YamlError(data[: error.start].count(b"\n") + 1, message) from error
    try:
        loader = yaml.CSafeLoader(text)
        node = loader.get_single_node()
        located = Located(None)
        if node is not None:
            _index(node, (), located)
            located.value = loader.construct_document(node)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise YamlError(mark.line + 1 if mark else 0, _sentence(error, text)) from error
    except yaml.YAMLError as error:
        raise YamlError(0, f"This is not YAML: {error}.") from error
    except RecursionError as error:
        raise YamlError(0, "The file is nested too deeply.") from error
    except ValueError as error:
        raise YamlError(0, f"A value cannot be read: {error}.") from error
    return located


def _sentence(error: yaml.MarkedYAMLError, text: str) -> str:
    problem = error.problem or "this is not YAML"
    mark = error.problem_mark
    line = text.split("\n")[mark.line] if mark is not None and mark.line <= text.count("\n") else ""
    if mark is not None and line[mark.column : mark.column + 1] == "\t":
        return "A tab stands where YAML wants spaces. Indent with spaces."
    return f"This is not YAML: {problem}."


def _index(root: Node, start: Path, located: Located) -> None:
    todo: list[tuple[Node, Path]] = [(root, start)]
    seen = 0
    while todo:
        node, path = todo.pop()
        seen += 1
        if seen > MOST_NODES:
            raise YamlError(node.start_mark.line + 1, "The file has too many parts. Are its aliases nested?")
        located.lines.setdefault(path, node.start_mark.line + 1)
        todo.extend(_children(node, path, located))


def _children(node: Node, path: Path, located: Located) -> Iterator[tuple[Node, Path]]:
    if isinstance(node, MappingNode):
        keys: set[str] = set()
        for key, value in node.value:
            name = str(key.value) if isinstance(key, ScalarNode) else ""
            line = key.start_mark.line + 1
            if name in keys:
                located.repeated.append(((*path, name), line))
            keys.add(name)
            located.lines[(*path, name)] = line
            yield value, (*path, name)
    elif isinstance(node, SequenceNode):
        for index, value in enumerate(node.value):
            yield value, (*path, index)
