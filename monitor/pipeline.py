"""One check, from claim to commit: claim (T0), fetch, evaluate, record (T1).

`check_source` may be called by any engine, any number of times: the lease decides who works, and what a worker without
a lease found is not written.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import structlog
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.orm import Session

from monitor.absences import Pending
from monitor.evaluate import Guards, LastGood, Previous, Watched, evaluate
from monitor.fetch.model import Fetched, FetchFailed, FetchOutcome, Request
from monitor.schedule.policy import wants_everything
from snapshots import beliefs, blobs, store
from snapshots.changes.model import Change
from snapshots.clock import Clock
from snapshots.db import Database, collided, is_trouble
from snapshots.metrics.process import LOST_LEASES, Lease
from snapshots.outcome import CheckOutcome, Outcome
from snapshots.standing import Standing, standings
from snapshots.store import Claim, LeaseLostError, Quiet, Recorded

Fetch = Callable[[Request], FetchOutcome]
"""Gets an answer for one request; never raises for what the other side does."""

_SILENT = (Outcome.NOT_MODIFIED, Outcome.SAME_BYTES)
# Checks that are written together: enough to make a transaction cheap, few enough to keep it short.
_GROUP = 100
_TRIES = 4

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class SourceSettings:
    """What the configuration says about a source beyond its row."""

    kind: str
    jitter: float = 0.1
    expect_title: str = ""
    obey_robots: bool = True


@dataclass(frozen=True, slots=True)
class Pipeline:
    """The parts one check needs. `fetch_for` gives the fetch function of a source by its id.

    `robots` says of an address why it is not to be fetched, `None` when it may be.
    """

    database: Database
    clock: Clock
    fetch_for: Callable[[str], Fetch]
    settings: Callable[[str], SourceSettings]
    adjust: Callable[[Change], Change] = lambda change: change
    robots: Callable[[str], FetchFailed | None] = lambda _url: None
    guards: Guards = field(default_factory=Guards)


@dataclass(frozen=True, slots=True)
class Looked:
    """A check that is made and not yet recorded."""

    claim: Claim
    standing: Standing
    outcome: CheckOutcome

    @property
    def quiet(self) -> Quiet | None:
        """The check as one of many that found nothing new, where it is one; a recovery is news."""
        good, outcome = self.standing.good, self.outcome
        told = outcome.confirmed or outcome.changes or outcome.moved_to != self.standing.moved_to
        silent = outcome.outcome in _SILENT and outcome.snapshot is None and not told
        if good is None or not silent or self.standing.failing_since is not None:
            return None
        return Quiet(self.claim, outcome, good.snapshot_id)


def check_source(pipeline: Pipeline, claim: Claim) -> tuple[CheckOutcome, Recorded] | None:
    """Check one claimed source and record what was found; `None` when the lease was lost meanwhile."""
    looked = look(pipeline, claim)
    recorded = record(pipeline, looked)
    return None if recorded is None else (looked.outcome, recorded)


def look(pipeline: Pipeline, claim: Claim) -> Looked:
    """Fetch and evaluate one source without writing anything (`check --dry-run`)."""
    settings = pipeline.settings(claim.source_id)
    started_at = pipeline.clock.now()
    standing = claim.standing or _standing(pipeline.database, claim.source_id)
    fetched = _fetch(pipeline, standing, settings, started_at)
    return judge(pipeline, replace(claim, standing=standing), fetched, started_at)


def judge(pipeline: Pipeline, claim: Claim, fetched: FetchOutcome, started_at: datetime) -> Looked:
    """Evaluate what came for a source, writing nothing. `claim` brings along where the source stands."""
    standing = claim.standing
    assert standing is not None
    watched = _watched(standing, claim, pipeline.settings(claim.source_id))
    previous = _previous(standing)
    last = previous.last_good
    if isinstance(fetched, Fetched) and last is not None and blobs.digest_of(fetched.body) != last.raw_digest:
        with pipeline.database.reading() as session:
            facts = tuple(beliefs.fact_of(row) for row in beliefs.current_facts(session, claim.source_id))
            previous = replace(previous, last_good=_with_body(session, replace(last, facts=facts), claim.source_id))
    outcome = evaluate(
        previous,
        fetched,
        watched,
        started_at=started_at,
        now=pipeline.clock.now(),
        guards=pipeline.guards,
        adjust=pipeline.adjust,
    )
    return Looked(claim, standing, outcome)


def _fetch(pipeline: Pipeline, standing: Standing, settings: SourceSettings, now: datetime) -> FetchOutcome:
    """Ask, where robots.txt lets us; now and then for the whole document, whatever the validators say."""
    whole = standing.good is None or wants_everything(standing.source_id, standing.last_ok_at, now)
    request = Request(
        source_id=standing.source_id,
        url=standing.url,
        etag=None if whole else standing.etag,
        last_modified=None if whole else standing.last_modified,
        last_url=standing.good.final_url if standing.good is not None else "",
        last_type=standing.good.content_type if standing.good is not None else "",
    )
    obedient = replace(request, refusal=pipeline.robots) if settings.obey_robots else request
    return pipeline.fetch_for(standing.source_id)(obedient)


def _with_body(session: Session, last: LastGood, source_id: str) -> LastGood | None:
    """The last good version with its bytes. An imported one may have none: the next is then a new beginning."""
    try:
        return replace(last, body=blobs.get(session, last.raw_digest))
    except blobs.AbsentBlobError as error:
        _log.warning("nothing-to-compare-with", source=source_id, detail=str(error))
        return None


def record(pipeline: Pipeline, looked: Looked) -> Recorded | None:
    """Write one check in a transaction of its own; `None` when the lease was lost meanwhile."""
    try:
        recorded = _written(pipeline.database, looked)
    except LeaseLostError as error:
        LOST_LEASES.add(Lease.CHECK)
        _tell(looked, lost=str(error))
        return None
    _tell(looked)
    return recorded


def _written(database: Database, looked: Looked) -> Recorded:
    """The check written. Two that found the same thing at the same moment (one page under two addresses) may collide;
    the second then sees what the first wrote.
    """
    for _ in range(_TRIES - 1):
        try:
            with database.writing() as session:
                return store.record(session, looked.claim, looked.outcome)
        except DBAPIError as error:
            if not collided(error):
                raise
    with database.writing() as session:
        return store.record(session, looked.claim, looked.outcome)


class Ledger:
    """Records checks: what is news at once, what found nothing new many to a transaction.

    A check that is not written yet keeps its lease. When the process dies the lease runs out and the check is made
    again, so call `flush` every second or so. What cannot be written because the database is in trouble waits for a
    later `flush`; should its lease run out meanwhile, another worker's check counts. Safe to share between threads.
    """

    def __init__(self, pipeline: Pipeline) -> None:
        self._pipeline = pipeline
        self._lock = threading.Lock()
        self._waiting: list[Looked] = []

    def add(self, looked: Looked) -> None:
        """Record a check, now or with the next group.

        Raises:
            DBAPIError: the database is in trouble; the check waits for `flush`.
        """
        if looked.quiet is None:
            self._write([looked])
            return
        with self._lock:
            self._waiting.append(looked)
            full = len(self._waiting) >= _GROUP
        if full:
            self.flush()

    def flush(self) -> None:
        """Record what waits.

        Raises:
            DBAPIError: the database is in trouble; what is not written waits on.
        """
        with self._lock:
            group, self._waiting = self._waiting, []
        self._write(group)

    def _write(self, group: Sequence[Looked]) -> None:
        left = list(group)
        try:
            left = self._write_together(left)
            while left:
                record(self._pipeline, left[0])
                del left[0]
        except Exception as error:
            # What the program itself cannot write it could not write later either.
            if is_trouble(error):
                with self._lock:
                    self._waiting = left + self._waiting
            raise

    def _write_together(self, group: list[Looked]) -> list[Looked]:
        """Record those that found nothing new in one transaction; return what is still to be written, one by one."""
        quiet = [found for looked in group if (found := looked.quiet) is not None]
        if not quiet:
            return group
        try:
            with self._pipeline.database.writing() as session:
                store.confirm(session, quiet)
        except LeaseLostError:
            # One check of the group is not to be written as it is; each stands for itself then.
            return group
        except DBAPIError as error:
            if isinstance(error, IntegrityError) or collided(error):
                return group
            raise
        for looked in group:
            if looked.quiet is not None:
                _tell(looked)
        return [looked for looked in group if looked.quiet is None]


def _tell(looked: Looked, lost: str = "") -> None:
    """The one line of a check, with the same keys whatever came of it. `lost` is why nothing was recorded."""
    outcome = looked.outcome
    level = logging.INFO if outcome.outcome.good and not lost else logging.WARNING
    _log.log(
        level,
        "check",
        source=looked.claim.source_id,
        host=looked.standing.host,
        recorded=not lost,
        outcome=outcome.outcome.value,
        status=outcome.http_status,
        bytes=outcome.body_bytes,
        duration_ms=outcome.duration_ms,
        changes=len(outcome.changes),
        detail=lost or outcome.detail,
        next_check_at=outcome.next_check_at.isoformat(),
    )


def _standing(database: Database, source_id: str) -> Standing:
    with database.reading() as session:
        return standings(session, [source_id])[source_id]


def _watched(standing: Standing, claim: Claim, settings: SourceSettings) -> Watched:
    return Watched(
        id=standing.source_id,
        url=standing.url,
        document=standing.document,
        interval=timedelta(seconds=standing.interval_seconds),
        jitter=settings.jitter,
        scheduled_for=claim.scheduled_for,
        consecutive_failures=standing.consecutive_failures,
        failing_since=standing.failing_since,
        expect_title=settings.expect_title,
    )


def _previous(standing: Standing) -> Previous:
    last = standing.good
    good = None
    if last is not None:
        good = LastGood(last.raw_digest, last.text_digest, last.content_type, last.final_url, last.observed_at)
    pending = tuple(
        Pending(one.change_id, one.subject, one.attribute, one.kind.partition("-")[0], one.qualifier)
        for one in standing.unconfirmed
    )
    return Previous(good, standing.held_text_digest, pending, standing.etag, standing.last_modified, standing.moved_to)
