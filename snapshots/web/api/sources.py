"""`/sources`: what is watched and how it fares, its checks, its baseline, and versions that are held."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from fastapi import APIRouter, Request
from pydantic import Field
from sqlalchemy.orm import Session

from snapshots import baseline, holding
from snapshots.review import ReviewError
from snapshots.sources import SourceHealth
from snapshots.tables import SourceRow
from snapshots.versions import version_row
from snapshots.web.api.callers import Deciding, Reading
from snapshots.web.api.fields import LARGEST_NUMBER, Cursor, In, Key, Out, Text, Word
from snapshots.web.api.paging import Page, decode, encode, instant
from snapshots.web.api.problems import NoSuchError
from snapshots.web.queries import source as read
from snapshots.wording.escape import safe_url

router = APIRouter(tags=["sources"])


class SourceOut(Out):
    """One source and how it fares. `word` is `ok`, or why there is no answer to believe; `advice` what to do."""

    id: str
    title: str
    provider: str
    kind: str
    official_url: str
    state: str
    word: str
    advice: str
    failing_since: datetime | None
    consecutive_failures: int
    last_checked_at: datetime | None
    last_ok_at: datetime | None
    last_changed_at: datetime | None
    next_check_at: datetime
    facts: int
    versions: int


class BaselineOut(Out):
    """The version that people last confirmed."""

    version: int
    at: datetime
    actor: str
    text: str


class HeldOut(Out):
    """A version that is not believed until a person says so."""

    version: int
    since: datetime
    why: str
    refused: bool


class SourceDetail(SourceOut):
    """One source with its baseline and its held version."""

    baseline: BaselineOut | None
    held: HeldOut | None


class CheckOut(Out):
    """One past check."""

    scheduled_for: datetime
    finished_at: datetime
    outcome: str
    http_status: int | None
    body_bytes: int | None
    duration_ms: int
    detail: str | None


class PinIn(In):
    """Which version people confirm; the newest believed one without a number."""

    version: int | None = Field(default=None, ge=1, le=LARGEST_NUMBER)
    text: Text = ""


class BecauseIn(In):
    """Why."""

    text: Text = ""


class AcceptedOut(Out):
    """What came of believing a held version: how many changes it told."""

    source: str
    changes: int


class RefusedOut(Out):
    """What came of refusing a held version. `recorded` is false when it was refused before."""

    source: str
    version: int
    recorded: bool


@router.get("/sources")
def list_sources(call: Reading, provider: Word = "") -> Page[SourceOut]:
    """Every source, the failing ones first."""
    with call.services.database.reading() as session:
        found = read.health(session)
    items = [SourceOut(**_out(one)) for one in found if not provider or one.provider == provider]
    return Page[SourceOut](items=items, next=None)


@router.get("/sources/{id}")
def show_source(call: Reading, id: Key) -> SourceDetail:  # noqa: A002 - the word in the address
    """One source."""
    with call.services.database.reading() as session:
        health = require_source(session, id)[1]
        pinned = baseline.baseline_of(session, id)
        return SourceDetail(
            **_out(health),
            baseline=_baseline_out(pinned) if pinned else None,
            held=_held_out(session, id),
        )


@router.get("/sources/{id}/checks")
def list_checks(request: Request, call: Reading, id: Key, cursor: Cursor = "") -> Page[CheckOut]:  # noqa: A002
    """The checks of a source, the newest first, fifty a page."""
    place = decode(request, cursor, str)
    with call.services.database.reading() as session:
        require_source(session, id)
        found, older = read.checks_of(session, id, instant(place[0]) if place else None)
        items = [
            CheckOut(
                scheduled_for=row.scheduled_for,
                finished_at=row.finished_at,
                outcome=row.outcome,
                http_status=row.http_status,
                body_bytes=row.body_bytes,
                duration_ms=row.duration_ms,
                detail=row.error_detail,
            )
            for row in found
        ]
    return Page[CheckOut](items=items, next=encode(request, older.isoformat()) if older else None)


@router.put("/sources/{id}/baseline")
def pin(call: Deciding, id: Key, asked: PinIn) -> BaselineOut:  # noqa: A002 - the word in the address
    """Confirm a version: "since I looked" is compared with it, and retention keeps it."""
    with call.services.database.writing() as session:
        baseline.pin(session, version_row(session, id, asked.version), call.by, now=call.now, text=asked.text)
        pinned = baseline.baseline_of(session, id)
        assert pinned is not None
        return _baseline_out(pinned)


@router.delete("/sources/{id}/baseline", status_code=204)
def unpin(call: Deciding, id: Key) -> None:  # noqa: A002 - the word in the address
    """Take the baseline away."""
    with call.services.database.writing() as session:
        require_source(session, id)
        if not baseline.unpin(session, id, call.by, now=call.now):
            raise NoSuchError(f"{id} has no baseline.")


@router.post("/sources/{id}/held/acceptance")
def accept(call: Deciding, id: Key, asked: BecauseIn) -> AcceptedOut:  # noqa: A002 - the word in the address
    """Believe the held version: it is the page from now on, and what changed is told."""
    with call.services.database.reading() as session:
        require_source(session, id)
        _held(session, id)
    return AcceptedOut(source=id, changes=call.services.upper.believe(id, call.by, asked.text))


@router.post("/sources/{id}/held/refusal")
def refuse(call: Deciding, id: Key, asked: BecauseIn) -> RefusedOut:  # noqa: A002 - the word in the address
    """Say that the held version is not the page: it stays held, however long it stands."""
    with call.services.database.writing() as session:
        require_source(session, id)
        _held(session, id)
        held = holding.held_version(session, id)
        recorded = holding.refuse(session, held, call.by, now=call.now, text=asked.text)
        return RefusedOut(source=id, version=held.sequence, recorded=recorded)


def require_source(session: Session, source_id: str) -> tuple[SourceRow, SourceHealth]:
    """One source.

    Raises:
        NoSuchError: there is none of this id.
    """
    found = read.one(session, source_id)
    if found is None:
        raise NoSuchError(f"There is no source {source_id}.")
    return found


def _held(session: Session, source_id: str) -> None:
    try:
        holding.held_version(session, source_id)
    except ReviewError as error:
        raise NoSuchError(str(error)) from error


def _held_out(session: Session, source_id: str) -> HeldOut | None:
    newest = read.newest(session, source_id)
    if newest is None or newest.held is None:
        return None
    refused = holding.was_refused(session, newest.id)
    return HeldOut(version=newest.sequence, since=newest.observed_at, why=newest.held, refused=refused)


def _baseline_out(pinned: baseline.Baseline) -> BaselineOut:
    return BaselineOut(version=pinned.sequence, at=pinned.at, actor=pinned.actor, text=pinned.text)


def _out(one: SourceHealth) -> dict[str, Any]:
    return {
        "id": one.id,
        "title": one.title,
        "provider": one.provider,
        "kind": one.kind,
        "official_url": safe_url(one.url),
        "state": one.state,
        "word": one.word,
        "advice": one.advice,
        "failing_since": one.failing_since,
        "consecutive_failures": one.consecutive_failures,
        "last_checked_at": one.last_checked_at,
        "last_ok_at": one.last_ok_at,
        "last_changed_at": one.last_changed_at,
        "next_check_at": one.next_check_at,
        "facts": one.facts,
        "versions": one.versions,
    }
