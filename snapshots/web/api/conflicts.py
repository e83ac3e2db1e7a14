"""`/conflicts`: where official documents contradict each other, and what people make of it."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from pydantic import Field

from snapshots import review
from snapshots.conflictjournal import ConflictEntry, entry_of, list_conflicts
from snapshots.facts import Precision
from snapshots.review import ReviewState
from snapshots.web.api.callers import Deciding, Reading
from snapshots.web.api.deciding import decide, version_of
from snapshots.web.api.fields import LARGEST_NUMBER, Cursor, Key, Limit, Out, Word
from snapshots.web.api.paging import PAGE, Page, sliced
from snapshots.web.api.shapes import DecidedOut, DecisionOut, VersionedDecisionIn, decided_out, decision_out
from snapshots.wording.escape import safe_url

router = APIRouter(tags=["conflicts"])
_MOST = 10_000


class SideOut(Out):
    """What one source says."""

    value: str | None
    detail: dict[str, Any]
    valid_from: datetime | None
    precision: Precision
    source: str
    snapshot: str
    official_url: str
    heading: list[str]
    quote: str
    by_hand: str | None


class ConflictOut(Out):
    """A contradiction between official documents."""

    id: str
    scope: str
    subject: str
    predicate: str
    qualifier: str
    opened_at: datetime
    closed_at: datetime | None
    closed_why: str | None
    review_state: ReviewState
    snoozed_until: datetime | None
    not_seen_since: list[str]
    claims: list[SideOut]


class ConflictDetail(ConflictOut):
    """A contradiction with what people decided about it."""

    version: int = Field(ge=0, le=LARGEST_NUMBER, description="Hand it back with a decision.")
    decisions: list[DecisionOut]


@router.get("/conflicts")
def list_(
    request: Request,
    call: Reading,
    closed: Annotated[bool, Query(description="Also those that are closed.")] = False,
    subject: Word = "",
    review_state: Annotated[list[ReviewState] | None, Query()] = None,
    cursor: Cursor = "",
    limit: Limit = PAGE,
) -> Page[ConflictOut]:
    """Conflicts, the newest first."""
    with call.services.database.reading() as session:
        found = list_conflicts(
            session, now=call.now, closed=closed, subject=subject, reviews=review_state or (), limit=_MOST
        )
    shown, following = sliced(request, cursor, limit, found)
    return Page[ConflictOut](items=[ConflictOut(**_out(one, call.now)) for one in shown], next=following)


@router.get("/conflicts/{id}")
def show_conflict(call: Reading, id: Key) -> ConflictDetail:  # noqa: A002 - the word in the address
    """One conflict; a beginning of its id is enough while it is unambiguous."""
    with call.services.database.reading() as session:
        row = review.find_conflict(session, id)
        return ConflictDetail(
            **_out(entry_of(session, row), call.now),
            version=version_of(session, row),
            decisions=[decision_out(one) for one in review.trail(session, row)],
        )


@router.post("/conflicts/{id}/decisions")
def decide_conflict(call: Deciding, id: Key, asked: VersionedDecisionIn) -> DecidedOut:  # noqa: A002 - the word in the address
    """Acknowledge, dismiss, snooze, reopen or comment."""
    with call.services.database.writing() as session:
        return decided_out(decide(session, review.find_conflict(session, id), call, asked, version=asked.version))


def _out(entry: ConflictEntry, now: datetime) -> dict[str, Any]:
    return entry.summary(now) | {
        "claims": [
            SideOut(
                value=claim.value,
                detail=dict(claim.detail),
                valid_from=claim.valid_from,
                precision=claim.precision,
                source=claim.source,
                snapshot=claim.snapshot,
                official_url=safe_url(claim.url),
                heading=list(claim.heading),
                quote=claim.quote,
                by_hand=claim.by_hand,
            )
            for claim in entry.claims
        ],
    }
