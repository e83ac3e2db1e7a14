"""A source that is watched for a test: the real pipeline over a store of its own, the clock in the test's hand."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial

from monitor.fetch.client import Fetcher
from monitor.fetch.kinds import KINDS
from monitor.fetch.kinds.base import Tools, opened
from monitor.fetch.model import FetchOutcome, Request
from monitor.pipeline import Fetch, Pipeline, SourceSettings, check_source
from monitor.schedule.leases import claim_one
from snapshots import beliefs
from snapshots.clock import FixedClock
from snapshots.db import Database
from snapshots.facts import Fact
from snapshots.outcome import CheckOutcome
from snapshots.tables import SourceRow

START = datetime(2026, 1, 15, 8, 0, tzinfo=UTC)
PRICES = b"""<!doctype html><html lang="en"><head><title>Pricing | Acme</title></head><body><main><h1>Pricing</h1>
<p>Prices in USD per 1M tokens. All models are billed by use.</p>
<table><thead><tr><th>Model</th><th>Context window</th><th>Output price</th></tr></thead><tbody>
<tr><td><code>acme-small</code></td><td>128K</td><td>$0.10</td></tr>
<tr><td><code>acme-large</code></td><td>1M</td><td>$2.00</td></tr>
<tr><td><code>acme-code</code></td><td>128K</td><td>$0.50</td></tr></tbody></table>
<p>The batch interface costs half as much. Prices hold until a change is announced here.</p></main></body></html>"""


class Watching:
    """Checks sources, each a day after the last check. A store that is new gets its tables."""

    def __init__(self, database: Database, fetcher: Fetcher) -> None:
        self._database = database
        self._fetcher = fetcher
        self._clock = FixedClock(START)
        self._elsewhere: str | None = None
        self._pipeline = Pipeline(
            database=database,
            clock=self._clock,
            fetch_for=self._fetch_for,
            settings=lambda source_id: SourceSettings(self._kinds[source_id], jitter=0),
        )
        self._kinds: dict[str, str] = {}
        if database.revision() is None:
            database.upgrade()

    def add(self, source_id: str, url: str, kind: str = "web-page", document: str = "pricing") -> None:
        """Watch an address."""
        self._kinds[source_id] = kind
        with self._database.writing() as session:
            session.add(
                SourceRow(
                    id=source_id,
                    kind=kind,
                    url=url,
                    provider="",
                    document=document,
                    authoritative_for=[],
                    interval_seconds=86_400,
                    next_check_at=START,
                )
            )

    def check(self, source_id: str, *, at: str | None = None) -> CheckOutcome:
        """Check a source and record it. `at` is an address asked in place of the source's own, this once."""
        self._clock.set(self._clock.now() + timedelta(days=1))
        self._elsewhere = at
        with self._database.writing() as session:
            claim = claim_one(session, source_id, owner="test", now=self._clock.now())
        assert claim is not None
        checked = check_source(self._pipeline, claim)
        assert checked is not None
        return checked[0]

    def facts(self, source_id: str) -> list[Fact]:
        """What is believed now."""
        with self._database.reading() as session:
            return [beliefs.fact_of(row) for row in beliefs.current_facts(session, source_id)]

    def _fetch_for(self, source_id: str) -> Fetch:
        kind = KINDS[self._kinds[source_id]]
        config = kind.model.model_validate({"id": source_id, "kind": kind.name, "url": "https://docs.acme.example/"})
        fetch = opened(kind, config, Tools(self._fetcher, self._clock))
        return fetch if self._elsewhere is None else partial(_at, fetch, self._elsewhere)


def _at(fetch: Fetch, url: str, request: Request) -> FetchOutcome:
    return fetch(replace(request, url=url))
