"""What a silence holds back, as a sentence, and the matcher that the fields of a form mean. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from snapshots.changes.catalogue import KINDS
from snapshots.changes.model import Area, Level
from snapshots.wording.spans import Line, Span, code, line

AREAS = (*Area, "headwater")
KIND_IDS = tuple(sorted(KINDS))
LEVELS = tuple(level for level in Level if level is not Level.NONE)
LISTED = ("area", "kind", "level", "provider", "source", "subject")
"""The keys a form has a field for; of those that take several values commas part them."""
_WILD = frozenset("*?")


def sentence(matcher: Mapping[str, Any]) -> Line:
    """`Price changes from deepseek about names like deepseek-*`; the keys are those of routes."""
    return line(*_what(matcher), *_which(matcher))


def matcher_of(fields: Mapping[str, str]) -> dict[str, Any]:
    """The matcher that a form asks for, empty fields left out. What it holds is checked by the room that matches."""
    found: dict[str, Any] = {}
    for key in LISTED:
        if values := [word.strip() for word in fields.get(key, "").split(",") if word.strip()]:
            found[key] = values
    labels = {}
    for word in fields.get("labels", "").split(","):
        name, _, value = word.partition("=")
        if name.strip():
            labels[name.strip()] = value.strip()
    if labels:
        found["labels"] = labels
    return found


def _what(matcher: Mapping[str, Any]) -> Iterator[Span | str]:
    areas = _words(matcher.get("area"))
    if kinds := _words(matcher.get("kind")):
        yield "What is "
        yield from _either(kinds)
    elif areas:
        named = [word for word in areas if word != "headwater"]
        if named:
            yield f"{_joined(named).capitalize()} changes"
        if "headwater" in areas:
            yield " and what headwater tells of itself" if named else "What headwater tells of itself"
    else:
        yield "Everything"
    if levels := _words(matcher.get("level")):
        yield f" of the level {_joined(levels)}"


def _which(matcher: Mapping[str, Any]) -> Iterator[Span | str]:
    for key, words in (("provider", " from "), ("source", " in the source "), ("owner", " owned by ")):
        if values := _words(matcher.get(key)):
            yield words
            yield from _either(values)
    if names := _words(matcher.get("subject")):
        yield " about names like " if any(_WILD & set(name) for name in names) else " about "
        yield from _either(names)
    labels: Mapping[str, Any] = matcher.get("labels") or {}
    if labels:
        yield " in sources labelled "
        yield from _either([f"{name}={value}" for name, value in labels.items()], word="and")
    if reviews := _words(matcher.get("review")):
        yield f" whose review is {_joined(reviews)}"
    relied_on = matcher.get("relied_on")
    if relied_on is not None:
        yield " about names we rely on" if relied_on else " about names we do not rely on"


def _words(value: object) -> list[str]:
    if value is None:
        return []
    return [str(one) for one in value] if isinstance(value, list | tuple) else [str(value)]


def _joined(words: Sequence[str], word: str = "or") -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} {word} {words[-1]}"


def _either(values: Sequence[str], word: str = "or") -> Iterator[Span | str]:
    for place, value in enumerate(values):
        if place:
            yield f" {word} " if place == len(values) - 1 else ", "
        yield code(value)
