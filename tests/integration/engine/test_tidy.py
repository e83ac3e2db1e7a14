"""The service lets go what its configuration lets go, once a day by its own clock."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta
from pathlib import Path
from threading import Event

import pytest
from sqlalchemy import func, select, update
from structlog.testing import capture_logs

from monitor.app import TIDY_AGAIN, App, build_app
from monitor.engine.embedded import EmbeddedEngine
from monitor.wiring.configuration import load
from snapshots.clock import FixedClock
from snapshots.db import Database
from snapshots.store import Claim
from snapshots.tables import CheckRow, SourceRow
from tests.integration.store.lived import DAY, START, check, live

LATER = START + 400 * DAY


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(LATER)


@pytest.fixture
def app(database: Database, database_url: str, clock: FixedClock, tmp_path: Path) -> Iterator[App]:
    config = tmp_path / "headwater.yaml"
    config.write_text(f"database: {database_url}\nretention: {{checks_older_than: 30d}}\n")
    with build_app(load(config), clock=clock, environ={}) as running:
        yield running


def checks(database: Database) -> int:
    with database.reading() as session:
        return session.scalar(select(func.count()).select_from(CheckRow)) or 0


def test_it_tidies_once_a_day(app: App, database: Database, clock: FixedClock) -> None:
    live(database, versions=4)
    app.tidy()
    assert checks(database) == 1
    check(database, "acme-pricing", 9, START + 20 * DAY)
    clock.set(LATER + timedelta(hours=23))
    app.tidy()
    assert checks(database) == 2
    clock.set(LATER + DAY)
    app.tidy()
    assert checks(database) == 1


def test_it_does_not_make_others_wait_for_one_who_keeps_a_lock(app: App, database: Database, clock: FixedClock) -> None:
    if database.is_sqlite:
        pytest.skip("SQLite has one writer at a time, and no locks on tables")
    live(database, versions=4)
    with database.writing() as session:
        session.execute(update(SourceRow).values(title="a check is being recorded"))
        with capture_logs() as lines:
            app.tidy()
        assert [line["event"] for line in lines] == ["tidying-put-off"]
    clock.set(LATER + TIDY_AGAIN)
    app.tidy()
    assert checks(database) == 1


class OnlyTidying:
    """Work of which nothing else is to be done."""

    def __init__(self) -> None:
        self.tidied = Event()

    def claim(self, limit: int) -> Sequence[Claim]:  # noqa: ARG002 - what every engine's work takes
        return []

    def check(self, claim: Claim) -> None: ...

    def release(self, claim: Claim) -> None: ...

    def flush(self) -> None: ...

    def dispatch(self) -> int:
        return 0

    def watch(self) -> None: ...

    def deliver(self) -> int:
        return 0

    def tidy(self) -> None:
        self.tidied.set()


def test_the_engine_asks_for_it() -> None:
    work = OnlyTidying()
    engine = EmbeddedEngine(work, workers=1, tick_seconds=0.05)
    engine.start()
    try:
        assert work.tidied.wait(timeout=30)
    finally:
        engine.stop()
