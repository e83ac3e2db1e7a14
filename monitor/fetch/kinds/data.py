"""`json` and `yaml`: a data file, whole or the part a JSONPath selects (RFC 9535).

With `select` or `ignore` the part is written anew as JSON with sorted keys, so that only what is watched makes a new
version: a time stamp elsewhere in the file is no change.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import replace
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field

from monitor.extract.document import DocumentError, Tree
from monitor.extract.formats.data import load
from monitor.extract.formats.encoding import decode
from monitor.fetch.jsonpath import PathError, checked, nodes
from monitor.fetch.kinds.base import AddressedSource, SourceKind, Tools, accepting
from monitor.fetch.model import FailureKind, Fetched, FetchFailed, FetchOutcome, Request

JsonPath = Annotated[str, AfterValidator(checked)]


class DataSource(AddressedSource):
    """A data file and what of it is watched."""

    select: JsonPath = Field(default="$", description="JSONPath of what is watched, such as $.data.")
    ignore: tuple[JsonPath, ...] = Field(
        default=(), max_length=50, description="JSONPaths of what is left out, such as $..updated_at."
    )


class JsonSource(DataSource):
    """A JSON document."""

    kind: Literal["json"]


class YamlSource(DataSource):
    """A YAML document."""

    kind: Literal["yaml"]


def get_json(tools: Tools, config: JsonSource, request: Request) -> FetchOutcome:
    """Get a JSON document."""
    return _get(tools, config, accepting(request, "application/json, */*;q=0.5"), "json")


def get_yaml(tools: Tools, config: YamlSource, request: Request) -> FetchOutcome:
    """Get a YAML document."""
    return _get(tools, config, accepting(request, "application/yaml, text/yaml;q=0.9, */*;q=0.5"), "yaml")


def _get(tools: Tools, config: DataSource, request: Request, language: str) -> FetchOutcome:
    answer = tools.fetcher.fetch(request)
    if not isinstance(answer, Fetched):
        return answer
    try:
        tree = load(decode(answer.body, answer.content_type)[0], language)
    except DocumentError as error:
        return refused(answer, FailureKind.WRONG_TYPE, str(error))
    if not isinstance(tree, dict | list):
        return refused(answer, FailureKind.WRONG_TYPE, f"The answer is no {language.upper()} document of entries.")
    if config.select == "$" and not config.ignore:
        _, _, rest = answer.content_type.partition(";")
        return replace(answer, content_type=f"application/{language};{rest}".rstrip(";"))
    try:
        part = selected(ordered(tree), config.select, config.ignore)
    except PathError as error:
        return refused(answer, FailureKind.TOO_LARGE, f"The path {error}")
    if part is None:
        return refused(answer, FailureKind.EMPTY, f"{config.select} selects nothing in the answer.")
    return replace(answer, body=written(part), content_type="application/json")


def selected(tree: Tree, select: str, ignore: tuple[str, ...]) -> Tree:
    """What of a tree is watched, `None` when that is nothing. One node stands for itself, several are a list; a scalar
    stands under its path.

    Raises:
        PathError: a path costs too much on this tree.
    """
    _remove([way for path in ignore for way, _ in nodes(path, tree) if way], tree)
    found = [value for _, value in nodes(select, tree)]
    if not found:
        return None
    part: Tree = found[0] if len(found) == 1 else found
    return part if isinstance(part, dict | list) else {select: part}


def _remove(ways: Iterable[tuple[str | int, ...]], tree: Any) -> None:
    """Take nodes out of a tree, what stands deeper or later in a list before what moves when it is gone."""
    for *way, last in sorted(set(ways), key=lambda way: [(isinstance(p, str), p) for p in way], reverse=True):
        home: Any = tree
        for part in way:
            home = home[part]
        del home[last]


def ordered(tree: Any) -> Any:
    """The same tree with its keys in order, so that their order in the answer says nothing."""
    if isinstance(tree, dict):
        return {key: ordered(tree[key]) for key in sorted(tree)}
    return [ordered(item) for item in tree] if isinstance(tree, list) else tree


def written(tree: Tree) -> bytes:
    """A tree as JSON in one form: sorted keys, a line each, UTF-8."""
    return json.dumps(tree, ensure_ascii=False, indent=1, sort_keys=True).encode("utf-8", "replace")


def refused(answer: Fetched, kind: FailureKind, detail: str) -> FetchFailed:
    """An answer that is not what the source asks for."""
    return FetchFailed(kind, detail, answer.status, answer.final_url, duration_ms=answer.duration_ms)


JSON_KIND = SourceKind("json", JsonSource, get_json)
YAML_KIND = SourceKind("yaml", YamlSource, get_yaml)
