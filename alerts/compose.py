"""What a delivery says, put together from the rows in the moment in which it is sent or looked at."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from alerts.render.message import Digest, Message, compose, compose_digest
from alerts.render.notes import decision_line
from alerts.render.notice import compose_notice
from alerts.render.reminder import compose_reminder
from alerts.render.resolved import RESOLVED, compose_resolved
from alerts.render.standing import standing
from alerts.render.summary import compose_summary
from alerts.rules.decide import DEFAULT
from snapshots import decided, deliveries, lasted, told
from snapshots.coverage import Coverage, coverage, first_reading
from snapshots.decided import First
from snapshots.journal import entries
from snapshots.sending import ClaimedDelivery
from snapshots.tables import SourceRow
from snapshots.wording import moments
from snapshots.wording.spans import line

_A_DAY = timedelta(days=1)
THREADED = frozenset({deliveries.INCIDENT, deliveries.DECISION, deliveries.NOTICE, deliveries.RESOLVED})
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
    about, route = claimed.about or {}, claimed.route or DEFAULT
    match claimed.kind:
        case deliveries.SUMMARY:
            return compose_summary(first_reading(session, now=now), now=now, delivery_id=claimed.id)
        case deliveries.REMINDER:
            return compose_reminder(
                about["deadlines"],
                now=now,
                delivery_id=claimed.id,
                also_told=claimed.also_told,
                route=route,
            )
        case deliveries.NOTICE:
            return _in_conversation(session, claimed, _notice(session, claimed, now, route), now, public_url)
        case deliveries.DECISION:
            return _decision(session, claimed, public_url)
        case deliveries.RESOLVED:
            message = compose_resolved(
                about, delivery_id=claimed.id, incident=claimed.incident, route=route, public_url=public_url
            )
            message = _in_conversation(session, claimed, message, now, public_url)
            return message if about.get("ahead") else replace(message, update=_resolved(session, claimed, public_url))
        case deliveries.DIGEST:
            digest = compose_digest(
                entries(session, claimed.change_ids),
                now=now,
                delivery_id=claimed.id,
                public_url=public_url,
                coverage=_coverage(session, claimed.channel, now),
            )
            return replace(digest, route=route)
        case _:
            found = entries(session, claimed.change_ids)
            message = compose(
                found,
                now=now,
                delivery_id=claimed.id,
                incident=claimed.incident,
                public_url=public_url,
                also_told=claimed.also_told,
                route=route,
                lasted=lasted.of_changes(session, found),
            )
            return _in_conversation(session, claimed, message, now, public_url)


def _notice(
    session: Session, told_by: ClaimedDelivery | First, now: datetime, route: str, incident: str = ""
) -> Message:
    about = told_by.about or {}
    source = session.get(SourceRow, about.get("source_id", ""))
    if isinstance(told_by, ClaimedDelivery):
        delivery, incident = told_by.id, told_by.incident
    else:
        delivery = told_by.delivery
    return compose_notice(
        about, now=now, delivery_id=delivery, incident=incident, url=source.url if source else "", route=route
    )


def _in_conversation(
    session: Session, claimed: ClaimedDelivery, message: Message, now: datetime, public_url: str
) -> Message:
    """The message, where it follows another one as its continuation: same subject, what is new, how it stands."""
    first = decided.first_message(session, channel=claimed.channel, incident=claimed.incident)
    if first is None or first.delivery == claimed.id:
        return message
    began = _as_it_read(session, claimed.incident, first, public_url)
    so_far = decided.told_so_far(session, channel=claimed.channel, incident=claimed.incident)
    known = entries(session, {*so_far, *claimed.change_ids})
    return replace(
        message,
        conversation=began.headline,
        told_first=moments.moment(first.sent_at),
        standing=standing(known, now) if known else (),
    )


def _as_it_read(session: Session, incident: str, first: First, public_url: str) -> Message:
    """The first message of an incident as it read when it was sent."""
    route = first.route or DEFAULT
    if first.kind == deliveries.NOTICE:
        return _notice(session, first, first.sent_at, route, incident)
    found = entries(session, first.change_ids)
    return compose(
        found,
        now=first.sent_at,
        delivery_id=first.delivery,
        incident=incident,
        public_url=public_url,
        also_told=first.also_told,
        route=route,
        lasted=lasted.of_changes(session, found),
    )


def _decision(session: Session, claimed: ClaimedDelivery, public_url: str) -> Message:
    """The incident's first message as it read when it was sent, with what was decided since."""
    channel, incident = claimed.channel, claimed.incident
    first = decided.first_message(session, channel=channel, incident=incident)
    if first is None:
        problem = "The incident's first message is gone."
        raise ValueError(problem)
    made = decided.told_by(session, claimed.id, channel=channel, incident=incident)
    message = _as_it_read(session, incident, first, public_url)
    if decided.is_resolved(session, channel=channel, incident=incident):
        message = replace(message, claim=line(RESOLVED, *message.claim))
    return replace(message, decision=decision_line(made), remark=made.text)


def _resolved(session: Session, claimed: ClaimedDelivery, public_url: str) -> Message | None:
    """What the incident's first message becomes when the incident is over; what was decided of it stays on it."""
    channel, incident = claimed.channel, claimed.incident
    first = decided.first_message(session, channel=channel, incident=incident)
    if first is None:
        return None
    message = _as_it_read(session, incident, first, public_url)
    made = decided.last_decision(session, channel=channel, incident=incident)
    message = replace(message, claim=line(RESOLVED, *message.claim))
    return replace(message, decision=decision_line(made)) if made else message


def _coverage(session: Session, channel: str, now: datetime) -> Coverage:
    last = told.last_sent(session, channel=channel, kind=deliveries.DIGEST)
    return coverage(session, since=last or now - _A_DAY, until=now)
