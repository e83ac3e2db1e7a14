"""Data files and data literals that list models: JSON, YAML, TOML, price tables in scripts."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from decimal import Decimal

from monitor.extract.document import Block, Tree
from monitor.extract.facts.fields import price_attribute, slug
from monitor.extract.facts.page import Page
from monitor.extract.values.dates import moment_in
from monitor.extract.values.licenses import license_id
from monitor.extract.values.money import plain
from monitor.extract.values.names import is_id, is_name
from snapshots.facts import Fact

_NUMBER = re.compile(r"\d+(?:\.\d+)?(?:e-?\d+)?", re.IGNORECASE)
_LEAST = Decimal("0.0005")  # No provider asks less than this for a million tokens.
_IDENTITY = ("id", "model_id", "model", "slug", "name")
_PRICE = re.compile(r"cost|pric", re.IGNORECASE)
_PRICE_LEAF = re.compile(
    r"^(?:input|output|prompt|completion|cache_?(?:read|write)|(?:input_)?cached(?:_input)?|input_cached)(?:_(?:price|cost|per_\w+))?$",
    re.IGNORECASE,
)
_LIMITS = (
    (re.compile(r"context|max_input", re.IGNORECASE), "context_window"),
    (re.compile(r"(?:^|\.)(?:max_)?(?:output|completion)", re.IGNORECASE), "max_output"),
)
_LIMIT_PATH = re.compile(r"limit|max_|context", re.IGNORECASE)
_ENDS = (
    (re.compile(r"deprecat", re.IGNORECASE), "deprecation_date"),
    (re.compile(r"retire|shutdown|sunset|end_of_life", re.IGNORECASE), "retirement_date"),
)


def read_registry(page: Page) -> Iterator[Fact]:
    """Facts of every record that names a model and states prices, limits or capabilities."""
    for block in page.document.blocks:
        if block.tree is not None and not (isinstance(block.tree, Mapping) and "paths" in block.tree):
            for subject, record in _records(block.tree, "", 0):
                yield from _record(page, block, subject, record)


def _records(tree: Tree, key: str, depth: int) -> Iterator[tuple[str, Mapping[str, Tree]]]:
    if depth > 8:
        return
    if isinstance(tree, Mapping):
        subject = _subject(tree, key)
        if subject and any(True for _ in _leaves(tree)):
            yield subject, tree
            return
        for name, value in tree.items():
            yield from _records(value, str(name), depth + 1)
    elif isinstance(tree, list):
        for value in tree:
            yield from _records(value, "", depth + 1)


def _subject(record: Mapping[str, Tree], key: str) -> str:
    """The name of a record, if it states something about a model: its key or its identity, and a price or a limit."""
    if not any(_kind(path) for path, _ in _leaves(record)):
        return ""
    if is_name(key) or (is_id(key) and "name" in record):
        return key
    for identity in _IDENTITY:
        value = record.get(identity)
        if isinstance(value, str) and 1 < len(value) <= 100:
            return value
    return ""


def _leaves(tree: Tree, path: str = "") -> Iterator[tuple[str, str | int | float | bool]]:
    if isinstance(tree, Mapping):
        for key, value in tree.items():
            yield from _leaves(value, f"{path}.{key}" if path else str(key))
    elif isinstance(tree, list):
        for value in tree:
            if isinstance(value, Mapping) and value.get("to_date") is None:
                yield from _leaves(value, path)
    elif tree is not None:
        yield path, tree


def _kind(path: str) -> str:
    leaf = path.rpartition(".")[2]
    if _PRICE.search(path) or (_PRICE_LEAF.match(leaf) and "." not in path):
        return "price"
    return "limit" if _LIMIT_PATH.search(path) else ""


def _record(page: Page, block: Block, subject: str, record: Mapping[str, Tree]) -> Iterator[Fact]:
    name = record.get("name")
    detail = {"display": name} if isinstance(name, str) and name != subject else {}
    yield page.fact(subject, "model.listed", "true", block, f"{subject}: {name or ''}".strip(": "), detail=detail)
    for path, value in _leaves(record):
        quote = f"{subject}: {path} = {value}"
        leaf = path.rpartition(".")[2]
        kind = _kind(path)
        if isinstance(value, bool):
            if leaf == "deprecated":
                if value:
                    yield page.fact(subject, "lifecycle.status", "deprecated", block, quote)
            elif not leaf.startswith("open"):
                yield page.fact(subject, f"capability.{slug(leaf)}", "true" if value else "false", block, quote)
        elif isinstance(value, int | float) or (kind == "price" and _NUMBER.fullmatch(value)):
            if kind == "price":
                text = plain(_by_million(path, Decimal(str(value))))
                yield page.fact(subject, f"price.{price_attribute(leaf.replace('_', ' '))}", text, block, quote)
            elif kind == "limit":
                attribute = next((name for pattern, name in _LIMITS if pattern.search(path)), slug(leaf))
                yield page.fact(subject, f"limit.{attribute}", str(value), block, quote)
        else:
            yield from _words(page, block, subject, leaf, value, quote)


def _by_million(path: str, amount: Decimal) -> Decimal:
    """An amount for one million tokens: lists that count by the token say so, or their numbers are that small."""
    single = re.search(r"per_?token|_token\b", path, re.IGNORECASE) or 0 < amount < _LEAST
    return amount * 1_000_000 if single else amount


def _words(page: Page, block: Block, subject: str, leaf: str, value: str, quote: str) -> Iterator[Fact]:
    if leaf == "license":
        yield page.fact(subject, "license.license", license_id(value) or value, block, quote)
    elif leaf in ("status", "stage", "lifecycle"):
        yield page.fact(subject, "lifecycle.status", value, block, quote)
    elif moment := moment_in(value):
        attribute = next((name for pattern, name in _ENDS if pattern.search(leaf)), "")
        if attribute:
            yield page.fact(subject, f"lifecycle.{attribute}", moment.value, block, quote, precision=moment.precision)
