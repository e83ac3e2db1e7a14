"""What a team relies on, written down: which facts must hold of which name, for a CI job to assert.

A file maps names to facts and what they must say, a fact as `headwater facts` prints it:

    deepseek-chat:
      alias.target: deepseek-v4-flash
      limit.context_window: at least 128K
      price.output_price: at most 1.10 USD
      license.license: [MIT, Apache-2.0]
      lives: 60 days
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from pathlib import Path

from monitor.config.lines import Located, YamlError, load_located
from snapshots.durations import parse_duration

LIVES = "lives"
"""Asserts that no end of service is announced within a time. Every other key is a predicate and maybe a qualifier."""


class Relation(StrEnum):
    """How what is stated must stand to what is wanted."""

    EQUAL = ""
    AT_LEAST = "at least"
    AT_MOST = "at most"
    LIVES = "no end within"


class ExpectationError(Exception):
    """What is written down cannot be asserted. `problems` are sentences that begin with file and line."""

    def __init__(self, problems: Sequence[str]) -> None:
        """Keep the problems; the message is all of them, a line each."""
        super().__init__("\n".join(problems))
        self.problems = tuple(problems)


@dataclass(frozen=True, slots=True)
class Expectation:
    """`predicate` of `subject` must stand in `relation` to one of `wanted`; `where` is `file:line`, or empty.

    An empty `qualifier` speaks of the statement without one, or of every one where all have one. For `LIVES` the
    predicate is empty and `span` says for how long.
    """

    subject: str
    predicate: str
    wanted: tuple[str, ...]
    relation: Relation = Relation.EQUAL
    qualifier: str = ""
    span: timedelta = timedelta()
    where: str = ""

    @property
    def key(self) -> str:
        """What it is about, as it is written down: `alias.target`, `price.input_price off_peak`, `lives`."""
        return f"{self.predicate or LIVES} {self.qualifier}".rstrip()

    @property
    def said(self) -> str:
        """The expectation in words: `at least 128K`, `MIT or Apache-2.0`, `no end within 60 days`."""
        return " ".join(filter(None, (self.relation.value, " or ".join(self.wanted))))


def expected(subject: str, fact: str, wanted: str | Sequence[str], where: str = "") -> Expectation:
    """One expectation from its words.

    Raises:
        ValueError: with a sentence that shows how to write one.
    """
    values = (wanted,) if isinstance(wanted, str) else tuple(wanted)
    values = tuple(" ".join(value.split()) for value in values)
    if not values or not all(values):
        message = f'"{fact}" is to be nothing at all. Write what it must say, such as `alias.target: acme-4`.'
        raise ValueError(message)
    if fact == LIVES:
        return Expectation(subject, "", values, Relation.LIVES, span=parse_duration(values[0]), where=where)
    predicate, _, qualifier = " ".join(fact.split()).partition(" ")
    if "." not in predicate:
        message = f'"{fact}" is no fact. Write one as `headwater facts` prints it (`alias.target`), or `lives`.'
        raise ValueError(message)
    for relation in (Relation.AT_LEAST, Relation.AT_MOST):
        bound = values[0].removeprefix(f"{relation.value} ")
        if len(values) == 1 and bound != values[0]:
            return Expectation(subject, predicate, (bound,), relation, qualifier, where=where)
    return Expectation(subject, predicate, values, Relation.EQUAL, qualifier, where=where)


def load_expectations(path: Path) -> tuple[Expectation, ...]:
    """The expectations of a file, in order.

    Raises:
        ExpectationError: with every problem found.
    """
    try:
        located = load_located(path.read_bytes())
    except OSError as error:
        raise ExpectationError([f"{path}: cannot be read ({error.strerror})."]) from error
    except YamlError as error:
        raise ExpectationError([f"{path}:{error.line}: {error}" if error.line else f"{path}: {error}"]) from error
    problems = [f"{path}:{line}: {place[-1]} is given twice." for place, line in located.repeated]
    found: list[Expectation] = []
    whole = located.value if located.value is not None else {}
    if not isinstance(whole, Mapping):
        raise ExpectationError(
            [f"{path}:1: The file must map names to facts, such as `acme-chat: {{lives: 60 days}}`."]
        )
    for subject, fact, wanted, line in _entries(whole, located):
        where = f"{path}:{line}"
        if fact is None:
            problems.append(f"{where}: A name wants facts under it, such as `{subject}: {{lives: 60 days}}`.")
            continue
        try:
            found.append(expected(subject, fact, _words(wanted), where))
        except ValueError as error:
            problems.append(f"{where}: {error}")
    if not found and not problems:
        problems.append(f"{path}: there is nothing in it to assert.")
    if problems:
        raise ExpectationError(problems)
    return tuple(found)


def _entries(whole: Mapping[object, object], located: Located) -> Iterator[tuple[str, str | None, object, int]]:
    """`(name, fact, wanted, line)` of each entry; the fact is `None` where a name has none."""
    for subject, facts in whole.items():
        if not isinstance(facts, Mapping) or not facts:
            yield str(subject), None, None, located.line((str(subject),))
            continue
        for fact, wanted in facts.items():
            yield str(subject), str(fact), wanted, located.line((str(subject), str(fact)))


def _words(wanted: object) -> str | list[str]:
    """A scalar of YAML as it was meant in words: `true`, `2030-07-24`, `128000`."""
    if isinstance(wanted, list):
        return [word for item in wanted if isinstance(word := _words(item), str)]
    if wanted is None or isinstance(wanted, Mapping):
        return ""
    if isinstance(wanted, bool):
        return str(wanted).lower()
    return wanted.isoformat() if isinstance(wanted, date) else str(wanted)
