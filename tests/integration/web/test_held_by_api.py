"""A held version is believed or refused through the API, by the real pipeline."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import httpx2
import pytest
from sqlalchemy import select

from monitor.evaluate import Guards
from monitor.fetch.model import Fetched
from monitor.pipeline import Pipeline, SourceSettings, check_source
from monitor.schedule.leases import claim_one
from monitor.serving import Served
from monitor.upper import believed, upper_rooms
from snapshots.clock import FixedClock
from snapshots.db import Database
from snapshots.tables import AcknowledgementRow, SnapshotRow
from snapshots.web.api import PATH
from snapshots.web.settings import Address, WebSettings
from tests.support.reviewed import NOW, copied

SHORT = b"# Models\n\n| Model | Context window |\n| --- | --- |\n| `sonata-4` | 1M |\n"
SOURCE = "/sources/acme-models"


@dataclass
class Held:
    """An API over a store in which almost everything vanished from a page."""

    api: httpx2.Client
    database: Database

    def trail(self) -> list[tuple[str, str, str]]:
        query = select(AcknowledgementRow).where(AcknowledgementRow.source_id == "acme-models")
        with self.database.reading() as session:
            return [(row.actor, row.via, row.action) for row in session.scalars(query)]


@pytest.fixture
def held(story: Path, tmp_path: Path) -> Iterator[Held]:
    database, clock = copied(story, tmp_path / "headwater.db"), FixedClock(NOW + timedelta(days=1))
    pipeline = Pipeline(
        database=database,
        clock=clock,
        fetch_for=lambda _kind: lambda request: Fetched(SHORT, 200, request.url, "text/markdown; charset=utf-8"),
        settings=lambda _source: SourceSettings(kind="web-page", jitter=0),
        guards=Guards(),
    )
    with database.writing() as session:
        claim = claim_one(session, "acme-models", owner="test", now=clock.now())
    assert claim is not None
    check_source(pipeline, claim)
    rooms = upper_rooms(believe=lambda source, by, text: believed(pipeline, source, by, text))
    with ExitStack() as running:
        running.callback(database.close)
        settings = WebSettings(bind=Address("127.0.0.1", 0), local_name="mara")
        served = running.enter_context(Served(database, settings, clock=clock, upper=rooms))
        client = httpx2.Client(base_url=served.local_url + PATH, trust_env=False, timeout=30)
        yield Held(running.enter_context(client), database)


def test_believing_a_held_version_tells_what_vanished(held: Held) -> None:
    assert held.api.get(SOURCE).json()["held"]["version"] == 4
    answer = held.api.post(f"{SOURCE}/held/acceptance", json={"text": "The page was split."})
    assert answer.status_code == 200, answer.text
    assert answer.json()["changes"] > 1
    assert held.api.get(SOURCE).json()["held"] is None
    assert held.trail()[-1] == ("mara", "api", "accept")
    assert held.api.post(f"{SOURCE}/held/acceptance", json={}).status_code == 404
    found = held.api.get("/changes?source=acme-models&limit=50").json()["items"]
    assert sum(1 for one in found if one["detected_at"] > "2026-08-18") == answer.json()["changes"]


def test_a_refused_version_stays_held(held: Held) -> None:
    answer = held.api.post(f"{SOURCE}/held/refusal", json={"text": "An error page."})
    assert answer.json() == {"source": "acme-models", "version": 4, "recorded": True}
    assert held.api.post(f"{SOURCE}/held/refusal", json={}).json()["recorded"] is False
    assert held.api.get(SOURCE).json()["held"]["refused"] is True
    assert held.trail() == [("mara", "api", "refuse")]
    with held.database.reading() as session:
        newest = session.scalars(
            select(SnapshotRow).where(SnapshotRow.source_id == "acme-models").order_by(SnapshotRow.sequence.desc())
        ).first()
    assert newest is not None
    assert newest.held is not None


def test_a_server_without_a_configuration_says_what_to_do_instead(held: Held) -> None:
    settings = WebSettings(bind=Address("127.0.0.1", 0), local_name="mara")
    with (
        Served(held.database, settings, clock=FixedClock(NOW)) as served,
        httpx2.Client(base_url=served.local_url + PATH, trust_env=False) as api,
    ):
        answer = api.post(f"{SOURCE}/held/acceptance", json={})
    assert answer.status_code == 501
    assert "command line" in answer.json()["detail"]
