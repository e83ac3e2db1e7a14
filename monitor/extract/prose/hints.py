"""Cheap tests that spare expensive ones: whether a text has any of the letters without which a pattern cannot match.

Most sentences of a page claim nothing. To find a few letters in a sentence costs a hundredth of trying the patterns
that read claims.
"""

from __future__ import annotations


class Hints:
    """A test whether a text in lower case has any of certain runs of letters."""

    def __init__(self, *letters: str) -> None:
        self._letters = letters

    def __call__(self, lower: str) -> bool:
        """Whether a text has one of them."""
        return any(map(lower.__contains__, self._letters))

    def within(self, whole: str) -> Hints:
        """The same test for parts of a text, which looks only for what the whole has."""
        return Hints(*filter(whole.__contains__, self._letters))
