"""What the service tells of itself: one incident for one trouble, opened once, closed once.

A trouble comes as an event whose topic is the kind of notice; so does its end. What is told goes through the same
routes as changes (area `headwater`). Those who were told of a trouble are told of its end, in the same thread.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import structlog
from sqlalchemy import select

from alerts.round import Round
from alerts.rules.decide import How
from alerts.rules.matching import Facts
from snapshots import decisions, deliveries, incidents, told
from snapshots.changes.model import Level
from snapshots.tables import SourceRow

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Trouble:
    """A kind of trouble: the topic that ends it, and the payload's key that says what is in trouble."""

    ends: str
    about: str = ""


BEGINS: Mapping[str, Trouble] = {
    "source-failing": Trouble("source-recovered", "source_id"),
    "channel-failing": Trouble("channel-recovered", "channel"),
    "network-down": Trouble("network-up"),
    "checks-stale": Trouble("checks-resumed"),
}
ENDS: Mapping[str, str] = {trouble.ends: topic for topic, trouble in BEGINS.items()}
TROUBLES = frozenset({*BEGINS, *ENDS})
"""The topics that are looked at here."""


def tell_trouble(at: Round, topic: str, payload: Mapping[str, Any]) -> None:
    """Tell that a trouble began or ended; one that is known already, or that nobody heard of, is not told."""
    begins = ENDS.get(topic, topic)
    key = f"{begins}:{payload.get(BEGINS[begins].about, '')}"
    open_one = incidents.open_trouble(at.session, key)
    if topic in BEGINS:
        if open_one is None:
            _begin(at, topic, key, payload)
    elif open_one is not None:
        incidents.close(open_one, "recovered", at.now)
        number = incidents.number_of(open_one)
        about = {"topic": topic, **payload}
        about.setdefault("since", open_one.opened_at.isoformat())
        for channel in told.told_of(at.session, number):
            _create(at, channel, number, about)


def _begin(at: Round, topic: str, key: str, payload: Mapping[str, Any]) -> None:
    facts = _facts(at, topic, payload)
    incident = incidents.open_incident(at.session, kind=topic, key=key, level=facts.level, now=at.now)
    number = incidents.number_of(incident)
    about = {"topic": topic, **payload}
    about.setdefault("since", at.now.isoformat())
    fallback = str(payload.get("fallback", ""))
    told_at_once = set()
    for decision in at.decide(facts):
        said = f"{topic} {facts.subject}".rstrip()
        if decision.how is How.KEPT or decision.channel == payload.get("channel"):
            # A channel that takes nothing cannot tell that it takes nothing.
            reason = decision.reason if decision.how is How.KEPT else "This is the channel in trouble."
            at.record(decision, about=said, outcome=decisions.KEPT, reason=reason, incident=incident)
            _log.info("not-told", about=said, channel=decision.channel, reason=reason)
            continue
        outcome = decisions.AT_ONCE if decision.how is How.AT_ONCE else decisions.DIGEST
        made = _create(at, decision.channel, number, about, due=decision.due, route=decision.rule)
        at.record(decision, about=said, outcome=outcome, incident=incident, delivery=made)
        if decision.how is How.AT_ONCE:
            told_at_once.add(decision.channel)
    if fallback in at.channels and fallback not in told_at_once:
        # It stands in for the channel in trouble, whatever the routes say.
        _create(at, fallback, number, about, route="fallback")


def _create(
    at: Round, channel: str, incident: str, about: dict[str, Any], *, due: datetime | None = None, route: str = ""
) -> str:
    return deliveries.create(
        at.session,
        channel=channel,
        kind=deliveries.NOTICE,
        incident=incident,
        change_ids=(),
        now=at.now,
        due=due or at.now,
        route=route,
        about=about,
        grouped=str(about["topic"]),
    )


def _facts(at: Round, topic: str, payload: Mapping[str, Any]) -> Facts:
    source_id = str(payload.get("source_id", ""))
    provider = ""
    if source_id:
        provider = at.session.scalar(select(SourceRow.provider).where(SourceRow.id == source_id)) or ""
    return Facts(
        kind=topic,
        level=Level.WARNING,
        provider=provider,
        source=source_id,
        subject=str(payload.get(BEGINS[topic].about, "")),
        labels=at.routing.labels_of(source_id),
    )
