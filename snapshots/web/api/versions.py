"""`/sources/{id}/versions`: the kept versions of a source, their bytes, and any two of them compared."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from snapshots.diff.paging import compare_sheets
from snapshots.versions import UnknownVersionError, version_row
from snapshots.web.api.callers import Call, Reading
from snapshots.web.api.fields import LARGEST_NUMBER, Cursor, Key, Number, Out
from snapshots.web.api.paging import Page, decode, encode
from snapshots.web.api.problems import NoSuchError
from snapshots.web.api.shapes import ComparisonOut, comparison_out
from snapshots.web.api.sources import require_source
from snapshots.web.contracts import UnreadableError
from snapshots.web.queries import change as stored
from snapshots.web.queries import source as read

router = APIRouter(tags=["versions"])


class VersionOut(Out):
    """One kept version. `held` says why it is not believed; `changes` is how many changes it brought."""

    version: int
    observed_at: datetime
    last_confirmed_at: datetime
    size: int
    digest: str
    held: str | None
    changes: int


class VersionDetail(Out):
    """One kept version. Its bytes stand under `/raw`, unless retention let them go."""

    source: str
    version: int
    observed_at: datetime
    digest: str
    content_type: str
    final_url: str
    has_bytes: bool
    held: str | None


@router.get("/sources/{id}/versions")
def list_versions(request: Request, call: Reading, id: Key, cursor: Cursor = "") -> Page[VersionOut]:  # noqa: A002
    """The versions of a source, the newest first, fifty a page."""
    place = decode(request, cursor, int)
    with call.services.database.reading() as session:
        require_source(session, id)
        found, older = read.versions_of(session, id, place[0] if place else None)
    items = [
        VersionOut(
            version=one.sequence,
            observed_at=one.observed_at,
            last_confirmed_at=one.last_confirmed_at,
            size=one.size,
            digest=one.digest,
            held=one.held,
            changes=one.changes,
        )
        for one in found
    ]
    return Page[VersionOut](items=items, next=encode(request, older) if older else None)


@router.get("/sources/{id}/versions/{version}")
def show_version(call: Reading, id: Key, version: Number) -> VersionDetail:  # noqa: A002 - the word in the address
    """One version."""
    kept = _stored(call, id, version)
    return VersionDetail(
        source=kept.source_id,
        version=kept.sequence,
        observed_at=kept.observed_at,
        digest=kept.digest,
        content_type=kept.content_type,
        final_url=kept.final_url,
        has_bytes=kept.body is not None,
        held=kept.held,
    )


@router.get("/sources/{id}/versions/{version}/raw", response_class=Response)
def show_bytes(call: Reading, id: Key, version: Number) -> Response:  # noqa: A002 - the word in the address
    """The bytes as they came, to be saved; whatever they claim to be, no browser shows them as a page."""
    kept = _stored(call, id, version)
    if kept.body is None:
        raise NoSuchError(f"The bytes of version {version} of {id} are no longer kept.")
    return Response(
        kept.body,
        media_type="application/octet-stream",
        headers={"content-disposition": "attachment", "content-security-policy": "default-src 'none'; sandbox"},
    )


@router.get("/sources/{id}/compare")
def compare(
    call: Reading,
    id: Key,  # noqa: A002 - the word in the address
    first: Annotated[int, Query(alias="from", ge=1, le=LARGEST_NUMBER)],
    second: Annotated[int, Query(alias="to", ge=1, le=LARGEST_NUMBER)],
) -> ComparisonOut:
    """Any two versions, line by line."""
    old, new = _stored(call, id, first), _stored(call, id, second)
    try:
        found = compare_sheets(call.services.sheets.of(old), call.services.sheets.of(new))
    except UnreadableError as error:
        raise NoSuchError(str(error)) from error
    return comparison_out(found, source=id, versions=(old.sequence, new.sequence))


def _stored(call: Call, source_id: str, version: int) -> stored.StoredVersion:
    with call.services.database.reading() as session:
        version_row(session, source_id, version)
        kept = stored.stored(session, source_id, version)
    if kept is None:
        message = f"{source_id} has no version {version}"
        raise UnknownVersionError(message)
    return kept
