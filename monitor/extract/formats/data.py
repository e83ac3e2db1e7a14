"""Data files become one data block: JSON, YAML, TOML."""

from __future__ import annotations

import json
import math
import tomllib
from collections.abc import Mapping
from datetime import date, datetime, time
from typing import Any

import yaml

from monitor.extract.document import Document, DocumentError, Tree
from monitor.extract.limits import MAX_TREE_DEPTH, MAX_TREE_NODES
from monitor.extract.markup.outline import Outline

_SAFE: type[Any] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
# Python turns no longer number into digits, because that takes time that grows with the square of their count.
_MOST_BITS = 4_096


class _Loader(_SAFE):  # type: ignore[misc]
    """The safe loader, in C where the platform has it, that does not follow merge keys without end."""

    def flatten_mapping(self, node: yaml.MappingNode) -> None:
        """Merge what `<<` names. A few levels of mappings that each merge ten of the last are billions of entries."""
        super().flatten_mapping(node)
        if len(node.value) > MAX_TREE_NODES:
            raise DocumentError(f"This YAML merges more than {MAX_TREE_NODES:,} entries; headwater reads no more.")


_NAMES = {"json": "JSON", "yaml": "YAML", "toml": "TOML"}


def parse_data(text: str, language: str, *, repairs: tuple[str, ...] = ()) -> Document:
    """The document of a data file in `json`, `yaml` or `toml`: one data block and, for a mapping, its scalar entries as
    metadata. Raises `DocumentError` with the line of the fault.
    """
    tree = load(text, language)
    outline = Outline()
    outline.repairs.extend(repairs)
    outline.data(tree, language=language, line=1)
    scalars = (
        {k: v for k, v in tree.items() if isinstance(v, str | int | float | bool)} if isinstance(tree, Mapping) else {}
    )
    title = next((str(scalars[key]) for key in ("title", "name", "id") if key in scalars), "")
    return outline.document(title=title, metadata=scalars)


def load(text: str, language: str) -> Tree:
    """The tree of a text in `json`, `yaml` or `toml`; dates are ISO 8601 text."""
    try:
        return tree_of(_parse(text, language))
    except json.JSONDecodeError as error:
        raise _invalid(language, error.lineno, error.msg) from None
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise _invalid(language, line, error.problem or "not readable") from None
    except tomllib.TOMLDecodeError as error:
        raise DocumentError(f"This is not valid TOML: {error}.") from None
    except RecursionError:
        raise DocumentError(f"This {_NAMES[language]} is nested too deep to read.") from None
    except (yaml.YAMLError, ValueError, OverflowError) as error:
        raise DocumentError(f"This is not valid {_NAMES[language]}: {error}.") from None


def _parse(text: str, language: str) -> Any:
    if language == "json":
        return json.loads(text)
    if language == "toml":
        return tomllib.loads(text)
    _check_nesting(text)
    return yaml.load(text, Loader=_Loader)  # noqa: S506 - a safe loader


def _check_nesting(text: str) -> None:
    """Refuse YAML nested too deep, from its events: the C loader recurses and would overflow the stack."""
    depth = 0
    for event in yaml.parse(text, Loader=_Loader):
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        if depth > MAX_TREE_DEPTH:
            raise DocumentError(
                f"This YAML is nested more than {MAX_TREE_DEPTH} levels deep; headwater reads no deeper."
            )


def tree_of(value: Any) -> Tree:
    """Plain data of any loader as a `Tree`, with its size and depth capped after aliases are followed."""
    return _Copier().copy(value, 0)


class _Copier:
    def __init__(self) -> None:
        self._nodes = 0

    def copy(self, value: Any, depth: int) -> Tree:
        self._nodes += 1
        if self._nodes > MAX_TREE_NODES or depth > MAX_TREE_DEPTH:
            raise DocumentError(
                f"The data has more than {MAX_TREE_NODES:,} values or {MAX_TREE_DEPTH} levels, aliases followed; "
                "headwater reads no more."
            )
        if isinstance(value, Mapping):
            return {str(key): self.copy(item, depth + 1) for key, item in value.items()}
        if isinstance(value, list | tuple | set):
            return [self.copy(item, depth + 1) for item in value]
        if isinstance(value, datetime | date | time):
            return value.isoformat()
        if isinstance(value, float) and not math.isfinite(value):
            return str(value)
        if isinstance(value, int) and value.bit_length() > _MOST_BITS:
            return hex(value)
        if value is None or isinstance(value, str | int | float | bool):
            return value
        return str(value)


def _invalid(language: str, line: int, problem: str) -> DocumentError:
    return DocumentError(f"This is not valid {_NAMES[language]}: {problem} at line {line}.")
