from __future__ import annotations

import json
import re
import socket
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx2
import pytest

from tests.e2e.harness import Upstream, Webhook, World, wait_for

MakeWorld = Callable[[str], World]


@pytest.fixture
def make_world(tmp_path: Path, upstream: Upstream) -> Iterator[MakeWorld]:
    made: list[World] = []

    def make(webhook_url: str) -> World:
        made.append(World(tmp_path, upstream, webhook_url))
        return made[-1]

    yield make
    for world in made:
        if world.service.runs:
            world.service.kill()


@pytest.fixture
def world(make_world: MakeWorld, webhook: Webhook) -> World:
    return make_world(webhook.origin + "/services/T/B/secret")


@pytest.fixture
def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


def next_check(world: World) -> str:
    [(at,)] = world.store.rows("SELECT next_check_at FROM sources")
    return str(at)


def test_a_termination_signal_ends_the_service_in_the_middle_of_a_check(world: World) -> None:
    world.upstream.gate.close()
    world.service.start()
    world.upstream.gate.wait_until_reached()
    assert world.store.leases() == 1
    world.upstream.gate.open()
    assert world.service.stop() == 0, world.service.log
    assert world.store.leases() == 0


def test_a_restart_goes_on_from_the_schedule_in_the_store(world: World, webhook: Webhook) -> None:
    world.read_baseline()
    due, looked = next_check(world), len(world.upstream.served)
    world.publish()
    world.service.start()
    world.service.wait_until_started()
    assert world.service.stop() == 0, world.service.log
    assert (next_check(world), len(world.upstream.served)) == (due, looked)
    world.start_again()
    wait_for(lambda: world.deliveries_of(2), "the alert about the new version")
    [delivery] = world.deliveries_of(2)
    assert len(webhook.carrying(delivery)) == 1


def test_an_unreachable_slack_delays_the_message_and_loses_nothing(make_world: MakeWorld, free_port: int) -> None:
    world = make_world(f"http://127.0.0.1:{free_port}/services/T/B/secret")
    world.service.start()
    wait_for(lambda: world.store.count("checks"), "the first check")
    world.publish()
    world.store.let_time_pass()
    wait_for(lambda: world.store.count("delivery_attempts", "outcome = 'retry'"), "a failed attempt")
    [(error,)] = world.store.rows("SELECT DISTINCT last_error FROM deliveries WHERE attempts > 0")
    assert error
    assert "secret" not in error + world.service.log
    with Webhook(free_port) as webhook:
        wait_for(lambda: world.store.count("changes", "after = 'Acme-2'"), "the change")
        world.settle(hurry=True)
        [delivery] = world.deliveries_of(2)
        assert webhook.carrying(delivery)
        assert world.service.stop() == 0, world.service.log


def test_the_alert_links_to_a_page_of_the_same_process(
    tmp_path: Path, upstream: Upstream, webhook: Webhook, free_port: int
) -> None:
    world = World(tmp_path, upstream, webhook.origin + "/services/T/B/secret", serve_at=f"127.0.0.1:{free_port}")
    with world.service:
        wait_for(lambda: world.store.count("checks"), "the first check")
        world.publish()
        world.store.let_time_pass()
        wait_for(lambda: world.deliveries_of(2), "the alert about the new version")
        world.settle(hurry=True)
        [delivery] = world.deliveries_of(2)
        told = json.dumps(webhook.carrying(delivery))
        found = re.search(rf"http://127\.0\.0\.1:{free_port}/c/[0-9a-f]+", told)
        assert found is not None, told
        page = httpx2.get(found[0], trust_env=False)
        assert page.status_code == 200
        assert "Acme-2" in page.text
        assert world.service.stop() == 0, world.service.log
