"""What a delivery says, put together from the rows in the moment in which it is sent or looked at."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from alerts.render.message import Digest, Message, compose, compose_digest
from alerts.render.notes import decision_line
from alerts.render.notice import compose_notice
from alerts.render.reminder import compose_reminder
from alerts.render.summary import compose_summary
from snapshots import decided, deliveries, lasted, told
from snapshots.coverage import Coverage, coverage, first_reading
from snapshots.deliveries import ClaimedDelivery
from snapshots.journal import entries
from snapshots.tables import SourceRow

_A_DAY = timedelta(days=1)
THREADED = frozenset({deliveries.INCIDENT, deliveries.DECISION, deliveries.NOTICE})
"""The kinds whose later messages belong to the thread of the first. A reminder in an old thread would not be seen."""


def compose_delivery(
    session: Session, claimed: ClaimedDelivery, now: datetime, public_url: str = ""
) -> Message | Digest:
    """The message of a delivery; `now` is UTC, `public_url` the address of this installation's pages, if any.

    What was begun goes on as it read then, so that its parts fit together.

    Raises:
        ValueError: what it tells is gone.
    """
    now = claimed.begun_at or now
    about = claimed.about or {}
    match claimed.kind:
        case deliveries.SUMMARY:
            return compose_summary(first_reading(session, now=now), now=now, delivery_id=claimed.id)
        case deliveries.REMINDER:
            return compose_reminder(
                about["deadlines"],
                now=now,
                delivery_id=claimed.id,
                also_told=claimed.also_told,
                route=claimed.route,
            )
        case deliveries.NOTICE:
            source = session.get(SourceRow, about.get("source_id", ""))
            return compose_notice(
                about,
                now=now,
                delivery_id=claimed.id,
                incident=claimed.incident,
                url=source.url if source else "",
                route=claimed.route,
            )
        case deliveries.DECISION:
            return _decision(session, claimed, public_url)
        case deliveries.DIGEST:
            return compose_digest(
                entries(session, claimed.change_ids),
                now=now,
                delivery_id=claimed.id,
                public_url=public_url,
                coverage=_coverage(session, claimed.channel, now),
            )
        case _:
            found = entries(session, claimed.change_ids)
            return compose(
                found,
                now=now,
                delivery_id=claimed.id,
                incident=claimed.incident,
                public_url=public_url,
                also_told=claimed.also_told,
                route=claimed.route,
                lasted=lasted.of_changes(session, found),
            )


def _decision(session: Session, claimed: ClaimedDelivery, public_url: str) -> Message:
    """The incident's first message as it read when it was sent, with what was decided since."""
    first = decided.first_message(session, channel=claimed.channel, incident=claimed.incident)
    if first is None:
        problem = "The incident's first message is gone."
        raise ValueError(problem)
    made = decided.told_by(session, claimed.id, channel=claimed.channel, incident=claimed.incident)
    found = entries(session, first.change_ids)
    message = compose(
        found,
        now=first.sent_at,
        delivery_id=first.delivery,
        incident=claimed.incident,
        public_url=public_url,
        also_told=claimed.also_told,
        lasted=lasted.of_changes(session, found),
    )
    return replace(message, decision=decision_line(made), remark=made.text)


def _coverage(session: Session, channel: str, now: datetime) -> Coverage:
    last = told.last_sent(session, channel=channel, kind=deliveries.DIGEST)
    return coverage(session, since=last or now - _A_DAY, until=now)
