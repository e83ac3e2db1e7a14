"""The records of a data file: which mappings speak about a model, and the values each of them holds.

The shapes: a mapping of names to records (LiteLLM, models.dev), a list of records with an id (model endpoints of APIs,
OpenRouter), records inside records, prices as lists with dates or thresholds (genai-prices, Portkey).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date

from monitor.extract.document import Tree
from monitor.extract.facts.rows import TELLING
from monitor.extract.values.names import is_id, is_name

Scalar = str | int | float | bool

_DEEPEST = 8
_LONGEST_NAME = 100
_IDENTITY = ("id", "modelid", "modelcode", "model", "modelname", "slug", "name")
_KINDS = (
    (
        "price",
        re.compile(
            r"cost|pric|^(?:input|output|prompt|completion|cache_?(?:read|write)|(?:input_)?cached(?:_input)?)(?:_per_\w+)?$"
        ),
    ),
    ("limit", re.compile(r"limit|max_|(?<!deprecation_)context(?:_|$|\.)")),
    (
        "end",
        re.compile(r"(?:deprecat|retire|shut_?down|sunset|end_of_life|\beol|expir|release_status|lifecycle)[^.]*$"),
    ),
)
# Keys that group the values of one model are no names of models, though `context_over_200k` looks like one.
_GROUP = re.compile(r"context|tokens|limit|cost|pric|tier|over_|above_", re.IGNORECASE)
_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_NOTE = re.compile(r"\[\^\w+\]")
_THRESHOLD = re.compile(r"size|min|start|threshold|above|min_\w+|\w*_min")
_RANGE = re.compile(r"(?:\w+_)?range")
_BOUND = re.compile(r"\d+[KM]?", re.IGNORECASE)
# A parameter with its range, as lists of parameters state it.
_MOST_TOKENS = frozenset({"max_tokens", "max_output_tokens", "max_completion_tokens"})
_LEAST_THRESHOLD = 1_000
_LISTS = ("ask_mode", "features", "capabilities")
STATUS = re.compile(r"(?:(?:release|lifecycle)_)?(?:status|stage)|lifecycle|availability|launch_stage")


@dataclass(frozen=True, slots=True)
class Leaf:
    """One value of a record. `path` is the way to it in snake case, dotted.

    `scheduled` is the ISO 8601 day it starts to hold, when that is to come; `over` the threshold, the range or the
    hours of the day it holds for; `unit` what the entry beside it says its amounts are counted in.
    """

    path: str
    value: Scalar
    scheduled: str = ""
    over: str = ""
    unit: str = ""

    @property
    def name(self) -> str:
        """The last key of the path."""
        return self.path.rpartition(".")[2]

    @property
    def kind(self) -> str:
        """`price`, `limit`, `end` (of a model's life) or empty."""
        return _kind(self.path)


@dataclass(frozen=True, slots=True)
class Record:
    """What a data file holds about one model: `leaves` are its values, `lists` its lists of words by path.

    `listed` is false for records that speak of nothing but the model's end: a table of shutdowns lists no models.
    `variant` tells apart the records of one name: the tier, the threshold or the region each of them is for.
    """

    subject: str
    display: str
    leaves: tuple[Leaf, ...]
    lists: tuple[tuple[str, tuple[str, ...]], ...]
    listed: bool
    variant: str = ""


def records_of(tree: Tree, today: date | None) -> Iterator[Record]:
    """The records below a tree, in order. Values whose time is over by `today`, or has not begun, are left out or
    marked as scheduled.
    """
    records = tuple(_records(tree, today.isoformat() if today else ""))
    alike: dict[str, list[Record]] = {}
    for record in records:
        alike.setdefault(record.subject, []).append(record)
    marks = {id(record): mark for own in alike.values() for record, mark in _told_apart(own)}
    for record in records:
        mark = marks.get(id(record))
        yield replace(record, variant=mark) if mark else record


def _records(tree: Tree, today: str) -> Iterator[Record]:
    for subject, found in _found(tree, "", 0):
        leaves = tuple(_leaves(found, Leaf("", ""), today))
        if not leaves:
            continue
        name = found.get("name")
        display = name if isinstance(name, str) and name != subject else ""
        ends = {leaf.kind for leaf in leaves if not STATUS.fullmatch(leaf.name)} - {""} == {"end"}
        listed = not ends or _is_model(found) or any(key in found for key in _LISTS)
        yield Record(subject, display, leaves, tuple(_lists(found, "")), listed)


def _told_apart(records: list[Record]) -> Iterator[tuple[Record, str]]:
    """The records of one name with the value of the first key that is different in each of them."""
    if len(records) < 2:
        return
    for key in dict.fromkeys(leaf.name for leaf in records[0].leaves if TELLING.search(leaf.name.replace("_", " "))):
        values = [str(leaf.value) for record in records for leaf in record.leaves if leaf.path == key]
        if len(values) == len(records) == len(set(values)):
            yield from zip(records, values, strict=True)
            return


def _found(tree: Tree, key: str, depth: int) -> Iterator[tuple[str, Mapping[str, Tree]]]:
    if depth > _DEEPEST:
        return
    if isinstance(tree, Mapping):
        subject = _subject(tree, key)
        if subject and not _holds_records(tree):
            yield subject, tree
            return
        for name, value in tree.items():
            yield from _found(value, str(name), depth + 1)
    elif isinstance(tree, list):
        for value in tree:
            yield from _found(value, "", depth + 1)


def _holds_records(tree: Mapping[str, Tree]) -> bool:
    """Whether a mapping is what holds the models (a provider with its prices page), not a model itself."""
    for value in tree.values():
        inner = [("", item) for item in value] if isinstance(value, list) else []
        inner = list(value.items()) if isinstance(value, Mapping) else inner
        if any(isinstance(item, Mapping) and _subject(item, name) for name, item in inner):
            return True
    return False


def _subject(record: Mapping[str, Tree], key: str) -> str:
    """The name of a record that states something about a model: its key or its identity; empty for other records."""
    if not _is_model(record) and not any(_kind(leaf.path) for leaf in _leaves(record, Leaf("", ""), "")):
        return ""
    if (is_name(key) and not _GROUP.search(key)) or (is_id(key) and "name" in record):
        return key
    names = {name.replace("_", "").lower(): value for name, value in record.items()}
    for identity in _IDENTITY:
        value = names.get(identity)
        if isinstance(value, str) and 1 < len(value) <= _LONGEST_NAME:
            return _NOTE.sub("", value).strip()
    return ""


def _is_model(record: Mapping[str, Tree]) -> bool:
    return record.get("object") == "model" or record.get("type") == "model" or "modelId" in record


def _kind(path: str) -> str:
    leaf = path.rpartition(".")[2]
    for kind, pattern in _KINDS:
        if pattern.search(path if kind != "price" or "." in path else leaf):
            return kind
    return ""


def _leaves(tree: Tree, at: Leaf, today: str) -> Iterator[Leaf]:
    if isinstance(tree, Mapping):
        stated = tree.get("unit")
        unit = stated if isinstance(stated, str) else at.unit
        for key, value in tree.items():
            path = f"{at.path}.{_snake(key)}" if at.path else _snake(key)
            yield from _leaves(value, Leaf(path, "", at.scheduled, at.over, unit), today)
    elif isinstance(tree, list):
        for value, start in _in_force([item for item in tree if isinstance(item, Mapping)], today):
            scheduled = start if today and start > today else at.scheduled
            over = "" if scheduled else _threshold(value)
            inner = Leaf(at.path, "", scheduled, over or at.over, at.unit)
            most = value.get("max")
            if value.get("name") in _MOST_TOKENS and isinstance(most, int):
                yield replace(inner, path="max_output_tokens", value=most)
            yield from _leaves(value, inner, today)
    elif tree is not None:
        yield Leaf(at.path, tree, at.scheduled, at.over, at.unit)


def _in_force(items: list[Mapping[str, Tree]], today: str) -> list[tuple[Mapping[str, Tree], str]]:
    """The items whose time is not over, each with the day it starts. A dated item that has begun is what holds in the
    place of an item without days.
    """
    spans = [(item, *_span(item)) for item in items]
    begun = any(today and start and start <= today and not (end and end <= today) for _, start, end in spans)
    return [
        (item, start) for item, start, end in spans if not (today and end and end <= today) and (start or not begun)
    ]


def _span(item: Mapping[str, Tree]) -> tuple[str, str]:
    """The first and the last day of an item, as ISO 8601 text, empty where it has none."""
    limits = item.get("constraint")
    inner = limits if isinstance(limits, Mapping) else {}
    start = item.get("from_date") or inner.get("start_date") or ""
    end = item.get("to_date") or inner.get("end_date") or ""
    return str(start), str(end)


def _threshold(item: Mapping[str, Tree]) -> str:
    for key, value in item.items():
        if isinstance(value, Mapping) and (found := _threshold(value)):
            return found
        if isinstance(value, bool):
            continue
        if isinstance(value, str) and _RANGE.fullmatch(_snake(key)) and (bounds := _BOUND.findall(value)):
            return "_".join(["range", *bounds]).casefold()
        if isinstance(value, int) and value >= _LEAST_THRESHOLD and _THRESHOLD.fullmatch(_snake(key)):
            return str(value)
        if key in ("start_time", "end_time") and isinstance(value, str):
            return f"{item.get('start_time')}-{item.get('end_time')}".replace(".", "")
    return ""


def _lists(tree: Mapping[str, Tree], path: str) -> Iterator[tuple[str, tuple[str, ...]]]:
    for key, value in tree.items():
        where = f"{path}.{_snake(key)}" if path else _snake(key)
        if isinstance(value, Mapping):
            yield from _lists(value, where)
        elif isinstance(value, list) and value and all(isinstance(item, str) for item in value):
            yield where, tuple(str(item) for item in value)


def _snake(key: str) -> str:
    return _HUMP.sub("_", str(key)).lower()
