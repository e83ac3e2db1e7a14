"""Data files and data literals that list models: JSON, YAML, TOML, price tables in scripts."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from decimal import Decimal

from monitor.extract.document import Block, BlockKind, Tree
from monitor.extract.facts.fields import field_of, price_attribute, slug
from monitor.extract.facts.hub import hub_entry
from monitor.extract.facts.observed import ENTRY
from monitor.extract.facts.page import Page
from monitor.extract.facts.records import STATUS, Leaf, Record, records_of
from monitor.extract.values.dates import moment_in
from monitor.extract.values.licenses import license_id
from monitor.extract.values.money import plain, unit_in_label
from monitor.extract.values.names import is_name
from monitor.extract.values.tokens import count_key
from snapshots.facts import Fact, name_key

_AMOUNT = re.compile(r"(?P<sign>[$€¥]\s?)?(?P<number>\d+(?:\.\d+)?(?:e-?\d+)?)", re.IGNORECASE)
_COUNTED = re.compile(r"\d[\d.,]*\s?[KM]?(?: ?tokens?)?", re.IGNORECASE)
_LEAST = Decimal("0.0005")  # No provider asks less than this for a million tokens.
_LIMITS = (
    (re.compile(r"context|max_input"), "context_window"),
    (re.compile(r"(?:^|\.)(?:max_)?(?:output|completion)"), "max_output"),
)
_ENDS = (
    (re.compile(r"deprecat"), "deprecation_date"),
    (re.compile(r"retire|shut_?down|sunset|end_of_life|\beol|expir"), "retirement_date"),
)
_STAGE = re.compile(
    r"(?:public |private |limited |early )?(?:preview|beta|alpha|experimental)|ga|generally available|stable|active"
    r"|available|released|live",
    re.IGNORECASE,
)
_ENDING = re.compile(r"clos(?:ing|es)|retir|shut|sunset|deprecat|end[- ]of|remov", re.IGNORECASE)
# Flags of a deployment or a catalogue, not of a model.
_STATE = re.compile(
    r"running|loaded|is_ready|private|disabled|enabled|is_moderated|visible|hidden|(?:is_)?default|open\w*"
)
_STANDS_FOR = frozenset(
    {"canonical_slug", "canonical_id", "canonical_name", "alias_of", "alias_for", "points_to", "resolves_to"}
)
_ALIASES = frozenset({"aliases", "model_aliases", "modelAliases", "alias_map", "aliasMap", "redirects"})
_MOST_SECTIONS = 64  # A mapping with more entries is a list of records by their names.
_INNER_DAYS = frozenset({"date", "on", "at", "day", "effective", "effective_date"})
_ABLE = re.compile(r"capabilities|features|supports|supported_\w+")
_NO_AMOUNT = re.compile(r"constraint|(?:tier|context)\.(?:size|min)$|\.min_\w+$|\.start$|duration|from_date|to_date")
_SPECIAL = re.compile(
    r"audio|image|video|reasoning|pixel|character|second|request|search|hourly|finetune|page|query|session|batch|flex"
    r"|priority"
)
_TIER = re.compile(r"(?:above|over)_(\d+k)")


def read_registry(page: Page) -> Iterator[Fact]:
    """Facts of every record that names a model and states prices, limits, capabilities or its end."""
    entry = hub_entry(page)
    for block in page.document.blocks:
        if entry is not None and block.kind is BlockKind.DATA:
            continue  # The entry of a repository speaks of one model, and says what its configuration means.
        if isinstance(block.tree, Mapping) and "architectures" in block.tree:
            yield from _configuration(page, block, block.tree)
        elif block.tree is not None and not (isinstance(block.tree, Mapping) and "paths" in block.tree):
            for record in records_of(_of_others(block.tree), page.today):
                yield from _record(page, block, record)
            yield from _aliases(page, block, block.tree)


def _aliases(page: Page, block: Block, tree: Tree) -> Iterator[Fact]:
    """`alias.target` of mappings from aliases to what they stand for: `aliases: {acme-latest: acme-4}`."""
    inner = tree.values() if isinstance(tree, Mapping) and len(tree) <= _MOST_SECTIONS else ()
    for holder in (tree, *inner):
        held = sorted(_ALIASES & holder.keys()) if isinstance(holder, Mapping) else []
        for key in held if isinstance(holder, Mapping) else ():
            value = holder[key]
            for alias, target in value.items() if isinstance(value, Mapping) else ():
                if isinstance(target, str) and is_name(target) and name_key(target) != name_key(str(alias)):
                    yield page.fact(str(alias), "alias.target", target, block, f"{alias}: {target}")


def _of_others(tree: Tree) -> Tree:
    """The tree without what headwater itself added to it."""
    return {key: value for key, value in tree.items() if key != ENTRY} if isinstance(tree, Mapping) else tree


def _configuration(page: Page, block: Block, tree: Mapping[str, Tree]) -> Iterator[Fact]:
    """The limits in a model's `config.json` (Hugging Face transformers, PretrainedConfig), which names no model."""
    for key in ("max_position_embeddings", "model_max_length", "sliding_window"):
        value = tree.get(key)
        if isinstance(value, int) and not isinstance(value, bool):
            yield page.fact("*", f"limit.{key}", str(value), block, f"{key}: {value}")


