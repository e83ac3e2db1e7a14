"""Limits: context window, longest answer, concurrency and rates, from labelled cells and their notes."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator

from monitor.extract.document import Block
from monitor.extract.facts.fields import field_of, slug
from monitor.extract.facts.page import Page, row_quote
from monitor.extract.facts.rows import qualified
from monitor.extract.grid.notes import NUMBERED, split_notes
from monitor.extract.grid.tables import Entry, Table
from monitor.extract.prose.hints import Hints
from monitor.extract.values.polarity import is_blank
from monitor.extract.values.rates import only_rates
from monitor.extract.values.tokens import Count, count_key, find_counts
from snapshots.facts import Fact

_DEFAULT = re.compile(r"default\w*|默认", re.IGNORECASE)
_MAXIMUM = re.compile(r"max\w*|最大|up to", re.IGNORECASE)
_DEFAULT_OUTPUT = re.compile(
    r"default (?:maximum )?output (?:length|tokens?)[^.\d]{0,20}(?P<count>[\d.,]+ ?[KM]?)\b", re.IGNORECASE
)
_CONTEXT = re.compile(r"\((?P<count>[\d.,]+ ?[KM]) context(?: limit| window| length)?\)", re.IGNORECASE)
_may_say_context = Hints("k context", "m context")
_SIDES = re.compile(
    r"(?P<input>\d[\d.,]*\s?[KM]?)(?: tokens)?\s+in(?:put)?\b\s*[/,;|]\s*"
    r"(?P<output>\d[\d.,]*\s?[KM]?)(?: tokens)?\s+out(?:put)?\b",
    re.IGNORECASE,
)
_TOKENS = frozenset({"context_window", "max_output", "default_output"})
_LEAST = 256


def read_limits(page: Page) -> Iterator[Fact]:
    """`limit.<attribute>` facts; the value is the count as the page writes it."""
    for block, table in page.tables:
        scopes = _scopes(table)
        for entry in table.entries:
            found = field_of(entry.labels)
            text = split_notes(entry.cell.text)[0]
            if found is None and entry.labels and text[:1].isdigit():
                yield from _rated(page, block, table, entry, text)
            if found is None or found.area != "limit" or is_blank(text):
                continue
            for attribute, value in _values(found.attribute, text):
                if attribute in _TOKENS and not is_plausible(value):
                    continue
                predicate, quote, key = f"limit.{attribute}", row_quote(entry, table), _key(attribute, value)
                for name in entry.names:
                    scope = scopes.get((entry.row, entry.column), "")
                    fact = page.fact(name, predicate, value, block, quote, qualifier=scope, key=key)
                    yield qualified(fact, entry)
                if not entry.names and "_per_" in attribute and len(entry.labels) > 1:
                    # Rates by plan or by money paid hold for the account, whatever the model.
                    plan = slug(" ".join(entry.labels[:-1]))
                    yield page.fact("*", predicate, value, block, quote, qualifier=plan, key=key)
            if found.attribute == "max_output":
                for note in entry.notes:
                    if match := _DEFAULT_OUTPUT.search(note):
                        for name in entry.names:
                            yield page.fact(
                                name,
                                "limit.default_output",
                                match["count"].strip(),
                                block,
                                note,
                                key=count_key(match["count"]),
                                confidence=0.9,
                            )
    yield from _from_prose(page)


def _rated(page: Page, block: Block, table: Table, entry: Entry, text: str) -> Iterator[Fact]:
    """Rates that a cell states with their units, under a label that says for whom: `500 RPM & 1M TPM` of a plan."""
    for attribute, value in only_rates(text):
        for name in entry.names:
            fact = page.fact(
                name, f"limit.{attribute}", value, block, row_quote(entry, table),
                qualifier=slug(entry.labels[-1]), key=count_key(value),
            )  # fmt: skip
            yield qualified(fact, entry)


def _key(attribute: str, value: str) -> str:
    """The comparable form of a limit; a rate may state several, `4M TPM / 480 RPM`, of which each counts."""
    return "".join(value.split()).casefold() if attribute == "rate_limit" else count_key(value)


def _from_prose(page: Page) -> Iterator[Fact]:
    for block in page.prose(_may_say_context):
        for sentence in page.sentences(block):
            match = _CONTEXT.search(sentence.masked)
            if match is None:
                continue
            names = [m for m in sentence.of_kind("N") if m.strong and m.text in page.vocabulary]
            for mention in names:
                if (
                    sentence.text.find(mention.text) < sentence.text.find(match[0])
                    and mention.text == mention.text.lower()
                ):
                    yield page.fact(
                        mention.text,
                        "limit.context_window",
                        match["count"],
                        block,
                        sentence.text,
                        key=count_key(match["count"]),
                        confidence=0.9,
                    )


def _scopes(table: Table) -> dict[tuple[int, int], str]:
    """The plan or tier of each limit of a row, where several columns state one limit for it: `Free`, `Tier 1`."""
    rivals: defaultdict[tuple[int, str], dict[int, str]] = defaultdict(dict)
    for entry in table.entries:
        found = field_of(entry.labels)
        if found is not None and found.area == "limit":
            others = [label for label in entry.labels if field_of((label,)) != found]
            rivals[entry.row, found.attribute][entry.column] = slug(" ".join(others))
    return {
        (row, column): scope
        for (row, _), scopes in rivals.items()
        if len(scopes) > 1 and len(set(scopes.values())) == len(scopes)
        for column, scope in scopes.items()
    }


def is_plausible(value: str) -> bool:
    """Whether a token limit may be one: a benchmark score beside the word `context` is none."""
    counts = find_counts(value)
    return not counts or any(count.scaled or count.value >= _LEAST for count in counts)


def _values(attribute: str, text: str) -> Iterator[tuple[str, str]]:
    text = NUMBERED.sub("", text)
    counts = find_counts(text)
    if attribute == "max_output":
        roles = [_role(text, counts, index) for index in range(len(counts))]
        if "default_output" in roles or "max_output" in roles:
            for role, count in zip(roles, counts, strict=True):
                if role:
                    yield role, count.written
            return
    if attribute == "context_window" and (sides := _SIDES.search(text)):
        yield attribute, sides["input"].strip()
        yield "max_output", sides["output"].strip()
        return
    if len(counts) == 1 and attribute != "rate_limit":
        yield attribute, counts[0].written
    elif counts and len(text) <= 60:
        yield attribute, " ".join(text.split())
    elif counts:
        yield attribute, counts[0].written
    elif text.strip() and len(text) <= 40 and attribute not in _TOKENS:
        yield attribute, " ".join(text.split())


def _role(text: str, counts: tuple[Count, ...], index: int) -> str:
    before = text[counts[index - 1].end if index else 0 : counts[index].start]
    if _DEFAULT.search(before):
        return "default_output"
    return "max_output" if _MAXIMUM.search(before) else ""
