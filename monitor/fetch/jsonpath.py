"""JSONPath (RFC 9535) on hostile data: bounded in steps and in time, without regular expressions.

A path comes from the operator and the data from a stranger, so a path that is quick today may cost minutes tomorrow.
Every node on the way and every comparison is paid from one budget. Left out is what cannot be counted or stopped:
`match()`, `search()`, and in filters the descent `..` and the root `$`: each node would cost the whole document.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from jsonpath import JSONPath, JSONPathEnvironment, JSONPathError, JSONPathMatch

from monitor.extract.document import Tree

MOST_STEPS = 300_000
MOST_SECONDS = 2.0
_LONGEST_PATH = 1_000
_LOOK_EVERY = 512
_BUDGET = "budget"
_TEXT = re.compile(r"""'(?:\\.|[^'\\])*'|"(?:\\.|[^"\\])*\"""")
_IN_FILTER = re.compile(r"\?.*(?:\.\.|\$)", re.DOTALL)
Part = str | int


class PathError(Exception):
    """A path that is not one, or that costs too much on this data; the message is a sentence."""


@dataclass(slots=True)
class _Budget:
    monotonic: Callable[[], float]
    ends: float = field(init=False)
    steps: int = 0

    def __post_init__(self) -> None:
        self.ends = self.monotonic() + MOST_SECONDS

    def spend(self) -> None:
        self.steps += 1
        if self.steps > MOST_STEPS or (self.steps % _LOOK_EVERY == 0 and self.monotonic() > self.ends):
            message = f"needs more than {MOST_STEPS:,} steps or {MOST_SECONDS:g} seconds on this document."
            raise PathError(message)


class _Step(JSONPathMatch):
    """A node on the way, paid from the budget that travels in the filter context. It does not keep its children: a long
    way would fill the memory.
    """

    def new_child(self, obj: object, key: Part) -> JSONPathMatch:
        self.filter_context()[_BUDGET].spend()
        return super().new_child(obj, key)

    def add_child(self, *children: JSONPathMatch) -> None:
        """Forget them."""


class _Environment(JSONPathEnvironment):
    """What the library asks of its surroundings, each question paid for: the queries within filters among them."""

    def __init__(self, budget: _Budget) -> None:
        super().__init__(strict=True)
        self._budget = budget

    def setup_function_extensions(self) -> None:
        super().setup_function_extensions()
        standard = ("length", "count", "value")
        self.function_extensions = {name: self.function_extensions[name] for name in standard}

    def getitem(self, obj: Any, key: Any) -> Any:
        self._budget.spend()
        return super().getitem(obj, key)

    def compare(self, left: object, operator: str, right: object) -> bool:
        self._budget.spend()
        return super().compare(left, operator, right)


def _compiled(path: str, budget: _Budget) -> JSONPath:
    if len(path) > _LONGEST_PATH:
        message = f"a JSONPath has at most {_LONGEST_PATH:,} characters."
        raise PathError(message)
    if _IN_FILTER.search(_TEXT.sub("", path)):
        message = f'"{path}" uses `..` or `$` in or after a filter, which could cost more than a check may.'
        raise PathError(message)
    try:
        found = _Environment(budget).compile(path)
    except (JSONPathError, RecursionError) as error:
        reason = " ".join(str(error).split()) or "it is nested too deep"
        message = f'"{path}" is not a JSONPath (RFC 9535, without regular expressions): {reason}.'
        raise PathError(message) from None
    if not isinstance(found, JSONPath):
        message = f'"{path}" joins several paths, which RFC 9535 does not know. Give one path.'
        raise PathError(message)
    return found


def checked(path: str) -> str:
    """The path itself, for a validator.

    Raises:
        ValueError: with the sentence of `PathError`.
    """
    try:
        _compiled(path, _Budget(time.monotonic))
    except PathError as error:
        raise ValueError(str(error)) from None
    return path


def nodes(
    path: str, tree: Tree, monotonic: Callable[[], float] = time.monotonic
) -> Iterator[tuple[tuple[Part, ...], Any]]:
    """The nodes a path selects, in order, each with its way from the root.

    Raises:
        PathError: it is no path of RFC 9535, or costs too much on this tree.
    """
    if not isinstance(tree, Mapping | list):
        return
    budget = _Budget(monotonic)
    root = _Step(filter_context={_BUDGET: budget}, obj=tree, parent=None, path="$", parts=(), root=tree)
    found: Iterable[JSONPathMatch] = [root]
    for segment in _compiled(path, budget).segments:
        found = segment.resolve(found)
    try:
        for match in found:
            yield match.parts, match.obj
    except (JSONPathError, RecursionError) as error:
        reason = " ".join(str(error).split()) or "the document is nested too deep"
        message = f"cannot be followed on this document: {reason}."
        raise PathError(message) from None
