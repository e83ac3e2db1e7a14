"""T2: recorded changes become deliveries, all in one transaction.

One upstream event is told once on a channel, however many sources show it: a change whose event a channel was told
of already joins that delivery and makes no noise. What waits together and comes from one provider is one message.
First readings tell no changes; they end in one summary.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

import structlog
from sqlalchemy.orm import Session

from alerts.rules.routes import AtOnce, InDigest, Muted, Routing, decide, next_digest
from snapshots import deliveries, outbox, told
from snapshots.changes.model import Level
from snapshots.coverage import all_looked_at
from snapshots.db import Database
from snapshots.journal import Entry, entries
from snapshots.tables import OutboxEventRow

SAME_EVENT_FOR = timedelta(days=90)
LATER_NEWS_FOR = timedelta(days=7)
FIRST_ROUND = timedelta(minutes=10)
_EVENTS_A_ROUND = 100
_RANK = (Level.CRITICAL, Level.WARNING, Level.INFO, Level.NONE)

_log = structlog.get_logger(__name__)


def dispatch_events(database: Database, *, channels: Sequence[str], routing: Routing, now: datetime) -> int:
    """Look at what was recorded and decide who is told; return the number of events looked at."""
    with database.reading() as session:
        # Asked without the write lock first: most rounds find nothing.
        if not outbox.any_pending(session):
            return 0
    with database.writing() as session:
        events = outbox.pending(session, limit=_EVENTS_A_ROUND)
        for found in _by_provider(session, events):
            for channel in channels:
                _tell(session, channel, routing, found, now)
        if any(event.topic == "baseline-read" for event in events):
            for channel in channels:
                _summarise(session, channel, routing, now)
        for event in events:
            event.processed_at = now
        return len(events)


def _summarise(session: Session, channel: str, routing: Routing, now: datetime) -> None:
    """Tell what is known as soon as each source was looked at, or at the latest after a while."""
    if routing.routes and all(route.channel != channel for route in routing.routes):
        return
    due = now if all_looked_at(session) else now + FIRST_ROUND
    if told.bring_forward(session, channel=channel, kind=deliveries.SUMMARY, due=due):
        return
    deliveries.create(
        session,
        channel=channel,
        kind=deliveries.SUMMARY,
        incident=f"first-reading-{now:%Y-%m-%dT%H:%M:%SZ}",
        change_ids=(),
        now=now,
        due=due,
    )


def _by_provider(session: Session, events: Sequence[OutboxEventRow]) -> Iterable[Sequence[Entry]]:
    recorded = [event.payload for event in events if event.topic == "changes-recorded"]
    ids = [change_id for payload in recorded for change_id in payload["change_ids"]]
    groups: dict[str, list[Entry]] = defaultdict(list)
    for entry in entries(session, ids):
        groups[entry.provider or f"source {entry.source_id}"].append(entry)
    return groups.values()


def _tell(session: Session, channel: str, routing: Routing, found: Sequence[Entry], now: datetime) -> None:
    at_once: list[Entry] = []
    quiet: list[Entry] = []
    joined: dict[str, list[int]] = defaultdict(list)
    for entry in found:
        change = entry.change
        decision = decide(routing, channel=channel, level=change.level, kind=change.kind, provider=entry.provider)
        if isinstance(decision, Muted):
            _log.info("not-told", change=entry.public_id, channel=channel, reason=decision.reason)
            continue
        earlier = _told_already(session, channel, entry, now, loud=isinstance(decision, AtOnce))
        if earlier is not None:
            joined[earlier].append(entry.id)
            _log.info("joined", change=entry.public_id, channel=channel, delivery=earlier)
        elif isinstance(decision, AtOnce):
            at_once.append(entry)
        elif isinstance(decision, InDigest):
            quiet.append(entry)
    for delivery, change_ids in joined.items():
        deliveries.add_changes(session, delivery, change_ids, deliveries.JOINED)
    if at_once:
        lead = min(at_once, key=lambda entry: (_RANK.index(entry.change.level), entry.id))
        # What is quiet but belongs to the same news is told with it rather than tomorrow morning.
        change_ids = [entry.id for entry in (*at_once, *quiet)]
        deliveries.create(
            session,
            channel=channel,
            kind=deliveries.INCIDENT,
            incident=_incident(session, channel, lead, now),
            change_ids=change_ids,
            now=now,
            due=now,
        )
    elif quiet:
        _add_to_digest(session, channel, [entry.id for entry in quiet], routing, now)


def _told_already(session: Session, channel: str, entry: Entry, now: datetime, *, loud: bool) -> str | None:
    if entry.change.subject == "*":
        return (
            None  # What concerns a page as a whole is an event of that page; two pages may say the same of themselves.
        )
    return told.telling(
        session,
        channel=channel,
        correlation_key=entry.change.correlation_key,
        provider=entry.provider,
        source_id=entry.source_id,
        since=now - SAME_EVENT_FOR,
        loud=loud,
    )


def _incident(session: Session, channel: str, lead: Entry, now: datetime) -> str:
    """What ties the messages about one upstream event together on a channel.

    A provider's pages change one after the other: what is said of the same name within days is later news of it.
    """
    key = lead.change.correlation_key
    if lead.change.subject == "*":
        return f"{key}-{lead.source_id}"[:64]
    earlier = told.incident_about(
        session, channel=channel, subject=lead.change.subject, provider=lead.provider, since=now - LATER_NEWS_FOR
    )
    return earlier or key


def _add_to_digest(session: Session, channel: str, change_ids: Sequence[int], routing: Routing, now: datetime) -> None:
    due = next_digest(now, routing.digest_at)
    digest = told.open_digest(session, channel, due)
    if digest is not None:
        deliveries.add_changes(session, digest, change_ids, deliveries.TOLD)
        return
    deliveries.create(
        session,
        channel=channel,
        kind=deliveries.DIGEST,
        incident=f"digest-{due:%Y-%m-%d}",
        change_ids=change_ids,
        now=now,
        due=due,
    )
