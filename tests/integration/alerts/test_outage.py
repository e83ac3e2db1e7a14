"""Between sending and recording: a database that goes away there, a worker that falls asleep before."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select
from structlog.testing import capture_logs

from alerts.channels import ChannelConfig, Progress, Receipt
from alerts.channels.null import NullConfig
from alerts.deliver import deliver_due
from alerts.dispatch import dispatch_events
from alerts.render.message import Digest, Message
from alerts.rules.routes import Routing
from snapshots.clock import Clock, FixedClock
from snapshots.db import Database
from snapshots.tables import DeliveryRow
from tests.integration.alerts.conftest import Recorder, a_change, told
from tests.support.outage import Outage


class Mailbox:
    """A channel that keeps what it is sent; `before` and `after` happen around each sending, on the other side."""

    name = "team"

    def __init__(self, *, parts: int = 1, after: Callable[[], object] = lambda: None) -> None:
        self.config: ChannelConfig = NullConfig(kind="null", name=self.name)
        self.taken: list[str] = []
        self._parts, self._after = parts, after

    def send(
        self,
        message: Message | Digest,  # noqa: ARG002
        *,
        delivery_id: str,
        thread: str | None,  # noqa: ARG002
        now: datetime,  # noqa: ARG002
        progress: Progress | None = None,
    ) -> Receipt:
        assert progress is not None
        for part in range(self._parts):
            if str(part) not in progress.taken:
                self.taken.append(f"{delivery_id} {part}")
                self._after()
                progress.take(str(part), "id")
        return Receipt(delivery_id)


def due(recorder: Recorder) -> None:
    """Record a change and let its message be due."""
    recorder.record("log", a_change())
    dispatch_events(recorder.database, channels=("team",), routing=Routing(), now=recorder.clock.now())


class TestOutage:
    pytestmark = pytest.mark.postgres

    @pytest.fixture
    def database_url(self, new_database: Callable[[str], str]) -> str:
        return new_database("postgresql")

    @pytest.fixture
    def outage(self, database_url: str) -> Iterator[Outage]:
        made = Outage(database_url)
        yield made
        made.close()

    @pytest.mark.parametrize("parts", [1, 3])
    def test_what_was_sent_is_recorded_when_the_database_is_back(
        self, recorder: Recorder, outage: Outage, parts: int
    ) -> None:
        due(recorder)
        mailbox = Mailbox(parts=parts, after=outage.begin)
        pauses: list[float] = []

        def wait(seconds: float) -> None:
            pauses.append(seconds)
            if len(pauses) % 2 == 0:
                outage.end()

        with capture_logs() as lines:
            sent = deliver_due(
                recorder.database, {"team": mailbox}, clock=recorder.clock, owner="me", wait=wait, limit=1
            )
        assert sent == 1
        assert pauses == [0.5, 1.0] * parts
        assert [line["event"] for line in lines] == ["sent-not-recorded"] * 2 * parts + ["sent"]
        recorder.pass_time(timedelta(hours=1))
        assert deliver_due(recorder.database, {"team": mailbox}, clock=recorder.clock, owner="other") == 0
        assert len(mailbox.taken) == parts
        assert [state for _, _, state, _, _ in told(recorder.database)] == ["sent"]


class Drowsy:
    """The clock of a worker that falls asleep as soon as it has claimed a delivery; others work meanwhile."""

    def __init__(self, database: Database, clock: FixedClock, meanwhile: Callable[[], object]) -> None:
        self._database, self._clock, self._meanwhile = database, clock, meanwhile
        self._slept = False

    def now(self) -> datetime:
        if not self._slept and self._holds():
            self._slept = True
            self._clock.set(self._clock.now() + timedelta(minutes=3))
            self._meanwhile()
        return self._clock.now()

    def _holds(self) -> bool:
        with self._database.reading() as session:
            return session.scalar(select(DeliveryRow.lease_owner)) == "drowsy"


def test_a_worker_that_slept_past_its_lease_sends_nothing(recorder: Recorder) -> None:
    due(recorder)
    mailbox = Mailbox()

    def work(owner: str, clock: Clock) -> int:
        return deliver_due(recorder.database, {"team": mailbox}, clock=clock, owner=owner)

    drowsy = Drowsy(recorder.database, recorder.clock, lambda: work("awake", recorder.clock))
    with capture_logs() as lines:
        work("drowsy", drowsy)
    assert [line["event"] for line in lines] == ["sent", "lease-gone"]
    assert len(mailbox.taken) == 1
    assert [state for _, _, state, _, _ in told(recorder.database)] == ["sent"]
