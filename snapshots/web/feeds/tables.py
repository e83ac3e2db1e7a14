"""Changes, facts and deadlines as CSV (RFC 4180), sent while they are read.

A spreadsheet takes a cell that begins with certain signs for a formula, whatever quotation marks stand around it, and
upstream documents write cells. Such a cell gets an apostrophe in front (OWASP, "CSV Injection").
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Query
from starlette.responses import StreamingResponse

from snapshots.changes.contract import change_to_json
from snapshots.changes.model import Level
from snapshots.facts import name_key
from snapshots.journal import Filter
from snapshots.web.api.fields import Instant, Word
from snapshots.web.feeds.guests import Guest
from snapshots.web.queries import exports
from snapshots.wording.escape import plain, safe_url

router = APIRouter()
MOST = 100_000
# The full-width forms are taken for the signs by some programs.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
_TOGETHER = 200
_Rows = Annotated[int, Query(ge=1, le=MOST, description="At most so many rows.")]
_LOUD = tuple(level for level in Level if level is not Level.NONE)

CHANGES = (
    "id", "level", "kind", "subject", "attribute", "qualifier", "before", "after", "effective_at", "detected_at",
    "provider", "source", "review", "official_url", "quote",
)  # fmt: skip
FACTS = (
    "subject", "predicate", "qualifier", "value", "currency", "unit", "valid_from", "observed_from", "confidence",
    "provider", "source", "version", "quote",
)  # fmt: skip
DEADLINES = (
    "subject", "ends", "stated", "precision", "state", "closed_why", "was", "owner", "acknowledged_by", "provider",
    "source", "quote",
)  # fmt: skip


def cell(value: object) -> str:
    """A value as one cell: a single visible line that no spreadsheet takes for a formula; empty for nothing."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
    text = str(value)
    shown = plain(text)
    return f"'{shown}" if text.startswith(_FORMULA) or shown.startswith(_FORMULA) else shown


@router.get("/changes.csv")
def changes(
    call: Guest,
    level: Annotated[list[Level] | None, Query()] = None,
    provider: Word = "",
    source: Word = "",
    subject: Word = "",
    since: Instant | None = None,
    until: Instant | None = None,
    limit: _Rows = MOST,
) -> StreamingResponse:
    """Changes, the newest first."""
    wanted = Filter(levels=level or _LOUD, provider=provider, source=source, subject=subject, since=since, until=until)
    rows = (
        (
            entry.public_id,
            entry.change.level.value,
            entry.change.kind,
            entry.change.subject,
            entry.change.attribute,
            entry.change.qualifier,
            entry.change.before,
            entry.change.after,
            change_to_json(entry.change)["effective_at"],
            entry.detected_at,
            entry.provider,
            entry.source_id,
            entry.review_at(call.now).value,
            safe_url(entry.url),
            entry.change.evidence.quote if entry.change.evidence else "",
        )
        for entry in exports.changes(call.services.database, wanted, limit)
    )
    return _sent("changes", CHANGES, rows)


@router.get("/facts.csv")
def facts(call: Guest, provider: Word = "", subject: Word = "", limit: _Rows = MOST) -> StreamingResponse:
    """What the sources are believed to say now."""
    found = exports.facts(call.services.database, limit, provider=provider, subject_key=name_key(subject))
    rows = (
        (
            one.subject,
            one.predicate,
            one.qualifier,
            "" if one.value is None else one.value,
            one.currency,
            one.unit,
            one.valid_from,
            one.observed_from,
            f"{one.confidence:.2f}",
            one.provider,
            one.source_id,
            one.version,
            one.quote,
        )
        for one in found
    )
    return _sent("facts", FACTS, rows)


@router.get("/deadlines.csv")
def deadlines(call: Guest, provider: Word = "", subject: Word = "") -> StreamingResponse:
    """Every end of service that the service has met, soonest first."""
    with call.services.database.reading() as session:
        found = exports.kept_deadlines(session, provider=provider, subject_key=name_key(subject))
    rows = (
        (
            one.subject,
            one.ends,
            one.stated,
            one.precision.value,
            one.state,
            one.closed_why,
            one.was,
            one.owner,
            one.acknowledged_by,
            one.provider,
            one.source_id,
            one.quote,
        )
        for one in found
    )
    return _sent("deadlines", DEADLINES, rows)


def _sent(name: str, head: Sequence[str], rows: Iterable[Sequence[object]]) -> StreamingResponse:
    return StreamingResponse(
        written(head, rows),
        media_type="text/csv; charset=utf-8; header=present",
        headers={"content-disposition": f'attachment; filename="headwater-{name}.csv"'},
    )


def written(head: Sequence[str], rows: Iterable[Sequence[object]]) -> Iterator[str]:
    """The table in pieces of a few hundred lines."""
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    writer.writerow(head)
    for number, row in enumerate(rows, start=1):
        writer.writerow([cell(value) for value in row])
        if number % _TOGETHER == 0:
            yield buffer.getvalue()
            buffer.seek(0)
            buffer.truncate()
    yield buffer.getvalue()
