"""A claimed delivery to the message it carries."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from alerts.render.failing import compose_failing
from alerts.render.message import Digest, Message, compose, compose_digest
from alerts.render.notes import decision_line
from alerts.render.summary import compose_summary
from snapshots import channelstate, decided, deliveries, lasted, told
from snapshots.coverage import Coverage, coverage, first_reading
from snapshots.deliveries import ClaimedDelivery
from snapshots.journal import entries

_A_DAY = timedelta(days=1)


def message_of(session: Session, claimed: ClaimedDelivery, now: datetime, public_url: str) -> Message | Digest:
    """The message as it reads at `now` (UTC); what was begun goes on as it read then, so that its parts fit together.

    Raises:
        ValueError: what it tells is gone.
    """
    at = claimed.begun_at or now
    match claimed.kind:
        case deliveries.SUMMARY:
            return compose_summary(first_reading(session, now=at), now=at, delivery_id=claimed.id)
        case deliveries.CHANNEL_FAILING:
            state = channelstate.states(session).get(claimed.about)
            waiting = deliveries.waiting(session, channel=claimed.about)
            return compose_failing(claimed.about, state, waiting=waiting, delivery_id=claimed.id)
        case deliveries.DECISION:
            return _decision(session, claimed, public_url)
        case deliveries.DIGEST:
            return compose_digest(
                entries(session, claimed.change_ids),
                now=at,
                delivery_id=claimed.id,
                public_url=public_url,
                coverage=_coverage(session, claimed, at),
            )
    found = entries(session, claimed.change_ids)
    return compose(
        found,
        now=at,
        delivery_id=claimed.id,
        incident=claimed.incident,
        public_url=public_url,
        also_told=claimed.also_told,
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


def _coverage(session: Session, claimed: ClaimedDelivery, now: datetime) -> Coverage:
    last = told.last_sent(session, channel=claimed.channel, kind=deliveries.DIGEST)
    return coverage(session, since=last or now - _A_DAY, until=now)
