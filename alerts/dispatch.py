"""T2: recorded events become deliveries, all in one transaction.

First readings tell no changes; they end in one summary. What the service has to tell of itself is in `alerts.notices`,
what falls due without any event in `alerts.watch`.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from alerts.gather import tell_changes
from alerts.notices import TROUBLES, tell_trouble
from alerts.resolved import tell_passed
from alerts.round import Round, open_round
from alerts.rules.routes import Routing
from snapshots import deadlines, deliveries, outbox, told
from snapshots.coverage import all_looked_at
from snapshots.db import Database
from snapshots.journal import entries

FIRST_ROUND = timedelta(minutes=10)
_EVENTS_A_ROUND = 100
_OF_DOCUMENTS = frozenset({"changes-recorded", "baseline-read"})


def dispatch_events(database: Database, *, channels: Sequence[str], routing: Routing, now: datetime) -> int:
    """Look at what was recorded and decide who is told; return the number of events looked at."""
    with database.reading() as session:
        # Asked without the write lock first: most rounds find nothing.
        if not outbox.any_pending(session):
            return 0
    with database.writing() as session:
        events = outbox.pending(session, limit=_EVENTS_A_ROUND)
        at = open_round(session, channels, routing, now)
        recorded = [event.payload for event in events if event.topic == "changes-recorded"]
        if ids := [change_id for payload in recorded for change_id in payload["change_ids"]]:
            tell_changes(at, entries(session, ids))
        if any(event.topic == "baseline-read" for event in events):
            for channel in channels:
                _summarise(at, channel)
        if read := {event.payload["source_id"] for event in events if event.topic in _OF_DOCUMENTS}:
            deadlines.sync(session, now, remind_before=routing.remind_before, told_by=read)
        if come := [event.payload["deadline"] for event in events if event.topic == deadlines.PASSED_TOPIC]:
            tell_passed(at, come)
        for event in events:
            if event.topic in TROUBLES:
                tell_trouble(at, event.topic, event.payload)
            event.processed_at = now
        return len(events)


def _summarise(at: Round, channel: str) -> None:
    """Tell what is known as soon as each source was looked at, or at the latest after a while."""
    if not at.routing.reaches(channel):
        return
    due = at.now if all_looked_at(at.session) else at.now + FIRST_ROUND
    if told.bring_forward(at.session, channel=channel, kind=deliveries.SUMMARY, due=due):
        return
    deliveries.create(
        at.session,
        channel=channel,
        kind=deliveries.SUMMARY,
        incident=f"first-reading-{at.now:%Y-%m-%dT%H:%M:%SZ}",
        change_ids=(),
        now=at.now,
        due=due,
    )
