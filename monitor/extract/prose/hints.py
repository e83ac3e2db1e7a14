"""Cheap tests that spare expensive ones: whether a text has any of the letters without which a pattern cannot match.

Most sentences of a page claim nothing. To find a few letters in a sentence costs a hundredth of trying the patterns
that read claims.
"""

from __future__ import annotations

from collections.abc import Callable


def hinting(*letters: str) -> Callable[[str], bool]:
    """A test whether a text in lower case has any of these runs of letters."""

    def hints(lower: str) -> bool:
        return any(map(lower.__contains__, letters))

    return hints
