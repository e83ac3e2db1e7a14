"""The words that prove a change: what each source says, and what to look for in it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from snapshots.changes.catalogue import kind_of
from snapshots.journal import Entry
from snapshots.wording import moments
from snapshots.wording.cases import cases
from snapshots.wording.escape import plain
from snapshots.wording.spans import quotation
from snapshots.wording.values import value_of

_MOST_PROOFS = 6
_MOST_QUOTES = 3


@dataclass(frozen=True, slots=True)
class Quote:
    """A passage of a source with the headings above it. `words` are the decisive ones in it."""

    heading: tuple[str, ...]
    text: str
    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Proof:
    """What one version of a source says; `left_out` counts the passages that are not shown."""

    source_id: str
    title: str
    version: int
    digest: str
    quotes: tuple[Quote, ...]
    left_out: int


def proofs(entries: Sequence[Entry], digests: Mapping[tuple[str, int], tuple[str, datetime]]) -> list[Proof]:
    """What each source says, the leading source first. What is gone is quoted from the version that had it."""
    leading = cases(entries)[0].entry.source_id
    grouped: dict[tuple[str, int], list[Entry]] = {}
    for entry in sorted(entries, key=lambda each: (each.source_id != leading, each.source_id, each.id)):
        evidence = entry.change.evidence
        if evidence is not None and evidence.quote:
            version = entry.from_version if entry.change.after is None else entry.to_version
            grouped.setdefault((entry.source_id, version), []).append(entry)
    return [_proof(group, version, digests) for (_, version), group in grouped.items()][:_MOST_PROOFS]


def _proof(group: Sequence[Entry], version: int, digests: Mapping[tuple[str, int], tuple[str, datetime]]) -> Proof:
    entry = group[0]
    digest, _ = digests.get((entry.source_id, version), ("", None))
    passages: dict[str, list[Entry]] = {}
    for each in sorted(group, key=_loudest_price_first):
        assert each.change.evidence is not None
        passages.setdefault(plain(each.change.evidence.quote), []).append(each)
    quotes = [_quote(same) for same in passages.values()]
    return Proof(
        source_id=entry.source_id,
        title=plain(entry.source_title) or entry.source_id,
        version=version,
        digest=" ".join(digest[i : i + 4] for i in range(0, 12, 4)),
        quotes=tuple(quotes[:_MOST_QUOTES]),
        left_out=max(0, len(quotes) - _MOST_QUOTES),
    )


def _loudest_price_first(entry: Entry) -> tuple[bool, int]:
    return (entry.change.attribute != "output_price", entry.id)


def _quote(same: Sequence[Entry]) -> Quote:
    evidence = same[0].change.evidence
    assert evidence is not None
    decisive = dict.fromkeys(word for entry in same for word in _decisive(entry))
    return Quote(evidence.heading[-3:], quotation(evidence.quote), tuple(decisive))


def decisive_words(entries: Sequence[Entry]) -> tuple[str, ...]:
    """The words to mark in the stored page."""
    return tuple(dict.fromkeys(word for entry in entries for word in _decisive(entry)))


def _decisive(entry: Entry) -> list[str]:
    """What to look for in a quotation: the new value as stored, as people write it, and as the page may write it."""
    change = entry.change
    value = change.after if change.after is not None else change.before
    if value is None or value in ("true", "false"):
        return []
    shown = value_of(kind_of(change.kind).area, change.attribute, value, change.after_detail)
    raw = change.after_detail.get("raw", "")
    found = [shown, raw, value if len(value) > 2 else ""]
    if known := moments.parse(value):
        at = known[0]
        found += [f"{at:%Y-%m-%d}", f"{at:%Y/%m/%d}", f"{at:%B} {at.day}, {at.year}", moments.day(at)]
    return [plain(word).strip("`") for word in found if word]
