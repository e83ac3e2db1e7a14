"""A conflict as a page shows it: a sentence, and each claim with its words."""

from __future__ import annotations

from dataclasses import dataclass

from snapshots.conflictjournal import ConflictClaim, ConflictEntry
from snapshots.web.times import Times
from snapshots.wording import moments
from snapshots.wording.escape import plain
from snapshots.wording.spans import quotation
from snapshots.wording.values import attribute, band, value_of

_CLOSED = {
    "agreed": "The documents say the same now",
    "gone": "One side says nothing about it any more",
    "values-changed": "Other values stand against each other now, as another conflict",
}
_NOTES = ("mode", "currency", "unit", "mark")


@dataclass(frozen=True, slots=True)
class ClaimView:
    """One side: its value in words, where it stands, since when, in which words."""

    value: str
    notes: str
    source: str
    version: str
    url: str
    since: str
    heading: tuple[str, ...]
    quote: str
    by_hand: str | None


@dataclass(frozen=True, slots=True)
class ConflictView:
    """A conflict in words. `about` is the name, `what` the attribute, `closed` why it is no longer open."""

    public_id: str
    about: str
    is_name: bool
    what: str
    claims: tuple[ClaimView, ...]
    opened: ConflictEntry
    closed: str
    state: str


def conflict_view(entry: ConflictEntry, times: Times) -> ConflictView:
    """The view of a conflict; what a document says of itself is told by where it belongs."""
    area, _, name = entry.predicate.partition(".")
    words = {"alias.target": "what it means", "model.version": "its version", "license.license": "the license"}
    shown = band(entry.qualifier)
    what = words.get(entry.predicate) or f"{attribute(name)}{' price' if area == 'price' else ''}"
    is_name = entry.subject != "*"
    return ConflictView(
        public_id=entry.public_id,
        about=plain(entry.subject if is_name else entry.scope),
        is_name=is_name,
        what=f"{what}, {shown}" if shown else what,
        claims=tuple(_claim(claim, area, name) for claim in entry.claims),
        opened=entry,
        closed=_CLOSED.get(entry.closed_why or "", entry.closed_why or ""),
        state=entry.review_at(times.now),
    )


def _claim(claim: ConflictClaim, area: str, name: str) -> ClaimView:
    detail = {key: str(text) for key, text in claim.detail.items()}
    if claim.value is None:
        value = "nothing any more"
    elif area == "lifecycle":
        value = moments.said(claim.value)
    else:
        value = value_of(area, name, claim.value, detail) or plain(claim.value)
    notes = [detail[key] for key in _NOTES if key in detail and not (area == "price" and key in ("currency", "unit"))]
    since = f"since {moments.stated(claim.valid_from, claim.precision)}" if claim.valid_from else "undated"
    return ClaimView(
        value=value,
        notes=", ".join(map(plain, notes)),
        source=claim.source,
        version=claim.snapshot.rpartition("@")[2],
        url=claim.url,
        since=since,
        heading=claim.heading[-3:],
        quote=quotation(claim.quote),
        by_hand=claim.by_hand,
    )
