"""One check, from claim to commit: claim (T0), fetch, evaluate, record (T1).

`check_source` may be called by any engine, any number of times: the lease decides who works, and what a worker without
a lease found is not written.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import timedelta

import structlog
from sqlalchemy.orm import Session

from monitor.evaluate import Guards, LastGood, Pending, Previous, Watched, evaluate
from monitor.fetch.model import Fetched, FetchOutcome, Request
from snapshots import blobs, store
from snapshots.changes.model import Change
from snapshots.clock import Clock
from snapshots.db import Database
from snapshots.outcome import CheckOutcome
from snapshots.store import Claim, LeaseLostError, Recorded
from snapshots.tables import SourceRow

Fetch = Callable[[Request], FetchOutcome]
"""Gets an answer for one request; never raises for what the other side does."""

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class SourceSettings:
    """What the configuration says about a source beyond its row."""

    kind: str
    jitter: float = 0.1
    expect_title: str = ""


@dataclass(frozen=True, slots=True)
class Pipeline:
    """The parts one check needs. `fetch_for` gives the fetch function of a source kind."""

    database: Database
    clock: Clock
    fetch_for: Callable[[str], Fetch]
    settings: Callable[[str], SourceSettings]
    adjust: Callable[[Change], Change] = lambda change: change
    guards: Guards = field(default_factory=Guards)


def check_source(pipeline: Pipeline, claim: Claim) -> tuple[CheckOutcome, Recorded] | None:
    """Check one claimed source and record what was found; `None` when the lease was lost meanwhile."""
    outcome = look(pipeline, claim)
    try:
        with pipeline.database.writing() as session:
            recorded = store.record(session, claim, outcome)
    except LeaseLostError as error:
        _log.warning("lease-lost", source=claim.source_id, detail=str(error))
        return None
    _log.info(
        "check",
        source=claim.source_id,
        outcome=outcome.outcome.value,
        status=outcome.http_status,
        bytes=outcome.body_bytes,
        duration_ms=outcome.duration_ms,
        changes=len(outcome.changes),
        detail=outcome.detail,
        next_check_at=outcome.next_check_at.isoformat(),
    )
    return outcome, recorded


def look(pipeline: Pipeline, claim: Claim) -> CheckOutcome:
    """Fetch and evaluate one source without writing anything (`check --dry-run`)."""
    settings = pipeline.settings(claim.source_id)
    started_at = pipeline.clock.now()
    watched, previous = _before(pipeline.database, claim, settings)
    fetched = pipeline.fetch_for(settings.kind)(
        Request(
            source_id=claim.source_id,
            url=watched.url,
            etag=previous.etag if previous.last_good else None,
            last_modified=previous.last_modified if previous.last_good else None,
        )
    )
    last = previous.last_good
    if isinstance(fetched, Fetched) and last is not None and blobs.digest_of(fetched.body) != last.raw_digest:
        with pipeline.database.reading() as session:
            facts = tuple(store.fact_of(row) for row in store.current_facts(session, claim.source_id))
            previous = replace(previous, last_good=_with_body(session, replace(last, facts=facts), claim.source_id))
    return evaluate(
        previous,
        fetched,
        watched,
        started_at=started_at,
        now=pipeline.clock.now(),
        guards=pipeline.guards,
        adjust=pipeline.adjust,
    )


def _with_body(session: Session, last: LastGood, source_id: str) -> LastGood | None:
    """The last good version with its bytes. An imported one may have none: the next is then a new beginning."""
    try:
        return replace(last, body=blobs.get(session, last.raw_digest))
    except blobs.AbsentBlobError as error:
        _log.warning("nothing-to-compare-with", source=source_id, detail=str(error))
        return None


def _before(database: Database, claim: Claim, settings: SourceSettings) -> tuple[Watched, Previous]:
    with database.reading() as session:
        source = session.get_one(SourceRow, claim.source_id)
        last = store.latest_snapshot(session, source.id)
        pending = tuple(
            Pending(row.id, row.subject, row.attribute, row.kind.partition("-")[0], row.qualifier)
            for row in store.unconfirmed(session, source.id)
        )
        watched = Watched(
            id=source.id,
            url=source.url,
            document=source.document,
            interval=timedelta(seconds=source.interval_seconds),
            jitter=settings.jitter,
            scheduled_for=claim.scheduled_for,
            consecutive_failures=source.consecutive_failures,
            failing_since=source.failing_since,
            expect_title=settings.expect_title,
        )
        good = None
        if last is not None:
            good = LastGood(last.raw_digest, last.text_digest, last.content_type, last.final_url, last.observed_at)
        newest = store.latest_snapshot(session, source.id, good=False)
        held = newest.text_digest if newest is not None and newest.held is not None else b""
        return watched, Previous(good, held, pending, source.etag, source.last_modified)
