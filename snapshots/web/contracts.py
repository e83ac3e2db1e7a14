"""What the pages need from the rooms above, handed in by the composition root (docs/decisions/0019)."""

from __future__ import annotations

from typing import Protocol

from snapshots.diff.sheets import Sheet


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
