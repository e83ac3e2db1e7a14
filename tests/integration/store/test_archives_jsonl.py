"""Facts and changes leave one store and come into another: nothing is lost, and the copy answers the same."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select

from monitor.config.reconcile import reconcile
from monitor.fetch.kinds.web_page import WebPage
from monitor.fetch.model import Fetched
from monitor.pipeline import Pipeline, SourceSettings, check_source
from monitor.schedule.leases import claim_due, claim_one
from snapshots import blobs
from snapshots.archives.jsonl_export import encoded
from snapshots.archives.jsonl_import import ImportRefusedError, import_jsonl, inspect_jsonl
from snapshots.archives.model import LINES
from snapshots.clock import FixedClock
from snapshots.db import Database
from snapshots.outcome import Outcome
from snapshots.rows import current_facts
from snapshots.sources import source_health
from snapshots.tables import Base, BlobRow, OutboxEventRow, SourceRow
from snapshots.versions import body_of, version_row, versions_of
from tests.integration.store.archived import LOG, PRICES, add_source, answers, check, export_to, exported, fill
from tests.integration.store.conftest import MORNING

LATER = MORNING + timedelta(days=30)


def opened(path: Path) -> Database:
    database = Database(f"sqlite:///{path}")
    database.upgrade()
    return database


@pytest.fixture
def origin(tmp_path: Path) -> Iterator[Database]:
    """A filled store on SQLite; `database` is the empty one, on either engine, that it goes into."""
    made = opened(tmp_path / "origin.db")
    fill(made)
    yield made
    made.close()


@pytest.fixture
def archive(origin: Database, tmp_path: Path) -> Path:
    return export_to(tmp_path / "acme.jsonl", origin)


def test_the_copy_exports_the_same_lines_and_answers_the_same(
    origin: Database, archive: Path, database: Database, tmp_path: Path
) -> None:
    counts = import_jsonl(archive, database, now=LATER)
    assert counts == dict(zip(LINES, (2, 4, 6, 2, 1, 1, 4), strict=True))
    assert exported(database) == exported(origin)
    assert answers(database) == answers(origin)
    back = opened(tmp_path / "back.db")
    import_jsonl(export_to(tmp_path / "back.jsonl", database), back, now=LATER)
    assert exported(back) == exported(origin)
    assert answers(back) == answers(origin)
    back.close()


def test_a_store_of_either_engine_exports_the_same_lines(origin: Database, database: Database) -> None:
    fill(database)
    assert exported(database) == exported(origin)


def test_the_order_of_lines_knows_nothing_of_row_ids(origin: Database, tmp_path: Path) -> None:
    alone = opened(tmp_path / "alone.db")
    for source in (LOG, PRICES):  # the other way round than `fill` does it
        import_jsonl(_of_source(tmp_path, origin, source), alone, now=LATER)
    wanted = [
        line for line in map(json.loads, exported(origin)) if line["record"] not in ("conflict", "acknowledgement")
    ]
    found = [line for line in map(json.loads, exported(alone)) if line["record"] not in ("conflict", "acknowledgement")]
    assert found == wanted
    alone.close()


def _of_source(folder: Path, database: Database, source: str) -> Path:
    file = folder / f"{source}.jsonl"
    lines = exported(database, source)
    header = {
        "record": "header",
        "format": "headwater-jsonl",
        "version": 1,
        "created_at": "2026-01-15T08:00:00Z",
        "software": "x",
        "counts": {name: sum(json.loads(line)["record"] == name for line in lines) for name in LINES},
    }
    file.write_bytes(encoded(header) + b"".join(lines))
    return file


def test_one_source_leaves_with_what_rests_on_it_alone(origin: Database, database: Database, tmp_path: Path) -> None:
    lines = [json.loads(line) for line in exported(origin, PRICES)]
    assert {line.get("source", PRICES) for line in lines if line["record"] != "acknowledgement"} == {PRICES}
    assert [line["action"] for line in lines if line["record"] == "acknowledgement"] == ["snooze", "baseline"]
    assert "conflict" not in {line["record"] for line in lines}
    import_jsonl(_of_source(tmp_path, origin, PRICES), database, now=LATER)
    assert exported(database) == exported(origin, PRICES)


def test_a_dry_run_writes_nothing(archive: Path, database: Database) -> None:
    assert inspect_jsonl(archive, database)["fact"] == 6
    assert exported(database) == []


def test_what_is_there_already_is_refused_and_left_as_it_is(origin: Database, archive: Path) -> None:
    before = exported(origin)
    with pytest.raises(ImportRefusedError) as refused:
        import_jsonl(archive, origin, now=LATER)
    assert f"{archive}:2: source acme-log is in the store already; nothing is merged or overwritten." in str(
        refused.value
    )
    assert exported(origin) == before


def test_an_imported_source_is_known_and_never_fetched(archive: Path, database: Database) -> None:
    import_jsonl(archive, database, now=MORNING)
    with database.writing() as session:
        assert claim_due(session, owner="w", now=LATER, limit=10) == []
        assert {one.id: one.word for one in source_health(session)} == {LOG: "imported", PRICES: "imported"}
        assert session.scalar(select(func.count()).select_from(OutboxEventRow)) == 0
        assert reconcile(session, [], LATER).removed == ()
        assert set(session.scalars(select(SourceRow.state))) == {"imported"}
        assert [one.stored_bytes for one in versions_of(session, PRICES)] == [0, 0, 0]
        with pytest.raises(blobs.AbsentBlobError):
            body_of(session, version_row(session, PRICES, 1))


def test_bytes_that_are_there_already_serve_the_imported_version(archive: Path, database: Database) -> None:
    add_source(database, "mirror")
    check(database, "mirror", 0, Outcome.BASELINE, b"<p>$1</p>")
    import_jsonl(archive, database, now=LATER)
    with database.reading() as session:
        assert body_of(session, version_row(session, PRICES, 1)) == b"<p>$1</p>"


PAGE = (
    b"<h1>Prices</h1><table><tr><th>Model</th><th>Output price per 1M tokens</th></tr><tr><td>acme-chat</td><td>$9</td>"
)


def test_a_configuration_that_names_an_imported_source_takes_it_over(archive: Path, database: Database) -> None:
    import_jsonl(archive, database, now=MORNING)
    config = WebPage(id=PRICES, url=f"https://docs.acme.example/{PRICES}")
    with database.writing() as session:
        assert reconcile(session, [config], LATER).changed == (PRICES,)
        (claim,) = claim_due(session, owner="w", now=LATER, limit=10)
    answer = Fetched(body=PAGE, status=200, final_url=config.url, content_type="text/html")
    pipeline = Pipeline(
        database, FixedClock(LATER), lambda _: lambda _: answer, lambda _: SourceSettings(kind="web-page")
    )
    checked = check_source(pipeline, claim)
    assert checked is not None
    assert (checked[0].outcome, checked[0].changes) == (Outcome.BASELINE, ())
    with database.writing() as session:
        assert version_row(session, PRICES).sequence == 4
        assert {row.value for row in current_facts(session, PRICES) if row.predicate == "price.output_price"} == {"9"}
        assert claim_one(session, PRICES, owner="x", now=LATER) is not None
        assert reconcile(session, [], LATER).removed == (PRICES,)


def test_a_failure_while_writing_leaves_nothing_behind(archive: Path, database: Database) -> None:
    with database.writing() as session:
        session.connection().exec_driver_sql("DROP TABLE delivery_decisions")
        session.connection().exec_driver_sql("DROP TABLE acknowledgements")
    with pytest.raises(Exception, match="acknowledgements"):
        import_jsonl(archive, database, now=LATER)
    with database.reading() as session:
        for table in (*Base.metadata.tables.values(),):
            if table.name not in ("acknowledgements", "delivery_decisions"):
                assert session.scalar(select(func.count()).select_from(table)) == 0, table.name
        assert session.scalars(select(BlobRow.digest)).all() == []


def test_text_that_no_database_keeps_is_mended_on_the_way_out() -> None:
    line = json.loads(encoded({"a\0": ["x\ud800y", "\ud83d\ude00"], "b": "\\u0000 stays"}))
    assert line == {"a\ufffd": ["x\ufffdy", "\U0001f600"], "b": "\\u0000 stays"}
