"""The same work on three deployments: one process on SQLite, several on PostgreSQL, and procrastinate's workers."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.e2e.deployments import SHAPES, Deployment, Shape
from tests.e2e.harness import Upstream, Webhook, wait_for

SOURCES = 6


@pytest.fixture(
    params=[
        pytest.param(shape, id=shape.name, marks=[pytest.mark.postgres] if shape.database == "postgresql" else [])
        for shape in SHAPES
    ]
)
def shape(request: pytest.FixtureRequest) -> Shape:
    found = request.param
    assert isinstance(found, Shape)
    return found


@pytest.fixture
def deployment(
    shape: Shape, new_database: Callable[[str], str], tmp_path: Path, upstream: Upstream, webhook: Webhook
) -> Iterator[Deployment]:
    url = new_database(shape.database)
    made = Deployment(shape, url, tmp_path, upstream, f"{webhook.origin}/services/T/B/secret")
    made.configure(SOURCES)
    yield made
    made.end()


def baseline(deployment: Deployment) -> None:
    """Wait until the first version of every source is read and told."""
    wait_for(lambda: deployment.count("snapshots") == SOURCES, "every first version")
    deployment.settle()


def publish(deployment: Deployment) -> None:
    """A new version upstream, and the time for it to be seen."""
    deployment.upstream.version += 1
    deployment.let_time_pass()


def test_every_change_is_found_once_and_told_once(deployment: Deployment, webhook: Webhook) -> None:
    deployment.start()
    baseline(deployment)
    publish(deployment)
    wait_for(lambda: deployment.count("changes", "after = 'Acme-2'") == SOURCES, "every change")
    deployment.settle()
    assert deployment.count("checks") == 2 * SOURCES
    told = deployment.rows("SELECT delivery_id FROM delivery_changes WHERE role = 'told'")
    assert len(told) == deployment.count("changes", "level <> 'none'")
    for (delivery,) in deployment.rows("SELECT id FROM deliveries"):
        assert len(webhook.carrying(delivery)) == 1
    assert deployment.stop() == [0] * len(deployment.shape.processes), deployment.logs()
    assert "Traceback" not in deployment.logs()
    assert deployment.count("sources", "lease_owner IS NOT NULL") == 0


@pytest.mark.chaos
def test_a_killed_process_loses_nothing(deployment: Deployment, webhook: Webhook) -> None:
    deployment.start()
    baseline(deployment)
    deployment.upstream.gate.close()
    publish(deployment)
    deployment.upstream.gate.wait_until_reached()
    for number in range(len(deployment.shape.processes)):
        deployment.kill(number)
    deployment.upstream.gate.open()
    deployment.let_time_pass()
    deployment.start()
    wait_for(lambda: deployment.count("changes", "after = 'Acme-2'") == SOURCES, "every change")
    deployment.settle()
    for (delivery,) in deployment.rows("SELECT id FROM deliveries"):
        assert len(webhook.carrying(delivery)) == 1


def test_a_changed_configuration_is_taken_up_on_a_signal(deployment: Deployment) -> None:
    deployment.start()
    baseline(deployment)
    deployment.configure(SOURCES + 2)
    for number, arguments in enumerate(deployment.shape.processes):
        if arguments[0] == "run":
            deployment.signal(number, signal.SIGHUP)
    wait_for(lambda: deployment.count("snapshots") == SOURCES + 2, "the new sources' first versions")
    deployment.configure(SOURCES)
    deployment.signal(0, signal.SIGHUP)
    wait_for(lambda: deployment.count("sources", "state = 'removed'") == 2, "the removed sources")
    deployment.config.write_text("sources: 7\n")
    deployment.signal(0, signal.SIGHUP)
    wait_for(lambda: "configuration-not-taken" in deployment.log(0), "the mistake to be told")
    publish(deployment)
    wait_for(lambda: deployment.count("changes", "after = 'Acme-2'") == SOURCES, "the work to go on as before")
