"""Metric families: rows become samples here, with labels that are closed sets."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric

from snapshots.deliveries import DEAD, PENDING, SENT
from snapshots.metrics.queries import OTHER, WATCHED, SourceNumbers
from snapshots.metrics.totals import Totals
from snapshots.outcome import Outcome
from snapshots.review import ReviewState

STATES = (PENDING, SENT, DEAD)
REVIEWS = frozenset(state.value for state in ReviewState)

_OUTCOMES = frozenset(outcome.value for outcome in Outcome)


def gauge(name: str, says: str, values: Mapping[tuple[str, ...], float], labels: Sequence[str]) -> GaugeMetricFamily:
    """A gauge with one sample for each key: the values of the labels, in their order."""
    family = GaugeMetricFamily(name, says, labels=labels)
    for key, value in values.items():
        family.add_metric(key, value)
    return family


def of_sources(found: Sequence[SourceNumbers], totals: Totals) -> Iterator[Metric]:
    """What is told of each source that the configuration names."""
    states = Counter(one.state for one in found)
    yield gauge("headwater_sources", "Sources by state.", {(state,): states[state] for state in WATCHED}, ("state",))
    yield _each(
        "headwater_source_last_success_timestamp_seconds",
        "When the source last gave a good answer, in seconds since 1970; 0 before the first.",
        {one.id: one.last_ok_at.timestamp() if one.last_ok_at else 0 for one in found},
    )
    yield _each(
        "headwater_source_interval_seconds",
        "The configured time between two checks.",
        {one.id: one.interval_seconds for one in found if one.state == "active"},
    )
    yield _each(
        "headwater_source_consecutive_failures",
        "Checks since the last good answer.",
        {one.id: one.consecutive_failures for one in found if one.state == "active"},
    )
    yield _each(
        "headwater_source_last_check_duration_seconds",
        "How long the newest check took to fetch its answer.",
        {one.id: one.last_duration_ms / 1000 for one in found if one.last_duration_ms is not None},
    )
    yield _each(
        "headwater_source_last_check_body_bytes",
        "The body of the newest check; 0 when none came, as with an unchanged answer (304).",
        {one.id: one.last_body_bytes or 0 for one in found if one.last_duration_ms is not None},
    )
    yield _each(
        "headwater_source_versions", "Distinct versions that are kept.", {one.id: one.versions for one in found}
    )
    named = {one.id for one in found}
    counted: Counter[tuple[str, str]] = Counter()
    for (source, outcome), count in totals.items():
        if source in named:
            counted[source, outcome if outcome in _OUTCOMES else OTHER] += count
    checks = CounterMetricFamily(
        "headwater_checks",
        "Checks of a source by outcome, those of earlier processes included.",
        labels=("source", "outcome"),
    )
    for key, count in sorted(counted.items()):
        checks.add_metric(key, count)
    yield checks


def _each(name: str, says: str, values: Mapping[str, float]) -> GaugeMetricFamily:
    return gauge(name, says, {(source,): value for source, value in values.items()}, ("source",))
