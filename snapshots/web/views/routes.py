"""Why a message went where it went, and what was kept back: decisions as they were recorded. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from snapshots.decisions import KEPT, Decided


@dataclass(frozen=True, slots=True)
class Why:
    """The rules that led somewhere, from the root down, and what they came to. `silence` held it back, 0 for none."""

    channel: str
    path: str
    reason: str
    silence: int = 0


def why_told(decided: Iterable[Decided]) -> Mapping[str, Sequence[Why]]:
    """By delivery; changes of one event that went the same way count once."""
    found: dict[str, dict[Why, None]] = {}
    for one in decided:
        if one.delivery:
            found.setdefault(one.delivery, {})[Why(one.channel, one.path, one.reason)] = None
    return {delivery: list(ways) for delivery, ways in found.items()}


def why_kept(decided: Iterable[Decided]) -> Sequence[Why]:
    """What was told nobody, or not on one channel, and why."""
    kept = (Why(one.channel, one.path, one.reason, one.silence or 0) for one in decided if one.outcome == KEPT)
    return list(dict.fromkeys(kept))