def _record(page: Page, block: Block, record: Record) -> Iterator[Fact]:
    subject, variant = record.subject, slug(record.variant)
    if record.listed:
        detail = {"display": record.display} if record.display else {}
        quote = f"{subject}: {record.display}".strip(": ")
        yield page.fact(subject, "model.listed", "true", block, quote, detail=detail)
    for path, words in record.lists:
        yield from _list(page, block, subject, path, words)
    for leaf in record.leaves:
        quote = f"{subject}: {leaf.path} = {leaf.value}"
        if isinstance(leaf.value, bool):
            yield from _flag(page, block, subject, leaf, quote)
        elif leaf.kind == "price" and (amount := _amount(leaf)) is not None:
            band = ".".join(part for part in (_band(leaf), variant) if part)
            yield page.fact(subject, f"price.{_attribute(leaf)}", plain(amount), block, quote, qualifier=band)
        elif leaf.kind == "limit" and isinstance(leaf.value, str) and _COUNTED.fullmatch(leaf.value.strip()):
            key, count = count_key(leaf.value), leaf.value.strip()
            yield page.fact(subject, f"limit.{_limit(leaf)}", count, block, quote, key=key, qualifier=variant)
        elif isinstance(leaf.value, str):
            yield from (_qualified(fact, variant) for fact in _words(page, block, subject, leaf, quote))
        elif leaf.kind == "limit":
            yield page.fact(subject, f"limit.{_limit(leaf)}", str(leaf.value), block, quote, qualifier=variant)


def _qualified(fact: Fact, variant: str) -> Fact:
    return replace(fact, qualifier=variant) if variant and fact.area == "lifecycle" else fact


def _limit(leaf: Leaf) -> str:
    return next((name for pattern, name in _LIMITS if pattern.search(leaf.path)), slug(leaf.name))


def _list(page: Page, block: Block, subject: str, path: str, words: tuple[str, ...]) -> Iterator[Fact]:
    quote = f"{subject}: {path} = {', '.join(words)}"
    leaf = path.rpartition(".")[2]
    if leaf == "aliases":
        for word in words:
            if word != subject:
                yield page.fact(word, "alias.target", subject, block, quote)
    elif "modalit" in path:
        side = "output" if "output" in path else "input"
        for word in words:
            yield page.fact(subject, f"capability.{side}_{slug(word)}", "true", block, quote)
    elif _ABLE.fullmatch(leaf):
        for word in words:
            yield page.fact(subject, f"capability.{slug(word)}", "true", block, quote)


def _flag(page: Page, block: Block, subject: str, leaf: Leaf, quote: str) -> Iterator[Fact]:
    name = leaf.name
    if name in ("deprecated", "is_deprecated"):
        if leaf.value:
            yield page.fact(subject, "lifecycle.status", "deprecated", block, quote)
    elif name in ("active", "is_active"):
        if not leaf.value:
            yield page.fact(subject, "lifecycle.status", "inactive", block, quote)
    elif not _STATE.fullmatch(name):
        value = "true" if leaf.value else "false"
        yield page.fact(subject, f"capability.{slug(name)}", value, block, quote)


def _amount(leaf: Leaf) -> Decimal | None:
    """The amount for one million tokens: lists that count by the token say so, or their numbers are that small."""
    found = _AMOUNT.fullmatch(str(leaf.value))
    if found is None or _NO_AMOUNT.search(leaf.path):
        return None
    amount = Decimal(found["number"])
    if leaf.unit:
        return amount * unit_in_label(leaf.unit)[1]
    by_token = re.search(r"per_?token|_token\b", leaf.path) or 0 < amount < _LEAST
    return amount * 1_000_000 if by_token and not found["sign"] else amount


def _attribute(leaf: Leaf) -> str:
    """The side of a price: by its key, or by the keys above (`input: {base: 3}`)."""
    own = price_attribute(leaf.name.replace("_", " "))
    return own if own != "price" else price_attribute(leaf.path.replace("_", " "))


def _band(leaf: Leaf) -> str:
    parts = ["scheduled"] if leaf.scheduled else []
    if leaf.over:
        parts.append(leaf.over if leaf.over.startswith("range_") else f"over_{leaf.over}")
    elif tier := _TIER.search(leaf.path):
        parts.append(f"over_{tier[1]}")
    return ".".join([*parts, *dict.fromkeys(_SPECIAL.findall(leaf.name))])


def _is_replacement(leaf: Leaf) -> bool:
    found = field_of((leaf.name.replace("_", " "),))
    return found is not None and found.attribute == "replacement"


def _words(page: Page, block: Block, subject: str, leaf: Leaf, quote: str) -> Iterator[Fact]:
    value = str(leaf.value)
    moment = moment_in(value)
    if leaf.name in ("license", "license_name") and value.casefold() != "other":
        detail = {"mark": "declared"}
        yield page.fact(subject, "license.license", license_id(value) or value, block, quote, detail=detail)
    elif STATUS.fullmatch(leaf.name) and not (moment and _ENDING.search(value)):
        predicate = "capability.release_stage" if _STAGE.fullmatch(value.strip()) else "lifecycle.status"
        yield page.fact(subject, predicate, value, block, quote)
    elif leaf.name in _STANDS_FOR and is_name(value) and name_key(value) != name_key(subject):
        yield page.fact(subject, "alias.target", value, block, quote)
    elif _is_replacement(leaf):
        yield page.fact(subject, "lifecycle.replacement", value, block, quote)
    elif moment:
        key = leaf.path if leaf.name in _INNER_DAYS else leaf.name
        attribute = next((name for pattern, name in _ENDS if pattern.search(key)), "")
        if not attribute and STATUS.fullmatch(leaf.name):
            attribute = "retirement_date"
        if attribute:
            yield page.fact(subject, f"lifecycle.{attribute}", moment.value, block, quote, precision=moment.precision)
