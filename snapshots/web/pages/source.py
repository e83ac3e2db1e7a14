"""Sources: the list, one source, its stored versions, two of them compared, raw bytes."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Query
from sqlalchemy.orm import Session
from starlette.responses import Response

from snapshots import holding, journal
from snapshots.diff.paging import CONTEXT, compare_sheets
from snapshots.sources import SourceHealth
from snapshots.tables import SourceRow as SourceRecord
from snapshots.versions import UnknownVersionError, body_of, version_row
from snapshots.web.contracts import UnreadableError
from snapshots.web.queries import change as versions
from snapshots.web.queries import source as read
from snapshots.web.views.diffs import diff_view
from snapshots.web.views.proofs import decisive_words
from snapshots.web.views.source import SourceRow, providers, source_rows, summary
from snapshots.web.views.stored import stored_page
from snapshots.web.visit import Visit, visit_of

router = APIRouter()
_SHOW = ("all", "attention", "stale", "paused")
_MOST_ROWS = 400


@router.get("/sources")
def sources(visit: Annotated[Visit, Depends(visit_of)], show: str = "all", provider: str = "") -> Response:
    """How each source fares."""
    with visit.services.database.reading() as session:
        found = [one for one in read.health(session) if one.state != "removed"]
        outcomes, last = read.strips(session, [one.id for one in found])
        rows = source_rows(found, outcomes, last, visit.times)
        kept = [row for row in rows if not provider or row.health.provider == provider]
        counts = {word: sum(word in ("all", *_lists(row)) for row in kept) for word in _SHOW}
        wanted = show if show in _SHOW else "all"
        shown = [row for row in kept if wanted in ("all", *_lists(row))]
        return visit.render(
            session,
            "sources.html.j2",
            room="sources",
            title="Sources",
            summary=summary(rows, visit.times),
            counts=counts,
            show=wanted,
            provider=provider[:128],
            providers=providers(rows),
            bad=[row for row in shown if not row.good],
            good=[row for row in shown if row.good],
        )


@router.get("/sources/{source_id}")
def source(
    visit: Annotated[Visit, Depends(visit_of)],
    source_id: str,
    checks: str = "",
    versions_from: int | None = None,
    did: str = "",
    changes: int = 0,
) -> Response:
    """One source: its health, checks and versions; the newest answer where it is held."""
    with visit.services.database.reading() as session:
        found = _source(session, source_id)
        outcomes, last = read.strips(session, [source_id])
        seen, older_checks = read.checks_of(session, source_id, _instant(checks))
        kept, older_versions = read.versions_of(session, source_id, versions_from)
        newest = read.newest(session, source_id)
        held = newest if newest is not None and newest.held is not None else None
        return visit.render(
            session,
            "source.html.j2",
            room="sources",
            title=source_id,
            source=found[0],
            row=source_rows([found[1]], outcomes, last, visit.times)[0],
            checks=seen,
            older_checks=older_checks,
            versions=kept,
            older_versions=older_versions,
            held=held,
            refused=held is not None and holding.was_refused(session, held.id),
            did=did,
            changes=changes,
        )


@router.get("/sources/{source_id}/versions/{sequence}")
def version(
    visit: Annotated[Visit, Depends(visit_of)],
    source_id: str,
    sequence: int,
    change: str = "",
    quote: str = "",
    line: int = 0,
) -> Response:
    """A stored version as text, with the words that prove a change or a fact marked."""
    with visit.services.database.reading() as session:
        found, _ = _source(session, source_id)
        kept = _version(session, source_id, sequence)
        newest = read.newest(session, source_id)
        words, quotes = _wanted(session, visit, change, source_id, quote)
        try:
            page = stored_page(visit.services.sheets.of(kept), words=words, quotes=quotes, start=line)
            problem = ""
        except UnreadableError as error:
            page, problem = None, str(error)
        return visit.render(
            session,
            "version.html.j2",
            room="sources",
            title=f"{source_id}, version {sequence}",
            source=found,
            version=kept,
            newest=newest.sequence if newest is not None else sequence,
            page=page,
            problem=problem,
            words=words,
        )


@router.get("/sources/{source_id}/versions/{sequence}/raw")
def raw(visit: Annotated[Visit, Depends(visit_of)], source_id: str, sequence: int) -> Response:
    """The bytes as they came, to be saved: plain text to every browser, whatever they claim to be."""
    with visit.services.database.reading() as session:
        row = version_row(session, source_id, sequence)
        kept = _version(session, source_id, sequence)
        if kept.body is None:
            message = f"The bytes of version {sequence} of {source_id} are no longer kept"
            raise UnknownVersionError(message)
        body = body_of(session, row)
    name = f"{source_id}-{sequence}.txt"
    return Response(
        body,
        media_type="text/plain; charset=utf-8",
        headers={
            "content-disposition": f'attachment; filename="{name}"',
            "content-security-policy": "default-src 'none'; sandbox",
        },
    )


@router.get("/sources/{source_id}/compare")
def compare(
    visit: Annotated[Visit, Depends(visit_of)],
    source_id: str,
    first: Annotated[int | None, Query(alias="from", ge=1)] = None,
    second: Annotated[int | None, Query(alias="to", ge=1)] = None,
    diff: str = "",
    context: str = "",
) -> Response:
    """Any two versions side by side, or in one column."""
    with visit.services.database.reading() as session:
        found, _ = _source(session, source_id)
        newest = read.newest(session, source_id)
        if newest is None:
            message = f"{source_id} has no version yet"
            raise UnknownVersionError(message)
        second = second or newest.sequence
        first = first or max(1, second - 1)
        old, new = _version(session, source_id, min(first, second)), _version(session, source_id, max(first, second))
        try:
            sheets = visit.services.sheets
            compared = compare_sheets(sheets.of(old), sheets.of(new), context=None if context == "all" else CONTEXT)
            shown, problem = diff_view(compared, most=_MOST_ROWS), ""
        except UnreadableError as error:
            shown, problem = None, str(error)
        return visit.render(
            session,
            "compare.html.j2",
            room="sources",
            title=f"{source_id}, {old.sequence} to {new.sequence}",
            source=found,
            old=old,
            new=new,
            newest=newest.sequence,
            diff=shown,
            problem=problem,
            mode="unified" if diff == "unified" else "",
            context=context,
        )


def _lists(row: SourceRow) -> list[str]:
    """The lists beside the whole one that a source stands in."""
    belongs = {"attention": not row.good, "stale": row.word == "stale", "paused": row.health.state == "paused"}
    return [word for word, is_in in belongs.items() if is_in]


def _source(session: Session, source_id: str) -> tuple[SourceRecord, SourceHealth]:
    found = read.one(session, source_id)
    if found is None:
        message = f"There is no source {source_id[:128]}"
        raise UnknownVersionError(message)
    return found


def _version(session: Session, source_id: str, sequence: int) -> versions.StoredVersion:
    kept = versions.stored(session, source_id, sequence)
    if kept is None:
        version_row(session, source_id, sequence or None)
        message = f"{source_id} has no version {sequence}"
        raise UnknownVersionError(message)
    return kept


def _wanted(
    session: Session, visit: Visit, change: str, source_id: str, quote: str
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The decisive words and the quotations to look for in the page."""
    if not change:
        return (), (quote[:400],) if quote else ()
    entries = journal.find_change(session, change) if change.isalnum() else []
    if len(entries) != 1:
        return (), ()
    event = [e for e in versions.event_of(session, entries[0], visit.times.now) if e.source_id == source_id]
    quotes = [e.change.evidence.quote for e in event if e.change.evidence is not None]
    return decisive_words(event), tuple(dict.fromkeys(quotes))


def _instant(text: str) -> datetime | None:
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return None
    return at if at.tzinfo is not None else None
