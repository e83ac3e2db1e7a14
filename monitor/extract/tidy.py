"""Puts right what pasting, crawling and conversion did to Markdown, where that is certain."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Tidied:
    """Markdown after repair, with what was done in words."""

    text: str
    repairs: tuple[str, ...] = ()
    ignored: tuple[str, ...] = ()


def tidy(text: str) -> Tidied:
    """The text with its repairs."""
    return Tidied(text)
