"""A digest is claimed in the moment in which something is added to it."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

from alerts.dispatch import dispatch_events
from alerts.rules.hours import next_digest
from alerts.rules.routes import Routing
from snapshots import deliveries, sending, told
from snapshots.sending import ClaimedDelivery
from tests.integration.alerts.conftest import NOON, Recorder, a_change


def test_what_is_added_while_the_digest_falls_due_is_told_with_it(recorder: Recorder) -> None:
    quiet = a_change("acme-chat", "256K", kind="context-window-increased", attribute="context_window", before="128K")
    [first] = recorder.record("pricing", quiet)
    dispatch_events(recorder.database, channels=("team",), routing=Routing(), now=NOON)
    [second] = recorder.record("log", quiet)
    due = next_digest(NOON, Routing().digest)

    def claim() -> ClaimedDelivery | None:
        with recorder.database.writing() as session:
            return sending.claim(session, channels=["team"], owner="me", now=due + timedelta(seconds=1))

    with ThreadPoolExecutor(1) as pool:
        with recorder.database.writing() as session:
            digest = told.open_digest(session, "team", due)
            assert digest is not None
            claiming = pool.submit(claim)
            deliveries.add_changes(session, digest, [second], deliveries.TOLD)
        claimed = claiming.result(timeout=30) or claim()
    assert claimed is not None
    assert claimed.change_ids == (first, second)
