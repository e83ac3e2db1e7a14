"""JSONPath (RFC 9535) on hostile data: bounded in steps and in time, without regular expressions.

A path comes from the operator and the data from a stranger, so a path that is quick today may cost minutes tomorrow.
`match()` and `search()` are left out: a regular expression cannot be stopped once it runs.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from jsonpath import JSONPath, JSONPathEnvironment, JSONPathError, JSONPathMatch

from monitor.extract.document import Tree

MOST_STEPS = 500_000
MOST_SECONDS = 2.0
_LONGEST_PATH = 1_000
_LOOK_EVERY = 512
_BUDGET = "budget"
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
    """A node on the way, paid from the budget that travels in the filter context."""

    def new_child(self, obj: object, key: Part) -> JSONPathMatch:
        self.filter_context()[_BUDGET].spend()
        return super().new_child(obj, key)


class _Environment(JSONPathEnvironment):
    match_class = _Step

    def setup_function_extensions(self) -> None:
        super().setup_function_extensions()
        standard = ("length", "count", "value")
        self.function_extensions = {name: self.function_extensions[name] for name in standard}


@lru_cache(maxsize=256)
def compiled(path: str) -> JSONPath:
    """A path, ready.

    Raises:
        PathError: it is not a path of RFC 9535, or calls a function we leave out.
    """
    if len(path) > _LONGEST_PATH:
        message = f"a JSONPath has at most {_LONGEST_PATH:,} characters."
        raise PathError(message)
    try:
        found = _Environment(strict=True).compile(path)
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
        compiled(path)
    except PathError as error:
        raise ValueError(str(error)) from None
    return path


def nodes(
    path: str, tree: Tree, monotonic: Callable[[], float] = time.monotonic
) -> Iterator[tuple[tuple[Part, ...], Any]]:
    """The nodes a path selects, in order, each with its way from the root.

    Raises:
        PathError: the path costs too much on this tree.
    """
    if not isinstance(tree, Mapping | list):
        return
    budget: Mapping[str, Any] = {_BUDGET: _Budget(monotonic)}
    try:
        for match in compiled(path).finditer(tree, filter_context=budget):
            yield match.parts, match.obj
    except (JSONPathError, RecursionError) as error:
        reason = " ".join(str(error).split()) or "the document is nested too deep"
        message = f"cannot be followed on this document: {reason}."
        raise PathError(message) from None
