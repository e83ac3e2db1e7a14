"""A source whose last version came without its bytes begins anew with the next one."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select, update

from monitor.fetch.model import Fetched
from monitor.pipeline import Pipeline, SourceSettings, check_source
from monitor.schedule.leases import claim_one
from snapshots.blobs import Encoding
from snapshots.clock import FixedClock
from snapshots.db import Database
from snapshots.outcome import Outcome
from snapshots.tables import BlobRow, SnapshotRow
from tests.integration.store.lived import DAY, START, add_source, check

PAGE = b"# Log\n\nThe `acme-chat` model has been upgraded to Acme-2.\n"


def test_the_next_version_is_a_new_baseline(database: Database) -> None:
    add_source(database, "acme")
    check(database, "acme", 1, START)
    with database.writing() as session:
        session.execute(update(BlobRow).values(encoding=Encoding.ABSENT, content=b""))
    now = START + DAY
    pipeline = Pipeline(
        database=database,
        clock=FixedClock(now),
        fetch_for=lambda _source: lambda _request: Fetched(PAGE, 200, "https://acme.example/log", "text/markdown"),
        settings=lambda _source: SourceSettings("web-page"),
    )
    for expected in (Outcome.BASELINE, Outcome.SAME_BYTES):
        with database.writing() as session:
            claim = claim_one(session, "acme", owner="worker", now=now)
        assert claim is not None
        checked = check_source(pipeline, claim)
        assert checked is not None
        assert checked[0].outcome is expected
        now += timedelta(days=2)
    with database.reading() as session:
        assert session.scalars(select(SnapshotRow.sequence).order_by(SnapshotRow.id)).all() == [1, 2]
