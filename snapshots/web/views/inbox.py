"""The inbox as a template shows it: groups of rows, and filters with what they would show."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from snapshots.changes.catalogue import kind_of
from snapshots.changes.model import Area, Level
from snapshots.web.addresses import address
from snapshots.web.queries.events import LEVELS, Cell
from snapshots.web.queries.inbox import Event
from snapshots.web.times import Times
from snapshots.web.views.rows import EventRow, event_row

LEVEL_WORDS = {Level.CRITICAL: "Critical", Level.WARNING: "Warning", Level.INFO: "Info", Level.NONE: "Quiet"}


@dataclass(frozen=True, slots=True)
class Choice:
    """The filters and the order in force, as the address has them; empty means any."""

    state: str = "open"
    level: str = ""
    area: str = ""
    provider: str = ""
    subject: str = ""
    source: str = ""
    incident: str = ""
    order: str = "level"

    def link(self, **changed: str) -> str:
        """The address of the list with some of it changed."""
        told = {name: getattr(self, name) for name in Choice.__dataclass_fields__} | changed
        defaults = {"state": "open", "order": "level"}
        return address("/", **{name: value for name, value in told.items() if value != defaults.get(name)})

    @property
    def filters(self) -> tuple[tuple[str, str, str], ...]:
        """The filters in force, each with the address that removes it."""
        names = ("level", "area", "provider", "subject", "source", "incident")
        return tuple((name, value, self.link(**{name: ""})) for name in names if (value := getattr(self, name)))


@dataclass(frozen=True, slots=True)
class Option:
    """One value of a filter: its name, how much it would show, where its link leads, whether it is in force."""

    value: str
    label: str
    events: int
    href: str
    current: bool


@dataclass(frozen=True, slots=True)
class Group:
    """Rows under one heading."""

    level: Level | None
    title: str
    events: int
    rows: tuple[EventRow, ...]


def options(cells: Sequence[Cell], choice: Choice) -> dict[str, list[Option]]:
    """The values of each filter, counted under the other filters; a value that would show nothing is left out."""
    known: dict[str, Callable[[Cell], str]] = {
        "level": lambda cell: cell.level,
        "area": lambda cell: kind_of(cell.kind).area,
        "provider": lambda cell: cell.provider,
    }
    found: dict[str, list[Option]] = {}
    for name, of in known.items():
        others = [other for other in known if other != name]
        kept = [cell for cell in cells if all(getattr(choice, o) in ("", known[o](cell)) for o in others)]
        counted: Counter[str] = Counter()
        for cell in kept:
            counted[of(cell)] += cell.events
        found[name] = [
            Option(value, value, counted[value], choice.link(**{name: value}), getattr(choice, name) == value)
            for value in _ordered(name, counted)
            if value
        ]
    return found


def _ordered(name: str, counted: Counter[str]) -> Iterable[str]:
    if name == "level":
        return [level for level in LEVELS if counted[level]]
    return [value for value, _ in sorted(counted.items(), key=lambda item: (-item[1], item[0]))]


def groups(events: Sequence[Event], choice: Choice, counts: Counter[str], times: Times) -> list[Group]:
    """The rows, under their levels where that is the order."""
    rows = [event_row(event.entries, times, snoozes=event.snoozes) for event in events]
    if choice.order != "level":
        titles = {"newest": "Newest first", "effective": "By effective date", "subject": "By subject"}
        return [Group(None, titles[choice.order], len(rows), tuple(rows))] if rows else []
    found = []
    for level in LEVELS:
        own = tuple(row for row in rows if row.level is level)
        if own:
            found.append(Group(level, LEVEL_WORDS[level], counts[level], own))
    return found


def areas() -> Sequence[str]:
    """The words a filter by area may have."""
    return [area.value for area in Area]
