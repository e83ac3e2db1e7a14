"""What no extractor explains: text that differs, and the few sentences of it that claim something."""

from __future__ import annotations

from collections.abc import Sequence

from snapshots.changes.catalogue import kind_of
from snapshots.changes.model import Change
from snapshots.diff.blocks import Passage, differing
from snapshots.facts import Evidence

_QUOTE = 400


def residual_changes(
    old: Sequence[Passage], new: Sequence[Passage], explained: Sequence[Change], known: Sequence[str]
) -> list[Change]:
    """One `document-text-changed` when texts differ."""
    differences = differing(old, new)
    if not differences:
        return []
    first = differences[0]
    passage = first.after or first.before
    assert passage is not None
    evidence = Evidence(passage.key, passage.heading, passage.text[:_QUOTE])
    kind = kind_of("document-text-changed")
    return [
        Change(
            kind=kind.id, subject="*", attribute="text", level=kind.level, evidence=evidence,
            before=first.before.text[:_QUOTE] if first.before else None, after=first.after.text[:_QUOTE] if first.after else None,
        )
    ]  # fmt: skip
