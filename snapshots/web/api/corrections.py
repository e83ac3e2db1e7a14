"""`/corrections`: what people say a source means where it was read wrongly."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Query, Request
from pydantic import Field, StringConstraints

from snapshots import corrections
from snapshots.conflicts import settle
from snapshots.corrected import Correction, about
from snapshots.facts import Precision, name_key
from snapshots.tables import CorrectionRow, SourceRow
from snapshots.web.api.callers import Deciding, Reading
from snapshots.web.api.fields import Cursor, In, Limit, Name, Number, Out, Text, Word
from snapshots.web.api.paging import PAGE, Page, sliced
from snapshots.web.api.problems import NoSuchError
from snapshots.web.api.sources import require_source

router = APIRouter(tags=["corrections"])


class CorrectionOut(Out):
    """One correction. `value` null says that the source states nothing there."""

    id: int
    source: str
    snapshot: str
    subject: str
    predicate: str
    qualifier: str
    value: str | None
    valid_from: datetime | None
    precision: Precision
    reason: str
    actor: str
    via: str
    corrected_at: datetime
    withdrawn_at: datetime | None


class CorrectionIn(In):
    """What a source really states; it counts while the source is read as it is now."""

    source: Name
    subject: Name
    predicate: Name = Field(description="What of it, such as `price.output_price`.")
    qualifier: Word = ""
    value: Annotated[str, StringConstraints(max_length=500)] | None = Field(
        description="In the source's own words, such as `$0.28 / 1M tokens`; null when it states nothing there."
    )
    valid_from: Word = Field(default="", description="Since when it holds, where the source says so.")
    reason: Text


class WithdrawIn(In):
    """Why the reading leads again."""

    text: Text = ""


@router.get("/corrections")
def list_corrections(
    request: Request,
    call: Reading,
    subject: Word = "",
    withdrawn: Annotated[bool, Query(description="Also those that no longer stand.")] = False,
    cursor: Cursor = "",
    limit: Limit = PAGE,
) -> Page[CorrectionOut]:
    """Corrections, the oldest first."""
    with call.services.database.reading() as session:
        found = corrections.corrections_about(session, name_key(subject) if subject else None)
    shown, following = sliced(request, cursor, limit, [one for one in found if withdrawn or one.withdrawn_at is None])
    return Page[CorrectionOut](items=[_out(one) for one in shown], next=following)


@router.post("/corrections", status_code=201)
def correct(call: Deciding, asked: CorrectionIn) -> CorrectionOut:
    """Correct what was read wrongly."""
    upper, now = call.services.upper, call.now
    since = upper.since(asked.valid_from) if asked.valid_from else None
    stated = about(asked.subject, asked.predicate, asked.qualifier, since)
    with call.services.database.writing() as session:
        source = require_source(session, asked.source)[0]
        reading = corrections.reading_of(session, source.id, stated, now)
        if asked.value is not None:
            stated = upper.state(stated, asked.value, reading.detail if reading else {})
        row = corrections.correct(session, source.id, stated, call.by, now=now, reason=asked.reason)
        settle(session, source, {(name_key(asked.subject), asked.predicate)}, now=now)
        return _out(next(one for one in corrections.corrections_about(session, row.subject_key) if one.id == row.id))


@router.post("/corrections/{id}/withdrawal")
def withdraw(call: Deciding, id: Number, asked: WithdrawIn) -> CorrectionOut:  # noqa: A002 - the word in the address
    """Let the reading lead again; the correction stays in the history."""
    with call.services.database.writing() as session:
        if session.get(CorrectionRow, id) is None:
            raise NoSuchError(f"There is no correction {id}.")
        row = corrections.withdraw(session, id, call.by, now=call.now, reason=asked.text)
        source = session.get_one(SourceRow, row.source_id)
        settle(session, source, {(row.subject_key, row.predicate)}, now=call.now)
        return _out(next(one for one in corrections.corrections_about(session, row.subject_key) if one.id == row.id))


def _out(one: Correction) -> CorrectionOut:
    return CorrectionOut(
        id=one.id,
        source=one.source,
        snapshot=one.snapshot,
        subject=one.subject,
        predicate=one.predicate,
        qualifier=one.qualifier,
        value=one.value,
        valid_from=one.valid_from,
        precision=one.precision,
        reason=one.reason,
        actor=one.actor,
        via=one.via,
        corrected_at=one.corrected_at,
        withdrawn_at=one.withdrawn_at,
    )
