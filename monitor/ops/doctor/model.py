"""What the doctor finds."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum


class State(StrEnum):
    """How a thing is. What was not looked at is no reason to worry."""

    GOOD = "good"
    WRONG = "wrong"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at: its area, its name, what was seen, and what to do where that is needed."""

    area: str
    about: str
    state: State
    says: str
    todo: str = ""


@dataclass(frozen=True, slots=True)
class Look:
    """A look that may take time; `make` raises nothing it expects. Several run at once."""

    area: str
    about: str
    make: Callable[[], Iterable[Finding]]


def good(area: str, about: str, says: str) -> Finding:
    """A thing that is well."""
    return Finding(area, about, State.GOOD, says)


def wrong(area: str, about: str, says: str, todo: str) -> Finding:
    """A thing that is not."""
    return Finding(area, about, State.WRONG, says, todo)


def skipped(area: str, about: str, says: str) -> Finding:
    """A thing that could not be judged, or was not to be."""
    return Finding(area, about, State.SKIPPED, says)
