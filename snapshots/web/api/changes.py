"""`/changes`: what was found, what proves it, who was told, and what people decide about it."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Query, Request
from pydantic import Field
from sqlalchemy.orm import Session

from snapshots import journal, review
from snapshots.changes.catalogue import KINDS
from snapshots.changes.model import Area, Level
from snapshots.diff.paging import compare_sheets
from snapshots.journal import Entry, Filter
from snapshots.review import ReviewState
from snapshots.web.api.callers import Deciding, Reading
from snapshots.web.api.deciding import decide, version_of
from snapshots.web.api.fields import LARGEST_NUMBER, Cursor, Instant, Key, Limit, Name, Out, Word
from snapshots.web.api.paging import PAGE, Page, decode, encode, instant
from snapshots.web.api.problems import NoSuchError
from snapshots.web.api.shapes import (
    ChangeOut,
    ComparisonOut,
    DecidedOut,
    DecisionIn,
    DecisionOut,
    VersionedDecisionIn,
    change_out,
    comparison_out,
    decided_out,
    decision_out,
)
from snapshots.web.contracts import NotUnderstoodError, UnreadableError
from snapshots.web.queries import change as read
from snapshots.web.queries import inbox

router = APIRouter(tags=["changes"])
_TOLD_LEVELS = tuple(level for level in Level if level is not Level.NONE)


class ToldOut(Out):
    """A message that told a change."""

    delivery: str
    channel: str
    kind: str
    state: str
    at: datetime
    attempts: int
    error: str | None
    incident: str


class ChangeDetail(ChangeOut):
    """A change with what belongs to it."""

    version: int = Field(ge=0, le=LARGEST_NUMBER, description="Hand it back with a decision.")
    event: list[str] = Field(description="The ids of all changes of the same upstream event, its own among them.")
    told: list[ToldOut]
    decisions: list[DecisionOut]


class ChangeDecision(VersionedDecisionIn):
    """A decision about a change."""

    whole_event: bool = Field(default=False, description="Also about the other changes of its event, as the pages do.")


class BulkDecision(DecisionIn):
    """One decision about many changes, in one transaction: all of it counts or nothing."""

    ids: list[Name] = Field(min_length=1, max_length=500)


@router.get("/changes")
def list_changes(
    request: Request,
    call: Reading,
    level: Annotated[list[Level] | None, Query(description="Without it every level but `none`.")] = None,
    kind: Annotated[list[Word] | None, Query()] = None,
    area: Area | None = None,
    provider: Word = "",
    source: Word = "",
    subject: Word = "",
    since: Annotated[Instant | None, Query(description="Seen from then on.")] = None,
    until: Annotated[Instant | None, Query(description="Seen before.")] = None,
    review_state: Annotated[list[ReviewState] | None, Query()] = None,
    cursor: Cursor = "",
    limit: Limit = PAGE,
) -> Page[ChangeOut]:
    """Changes, the newest first."""
    place = decode(request, cursor, str, int)
    wanted = Filter(
        levels=level or _TOLD_LEVELS,
        kinds=_kinds(kind, area),
        source=source,
        provider=provider,
        subject=subject,
        since=since,
        until=until,
        reviews=review_state or (),
        now=call.now,
    )
    behind = (instant(place[0]), int(place[1])) if place else None
    with call.services.database.reading() as session:
        found = journal.list_changes(session, wanted, limit=limit + 1, behind=behind)
    last = found[limit - 1] if len(found) > limit else None
    return Page[ChangeOut](
        items=[change_out(entry, call.now) for entry in found[:limit]],
        next=encode(request, last.detected_at.isoformat(), last.id) if last else None,
    )


@router.post("/changes/decisions")
def decide_many(call: Deciding, asked: BulkDecision) -> list[DecidedOut]:
    """Decide about many changes at once."""
    with call.services.database.writing() as session:
        rows = [review.find_change(session, one) for one in dict.fromkeys(asked.ids)]
        return [decided_out(decide(session, row, call, asked)) for row in rows]


@router.get("/changes/{id}")
def show_change(call: Reading, id: Key) -> ChangeDetail:  # noqa: A002 - the word in the address
    """One change; a beginning of its id is enough while it is unambiguous."""
    with call.services.database.reading() as session:
        row = review.find_change(session, id)
        entry = _entry(session, row.public_id)
        event = read.event_of(session, entry, call.now)
        told = read.told_of(session, [each.id for each in event])
        return ChangeDetail(
            **change_out(entry, call.now).model_dump(),
            version=version_of(session, row),
            event=[each.public_id for each in event],
            told=[
                ToldOut(
                    delivery=one.delivery,
                    channel=one.channel,
                    kind=one.kind,
                    state=one.state,
                    at=one.at,
                    attempts=one.attempts,
                    error=one.error,
                    incident=one.incident,
                )
                for one in told
            ],
            decisions=[decision_out(one) for one in review.trail(session, row)],
        )


@router.get("/changes/{id}/diff")
def show_difference(call: Reading, id: Key) -> ComparisonOut:  # noqa: A002 - the word in the address
    """The two versions that a change was found between, line by line."""
    with call.services.database.reading() as session:
        entry = _entry(session, review.find_change(session, id).public_id)
        old = read.stored(session, entry.source_id, entry.from_version)
        new = read.stored(session, entry.source_id, entry.to_version)
    if old is None or new is None:
        raise NoSuchError("One of the two versions is no longer in the store.")
    try:
        found = compare_sheets(call.services.sheets.of(old), call.services.sheets.of(new))
    except UnreadableError as error:
        raise NoSuchError(str(error)) from error
    return comparison_out(found, source=entry.source_id, versions=(old.sequence, new.sequence))


@router.post("/changes/{id}/decisions")
def decide_change(call: Deciding, id: Key, asked: ChangeDecision) -> list[DecidedOut]:  # noqa: A002 - as above
    """Acknowledge, dismiss, snooze, reopen or comment; the change asked for is answered first."""
    with call.services.database.writing() as session:
        row = review.find_change(session, id)
        found = [decide(session, row, call, asked, version=asked.version)]
        if asked.whole_event and asked.action != "comment":
            event = read.event_of(session, _entry(session, row.public_id), call.now)
            others = inbox.rows_of(session, [each.public_id for each in event if each.id != row.id])
            found += [decide(session, other, call, asked) for other in others]
        return [decided_out(one) for one in found]


def _entry(session: Session, public_id: str) -> Entry:
    return next(one for one in journal.find_change(session, public_id) if one.public_id == public_id)


def _kinds(kinds: list[str] | None, area: Area | None) -> list[str]:
    """The ids to look for; empty means any."""
    if wrong := next((kind for kind in kinds or () if kind not in KINDS), None):
        raise NotUnderstoodError(f'"{wrong}" is not a change kind. docs/changes.md lists them.')
    if area is None:
        return kinds or []
    found = [kind.id for kind in KINDS.values() if kind.area is area and (kinds is None or kind.id in kinds)]
    if not found:
        raise NotUnderstoodError(f"None of these kinds belongs to the area {area}.")
    return found
