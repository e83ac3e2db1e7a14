from __future__ import annotations

import random
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from tests.e2e.harness import Upstream, Webhook, World, wait_for

pytestmark = pytest.mark.chaos

SLOW_TICK = 2.0
PENDING = "topic = 'changes-recorded' AND processed_at IS NULL"


def make_world(folder: Path, upstream: Upstream, webhook: Webhook, *, tick: float = 0.05) -> World:
    world = World(folder, upstream, webhook.origin + "/services/T/B/secret", tick=tick)
    world.read_baseline()
    return world


@pytest.fixture
def world(tmp_path: Path, upstream: Upstream, webhook: Webhook) -> Iterator[World]:
    running = make_world(tmp_path, upstream, webhook)
    yield running
    if running.service.runs:
        running.service.kill()


@pytest.fixture
def slow_world(tmp_path: Path, upstream: Upstream, webhook: Webhook) -> Iterator[World]:
    """A service that looks for work so seldom that a change lies in the outbox for a while."""
    running = make_world(tmp_path, upstream, webhook, tick=SLOW_TICK)
    yield running
    if running.service.runs:
        running.service.kill()


def assert_told(world: World, webhook: Webhook, version: int, *, times: int = 1) -> None:
    """The version was told by one delivery, which the webhook took so many times."""
    [delivery] = wait_for(lambda: world.deliveries_of(version), f"the alert about Acme-{version}")
    assert len(webhook.carrying(delivery)) == times


def test_killed_while_the_upstream_answers(world: World, webhook: Webhook) -> None:
    version = world.publish()
    world.upstream.gate.close()
    world.start_again()
    world.upstream.gate.wait_until_reached()
    world.service.kill()
    world.upstream.gate.open()
    world.start_again()
    assert_told(world, webhook, version)


def test_killed_after_the_fetch_before_the_commit(world: World, webhook: Webhook) -> None:
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
    assert_told(world, webhook, version)


def test_killed_after_the_commit_before_the_dispatch(slow_world: World, webhook: Webhook) -> None:
    version = slow_world.publish()
    slow_world.start_again()
    wait_for(lambda: slow_world.store.count("outbox_events", PENDING), "the change in the outbox")
    with slow_world.store.kept_from_writing():
        assert slow_world.store.count("outbox_events", PENDING) == 1
        slow_world.service.kill()
    slow_world.start_again()
    assert_told(slow_world, webhook, version)


def test_killed_after_the_dispatch_before_the_message_is_read(world: World, webhook: Webhook) -> None:
    version = world.publish()
    webhook.arrival.close()
    world.start_again()
    webhook.arrival.wait_until_reached()
    world.service.kill()
    assert world.store.count("deliveries", "state = 'pending'") == 1
    webhook.arrival.open()
    world.start_again()
    assert_told(world, webhook, version)


def test_killed_between_the_send_and_its_record(world: World, webhook: Webhook) -> None:
    version = world.publish()
    webhook.gate.close()
    world.start_again()
    webhook.gate.wait_until_reached()
    world.service.kill()
    assert world.deliveries_of(version) == []
    webhook.gate.open()
    world.start_again()
    assert_told(world, webhook, version, times=2)


@pytest.mark.parametrize("seed", [20261123, 7, 4242])
def test_killed_at_random_times_nothing_is_lost(world: World, webhook: Webhook, seed: int) -> None:
    """Each new version meets a service that is killed up to three times in the moments in which it reads and tells."""
    moments = random.Random(seed)
    for _ in range(5):
        version = world.publish()
        for _ in range(moments.randint(1, 3)):
            world.start_again()
            time.sleep(moments.uniform(0.4, 2.5))
            world.service.kill()
        world.start_again()
        world.service.wait_until_started()
        wait_for(partial(world.deliveries_of, version), f"the alert about Acme-{version}")
        assert world.service.stop() == 0, world.service.log
    sent = {delivery for (delivery,) in world.store.rows("SELECT id FROM deliveries WHERE state = 'sent'")}
    assert all(webhook.carrying(delivery) for delivery in sent)
    assert world.store.leases() == 0
