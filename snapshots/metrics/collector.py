"""The Prometheus collector: reads the rows at each scrape, so any process of a deployment can serve it.

Names follow https://prometheus.io/docs/practices/naming/: base units, `_total` for what only grows, `_seconds` and
`_bytes` behind the thing measured. Labels are closed sets or names of the configuration: about ten series for a source,
a few for a channel, sixty for the rest.
"""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Callable, Iterator
from importlib.metadata import version

from prometheus_client import CollectorRegistry, GCCollector, PlatformCollector, ProcessCollector, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from sqlalchemy.orm import Session

from snapshots.care.stats import database_bytes
from snapshots.changes.model import Level
from snapshots.clock import Clock
from snapshots.db import Database, head_revision
from snapshots.metrics import families, queries
from snapshots.metrics.process import LOST_LEASES, Lease
from snapshots.metrics.totals import CheckTotals

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
"""What `Metrics.text` is (https://prometheus.io/docs/instrumenting/exposition_formats/)."""


class Metrics:
    """One scrape after another over one database; safe to share between threads."""

    def __init__(self, database: Callable[[], Database], clock: Clock) -> None:
        """Prepare the registry; nothing is read yet. `database` gives the present one at each scrape."""
        self._registry = CollectorRegistry(auto_describe=False)
        for make in (ProcessCollector, PlatformCollector, GCCollector):
            make(registry=self._registry)
        self._registry.register(StoreCollector(database, clock))

    def text(self) -> bytes:
        """The metrics in the text format.

        Raises:
            DBAPIError: the database does not answer: a scrape that fails is seen, half of the numbers would not be.
        """
        return generate_latest(self._registry)


class StoreCollector(Collector):
    """What the rows say now."""

    def __init__(self, database: Callable[[], Database], clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._totals = CheckTotals()

    def describe(self) -> Iterator[Metric]:
        """Nothing beforehand: registering must not ask the database."""
        return iter(())

    def collect(self) -> Iterator[Metric]:
        """Read everything at one instant."""
        yield families.gauge(
            "headwater_build_info",
            "Always 1; the labels tell the version of the program and of the schema it needs.",
            {(version("headwater"), head_revision()): 1},
            ("version", "schema"),
        )
        yield from self._process()
        database = self._database()
        with database.consistent() as session:
            yield from families.of_sources(queries.sources(session), self._totals.read(session, self._clock.now()))
            yield from self._knowledge(session)
            yield from self._telling(session)
            yield from self._work(session)
            yield from _room(database, session)

    def _process(self) -> Iterator[Metric]:
        lost = CounterMetricFamily(
            "headwater_leases_lost",
            "Work of this process that was not recorded because its lease had gone to another worker.",
            labels=("work",),
        )
        for lease in Lease:
            lost.add_metric((lease,), LOST_LEASES.of(lease))
        yield lost

    def _knowledge(self, session: Session) -> Iterator[Metric]:
        facts: dict[tuple[str, ...], int] = {(area,): count for area, count in queries.facts_by_area(session).items()}
        yield families.gauge("headwater_facts", "Facts that are believed now.", facts, ("area",))
        levels = {level.value for level in Level}
        found: Counter[tuple[str, ...]] = Counter()
        for level, review, count in queries.changes(session, self._clock.now()):
            found[
                level if level in levels else queries.OTHER,
                review if review in families.REVIEWS else queries.OTHER,
            ] += count
        yield families.gauge(
            "headwater_changes",
            "Recorded changes that were not withdrawn, by level and by what people decided.",
            found,
            ("level", "review"),
        )
        yield GaugeMetricFamily(
            "headwater_open_conflicts",
            "Contradictions between sources that stand open.",
            queries.open_conflicts(session),
        )

    def _telling(self, session: Session) -> Iterator[Metric]:
        counted = {(channel, state): count for channel, state, count in queries.deliveries(session)}
        channels = sorted({channel for channel, _ in counted})
        every: dict[tuple[str, ...], int] = {
            (channel, state): counted.get((channel, state), 0) for channel in channels for state in families.STATES
        }
        yield families.gauge(
            "headwater_deliveries",
            "Messages by channel and state; dead ones were given up.",
            every,
            ("channel", "state"),
        )
        now = self._clock.now()
        events, waiting = queries.queued_events(session), queries.due_deliveries(session, now)
        yield GaugeMetricFamily(
            "headwater_outbox_events", "Recorded happenings that were not turned into messages yet.", events.count
        )
        yield GaugeMetricFamily(
            "headwater_outbox_oldest_event_age_seconds",
            "Age of the oldest of them, 0 without any.",
            events.seconds(now),
        )
        yield GaugeMetricFamily("headwater_due_deliveries", "Messages that are due and not sent.", waiting.count)
        yield GaugeMetricFamily(
            "headwater_due_deliveries_oldest_delay_seconds",
            "How long the oldest of them has been due, 0 without any.",
            waiting.seconds(now),
        )

    def _work(self, session: Session) -> Iterator[Metric]:
        now = self._clock.now()
        due, (checks, messages) = queries.due_checks(session, now), queries.expired_leases(session, now)
        yield GaugeMetricFamily("headwater_due_checks", "Checks that are due and not begun.", due.count)
        yield GaugeMetricFamily(
            "headwater_due_checks_oldest_delay_seconds",
            "How long the oldest of them has been due, 0 without any.",
            due.seconds(now),
        )
        yield families.gauge(
            "headwater_expired_leases",
            "Leases that ran out before their work was recorded and that nobody has taken over.",
            {(Lease.CHECK,): checks, (Lease.DELIVERY,): messages},
            ("work",),
        )
        last = queries.last_check(session)
        yield GaugeMetricFamily(
            "headwater_last_check_timestamp_seconds",
            "When the newest check of any source ended, in seconds since 1970; 0 before the first.",
            last.timestamp() if last else 0,
        )


def _room(database: Database, session: Session) -> Iterator[Metric]:
    yield GaugeMetricFamily(
        "headwater_database_size_bytes", "What the database takes.", database_bytes(database, session)
    )
    if database.path is not None:
        disk = shutil.disk_usage(database.path.parent)
        yield GaugeMetricFamily("headwater_disk_size_bytes", "Size of the disk that holds the SQLite file.", disk.total)
        yield GaugeMetricFamily("headwater_disk_free_bytes", "What is free of it to this process's user.", disk.free)
