"""A thousand messages under 30% failures and 20 kills: all arrive, in order, and hardly any arrives twice."""

from __future__ import annotations

import json
import random
import re
import subprocess
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import func, select

from monitor.demo.receivers import SlackReceiver, SmtpCatcher, Trouble
from snapshots import deliveries
from snapshots.clock import FixedClock
from snapshots.db import Database
from snapshots.tables import DeliveryRow
from tests.chaos.teller import NOON
from tests.e2e.harness import wait_for
from tests.integration.alerts.conftest import Recorder, a_change
from tests.support.certificates import server_context

pytestmark = pytest.mark.chaos

NAMES, STEPS, KILLS = 100, 10, 20
MESSAGES = NAMES * STEPS
BY_MAIL = 20
FAILURES = 0.3
PATIENCE = 200.0

Told = tuple[str, int, str]
"""A message that arrived: the name it is about, the step it tells, the delivery."""


@pytest.fixture(params=[20261128])
def luck(request: pytest.FixtureRequest) -> random.Random:
    return random.Random(request.param)


def slack_troubles(luck: random.Random) -> Iterator[Trouble | None]:
    """Three of ten requests fail; one of a thousand is taken and its answer lost."""
    kinds: list[Callable[[], Trouble]] = [
        lambda: Trouble(429, {"Retry-After": str(luck.randint(1, 5))}),
        lambda: Trouble(500),
        lambda: Trouble(503, {"Retry-After": "2"}),
        lambda: Trouble(0),
    ]
    for _ in range(MESSAGES * 10):
        dice = luck.random()
        if dice < 0.001:
            yield Trouble(0, after_taking=True)
        elif dice < 0.006:
            yield Trouble(200, seconds=0.5)
        else:
            yield luck.choice(kinds)() if dice < FAILURES else None


def mail_answers(luck: random.Random) -> Iterator[str]:
    for _ in range(MESSAGES * 5):
        yield (
            luck.choice(("421 Closing", "451 Try later", "452 Disk full", "")) if luck.random() < FAILURES else "250 OK"
        )


def fill(database: Database) -> None:
    """A thousand changes of a hundred names, each with a delivery of its own; those of one name are one incident."""
    recorder = Recorder(database, FixedClock(NOON))
    for step in range(1, STEPS + 1):
        ids = recorder.record("log", *(a_change(f"acme-{name}", f"Acme-{step}") for name in range(NAMES)))
        with database.writing() as session:
            for name, change in enumerate(ids):
                deliveries.create(
                    session,
                    channel="mail" if name < BY_MAIL else "team",
                    kind=deliveries.INCIDENT,
                    incident=f"acme-{name}",
                    change_ids=[change],
                    now=recorder.clock.now(),
                    due=recorder.clock.now(),
                )
        recorder.pass_time(timedelta(milliseconds=1))


@contextmanager
def teller(settings: Path) -> Iterator[subprocess.Popen[bytes]]:
    """The process that delivers, until it is killed; what it says goes into a file beside its settings."""
    with settings.with_suffix(".log").open("wb") as log:
        command = [sys.executable, "-m", "tests.chaos.teller", str(settings)]
        running = subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT)
        try:
            wait_for(lambda: b"ready" in settings.with_suffix(".log").read_bytes(), "the teller to start")
            yield running
        finally:
            running.kill()
            running.wait()


def arrived(webhook: SlackReceiver, server: SmtpCatcher) -> list[Told]:
    """What both receivers took, in order of arrival at each."""
    in_slack = [_told(payload["text"], json.dumps(payload)) for payload in webhook.payloads]
    mails = [mail.message for mail in server.mails]
    return in_slack + [_told(str(mail["Subject"]), f"Delivery {mail['X-Headwater-Delivery']}") for mail in mails]


def _told(subject: str, whole: str) -> Told:
    about = re.search(r"(acme-\d+) now means Acme-(\d+)", subject)
    delivery = re.search(r"Delivery ([0-9A-Z]{26})", whole)
    assert about is not None, subject
    assert delivery is not None, whole
    return about[1], int(about[2]), delivery[1]


def count(database: Database, state: str) -> int:
    with database.reading() as session:
        query = select(func.count()).select_from(DeliveryRow).where(DeliveryRow.state == state)
        return session.scalar(query) or 0


def kill_at_intervals(settings: Path, luck: random.Random, taken: Callable[[], int]) -> Sequence[int]:
    """Start and kill the process 20 times, each somewhere within the sending; how many messages had arrived by then."""
    kills: list[int] = []
    for kill in range(1, KILLS + 1):
        with teller(settings) as running:
            goal = kill * MESSAGES // (KILLS + 2)
            wait_for(partial(_reached, taken, goal), f"{goal} messages", patience=PATIENCE)
            time.sleep(luck.uniform(0, 0.05))
            running.kill()
        kills.append(taken())
    return kills


def _taken(webhook: SlackReceiver, server: SmtpCatcher) -> int:
    return len(webhook.payloads) + len(server.mails)


def _reached(taken: Callable[[], int], goal: int) -> bool:
    return taken() >= goal


def test_a_thousand_messages_survive_failures_and_kills(
    tmp_path: Path, luck: random.Random, record_property: Callable[[str, object], None]
) -> None:
    context, certificate = server_context(tmp_path)
    database = Database(f"sqlite:///{tmp_path / 'headwater.db'}")
    database.upgrade()
    fill(database)
    with SlackReceiver() as webhook, SmtpCatcher(tls=context) as server:
        webhook.fail_next(*slack_troubles(luck))
        server.answer_next(*mail_answers(luck))
        mail = {"host": "127.0.0.1", "port": server.port, "ca_file": str(certificate), "sender": "h@acme.example"}
        channels = [
            {"kind": "slack", "name": "team", "webhook_url_env": "URL", "messages_per_minute": None},
            {"kind": "email", "name": "mail", "to": ["team@acme.example"], **mail},
        ]
        told = {"database": str(database.engine.url), "began": time.time(), "timeout": 0.2, "channels": channels}
        settings = tmp_path / "teller.json"
        settings.write_text(json.dumps({**told, "secrets": {"URL": webhook.url}}), encoding="utf-8")
        taken = partial(_taken, webhook, server)
        kills = kill_at_intervals(settings, luck, taken)
        with teller(settings):
            wait_for(partial(_reached, taken, MESSAGES), "all messages to arrive", patience=PATIENCE)
            wait_for(lambda: count(database, "pending") == 0, "all messages to be recorded", patience=PATIENCE)
        found = arrived(webhook, server)
    assert kills[-1] < MESSAGES, "the last kill came when all was done"
    assert count(database, "sent") == MESSAGES
    database.close()

    times = Counter(found)
    assert len(times) == MESSAGES
    assert len({delivery for _, _, delivery in times}) == MESSAGES
    repeats = sum(times.values()) - MESSAGES
    record_property("repeats", repeats)
    assert webhook.refused == []
    assert repeats < MESSAGES / 100
    order: dict[str, list[int]] = defaultdict(list)
    for name, step, _ in dict.fromkeys(found):
        order[name].append(step)
    assert {name for name, steps in order.items() if steps != sorted(steps)} == set()
