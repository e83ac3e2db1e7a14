"""kill -9 at the two boundaries that matter most; all of them stand in tests/chaos."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.harness import Upstream, Webhook, World, wait_for


@pytest.fixture
def world(tmp_path: Path, upstream: Upstream, webhook: Webhook) -> Iterator[World]:
    running = World(tmp_path, upstream, webhook.origin + "/services/T/B/secret")
    running.read_baseline()
    yield running
    if running.service.runs:
        running.service.kill()


def test_a_change_fetched_but_not_committed_is_told_after_a_restart(world: World, webhook: Webhook) -> None:
    version = world.publish()
    world.upstream.gate.close()
    world.start_again()
    world.upstream.gate.wait_until_reached()
    with world.store.kept_from_writing():
        world.upstream.gate.open()
        wait_for(lambda: version in world.upstream.served, "the answer to be sent")
        world.service.kill()
    assert world.store.count("changes") == 0
    world.start_again()
    [delivery] = wait_for(lambda: world.deliveries_of(version), "the alert")
    assert len(webhook.carrying(delivery)) == 1


def test_a_message_sent_but_not_recorded_is_repeated_with_the_same_id(world: World, webhook: Webhook) -> None:
    version = world.publish()
    webhook.gate.close()
    world.start_again()
    webhook.gate.wait_until_reached()
    world.service.kill()
    assert world.deliveries_of(version) == []
    webhook.gate.open()
    world.start_again()
    [delivery] = wait_for(lambda: world.deliveries_of(version), "the record of the message")
    assert len(webhook.carrying(delivery)) == 2
