"""What the pages need from the rooms above, handed in by the composition root (docs/decisions/0019)."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from snapshots.corrected import Stated
from snapshots.diff.sheets import Sheet
from snapshots.facts import Precision
from snapshots.review import Reviewer


class UnreadableError(Exception):
    """Stored bytes cannot be shown as a document; the message says why."""


class ReadSheet(Protocol):
    """Parses stored bytes; the parsers belong to the room that fetches."""

    def __call__(self, body: bytes, content_type: str, url: str) -> Sheet:
        """The document in the bytes of a version.

        Raises:
            UnreadableError: they cannot be read.
        """
        ...


class NotHereError(Exception):
    """The server was started without what is asked for; the message says what to do instead."""


class NotUnderstoodError(ValueError):
    """A value of a person is none; the message says what one looks like."""


class BusyError(Exception):
    """What is asked for is being worked on at this very moment; the message says to ask again."""


def _not_here(*_: object, **__: object) -> Any:
    raise NotHereError("This server reads no configuration. Use the command line of the service for this.")


@dataclass(frozen=True, slots=True)
class UpperRooms:
    """What decisions need from the rooms above; what is not handed in is answered with `NotHereError`.

    `state` fills in what a person typed as the value of a correction, made comparable; it is given the correction
    without value, the text, and the detail of the reading it replaces. `since` reads a typed day or instant, `matcher`
    checks what a silence holds back and gives it as it is kept. These raise `NotUnderstoodError`.
    `believe` takes the held version of a source for the page and gives how many changes that told; it raises
    `ReviewError` or `BusyError`. `remind_before` are the days before an end at which people are told.
    """

    state: Callable[[Stated, str, Mapping[str, str]], Stated] = _not_here
    since: Callable[[str], tuple[datetime, Precision]] = _not_here
    matcher: Callable[[Mapping[str, Any]], dict[str, Any]] = _not_here
    believe: Callable[[str, Reviewer, str], int] = _not_here
    remind_before: Collection[int] = ()
