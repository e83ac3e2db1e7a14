"""What no extractor explains: text that differs, and the few sentences of it that claim something new."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from snapshots.changes.catalogue import kind_of
from snapshots.changes.model import Change
from snapshots.diff.blocks import Difference, Passage, differing, folded
from snapshots.diff.claims import RESTRICTIONS, amounts_in, claims_of
from snapshots.facts import Evidence, name_key

_QUOTE = 400
_MOST = 10
_ROW_KEY = 40
# What was mended now does what had been said before.
_MENDED = re.compile(r"\W*(?:bug\s*)?fix(?:e[sd])?\b|修复", re.IGNORECASE)
_DAY = re.compile(r"\b20\d\d-\d\d-\d\d\b")


def residual_changes(
    old: Sequence[Passage],
    new: Sequence[Passage],
    explained: Sequence[Change],
    known: Sequence[str],
    priced: Mapping[tuple[str, str], int],
) -> list[Change]:
    """A `document-statement-changed` for each sentence that claims something new of a known name, and one
    `document-text-changed` when texts differ at all.

    A name that already has a change is left out: its sentences are the evidence of that change. `priced` counts the
    prices read for a folded name from a block: a row whose amounts were all read claims nothing by them.
    """
    differences = differing(old, new)
    if not differences:
        return []
    told = {name_key(name) for change in explained for name in (change.subject, change.before, change.after) if name}
    names = [name for name in known if name_key(name) not in told]
    proofs = {folded(change.evidence.quote) for change in explained if change.evidence is not None}
    return [*_statements(old, new, names, proofs, priced), _text(differences[0])]


def _statements(
    old: Sequence[Passage],
    new: Sequence[Passage],
    names: Sequence[str],
    proofs: set[str],
    priced: Mapping[tuple[str, str], int],
) -> Iterator[Change]:
    before, after = claims_of(old, names), claims_of(new, names)
    horizon = max((day for passage in old for text in passage.heading for day in _DAY.findall(text)), default="")
    sentences: dict[str, str] = {}
    for (name, mark), (passage, sentence) in after.items():
        if (name, mark) in before or folded(sentence) in sentences or len(sentences) >= _MOST:
            continue
        if folded(sentence) in proofs or (passage.heading and _MENDED.match(passage.heading[-1])):
            continue
        if " | " in passage.text and 0 < amounts_in(sentence) <= priced.get((name_key(name), _block_of(passage)), 0):
            continue
        day = max((day for text in passage.heading for day in _DAY.findall(text)), default="")
        if day and day < horizon:
            continue
        sentences[folded(sentence)] = name
        earlier = next((s for (n, _), (p, s) in before.items() if n == name and p.key == passage.key), None)
        yield _statement(name, earlier, sentence, passage)
    for (name, mark), (passage, sentence) in before.items():
        if mark in RESTRICTIONS and (name, mark) not in after and folded(sentence) not in sentences:
            sentences[folded(sentence)] = name
            yield _statement(name, sentence, None, passage)


def _block_of(row: Passage) -> str:
    """The key of the table a row belongs to: the row's own key ends with its first cell."""
    first = row.text.split(" | ", 1)[0][:_ROW_KEY]
    return row.key.removesuffix(f"/{first}")


def _statement(name: str, before: str | None, after: str | None, passage: Passage) -> Change:
    kind = kind_of("document-statement-changed")
    evidence = Evidence(passage.key, passage.heading, (after or before or "")[:_QUOTE])
    return Change(
        kind=kind.id, subject=name, attribute="statement", level=kind.level, evidence=evidence, confidence=0.7,
        before=before[:_QUOTE] if before else None, after=after[:_QUOTE] if after else None,
    )  # fmt: skip


def _text(first: Difference) -> Change:
    kind = kind_of("document-text-changed")
    passage = first.after or first.before
    assert passage is not None
    return Change(
        kind=kind.id, subject="*", attribute="text", level=kind.level,
        evidence=Evidence(passage.key, passage.heading, passage.text[:_QUOTE]),
        before=first.before.text[:_QUOTE] if first.before else None,
        after=first.after.text[:_QUOTE] if first.after else None,
    )  # fmt: skip
