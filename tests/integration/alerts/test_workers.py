"""Several workers share the deliveries: each message goes out once, an incident's messages in their order."""

from __future__ import annotations

import threading
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

from alerts.channels import ChannelConfig, Progress, Receipt
from alerts.channels.null import NullConfig
from alerts.deliver import deliver_due
from alerts.dispatch import dispatch_events
from alerts.render.message import Digest, Message
from alerts.rules.routes import Routing
from tests.integration.alerts.conftest import Recorder, a_change, told

WORKERS, NAMES, STEPS = 4, 6, ("Acme-2", "Acme-1", "Acme-3")


class Notebook:
    """A channel that writes down what each incident was told."""

    name = "team"

    def __init__(self) -> None:
        self.config: ChannelConfig = NullConfig(kind="null", name=self.name)
        self.told: dict[str, list[str]] = defaultdict(list)
        self._lock = threading.Lock()

    def send(
        self,
        message: Message | Digest,
        *,
        delivery_id: str,
        thread: str | None,  # noqa: ARG002
        now: datetime,  # noqa: ARG002
        progress: Progress | None = None,  # noqa: ARG002
    ) -> Receipt:
        assert isinstance(message, Message)
        with self._lock:
            self.told[message.incident].append(message.headline.partition(";")[0].rpartition(" ")[2])
        return Receipt(delivery_id)


def test_workers_side_by_side_send_each_message_once_and_in_order(recorder: Recorder) -> None:
    for after in STEPS:
        for place in range(NAMES):
            recorder.record("log", a_change(f"acme-{place}", after))
            dispatch_events(recorder.database, channels=("team",), routing=Routing(), now=recorder.clock.now())
        recorder.pass_time(timedelta(minutes=1))
    notebook = Notebook()

    def work(owner: str) -> int:
        done = 0
        while tried := deliver_due(recorder.database, {"team": notebook}, clock=recorder.clock, owner=owner, limit=3):
            done += tried
        return done

    with ThreadPoolExecutor(WORKERS) as pool:
        sent = sum(pool.map(work, [f"worker-{place}" for place in range(WORKERS)]))
    # A worker stops when all that is due is in the hands of others; what came free then is taken in the next round.
    sent += work("late")
    assert sent == NAMES * len(STEPS)
    assert list(notebook.told.values()) == [list(STEPS)] * NAMES
    assert {state for _, _, state, _, _ in told(recorder.database)} == {"sent"}


def test_dispatchers_side_by_side_tell_one_event_once(recorder: Recorder) -> None:
    first = recorder.record("log", a_change())
    second = recorder.record("pricing", a_change())

    def work(_worker: int) -> int:
        return dispatch_events(recorder.database, channels=("team",), routing=Routing(), now=recorder.clock.now())

    with ThreadPoolExecutor(WORKERS) as pool:
        assert sum(pool.map(work, range(WORKERS))) == 2
    [(_, _, _, changes, _)] = told(recorder.database)
    assert changes == (*first, *second)
