"""Recorded changes become messages: decided by rules, gathered into groups, tied together by incidents.

One upstream event is told once on a channel, however many sources show it: a change whose event a channel was told of
already joins that delivery and makes no noise, unless it is louder than what was told.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import structlog

from alerts.round import Round
from alerts.rules.decide import RANK, Decision, How
from alerts.rules.matching import Facts, GroupKey, group_of
from snapshots import decisions, deliveries, incidents, told
from snapshots.changes.model import Level
from snapshots.flapping import is_flapping
from snapshots.journal import Entry
from snapshots.tables import IncidentRow

_UNGROUPED: tuple[GroupKey, ...] = ("provider",)
_FLAPS = "It flaps: the source had this value before on the same day, so it counts as info."

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class _News:
    """A change with what was decided about it; `was` is how loud its incident was before."""

    entry: Entry
    facts: Facts
    decided: tuple[Decision, ...]
    flaps: bool
    incident: IncidentRow
    was: Level


def facts_of(at: Round, entry: Entry, *, flaps: bool = False) -> Facts:
    """What rules see of a change."""
    level = Level.INFO if flaps and RANK[entry.change.level] > RANK[Level.INFO] else entry.change.level
    return Facts(
        kind=entry.change.kind,
        level=level,
        provider=entry.provider,
        source=entry.source_id,
        subject=entry.change.subject,
        labels=at.routing.labels_of(entry.source_id),
        review=entry.review_at(at.now),
        relied_on=at.routing.relied_on(entry.change),
    )


def tell_changes(at: Round, found: Sequence[Entry]) -> None:
    """Decide about changes that were recorded together, and make or fill the messages that tell them."""
    news = _with_incidents(at, found)
    for channel in at.channels:
        mine = [(one, decision) for one in news for decision in one.decided if decision.channel == channel]
        _tell(at, channel, mine)
    for one in news:
        for decision in one.decided:
            if decision.how is How.KEPT:
                _record(at, one, decision, decisions.KEPT)
                _log.info("not-told", change=one.entry.public_id, channel=decision.channel, reason=decision.reason)


def _with_incidents(at: Round, found: Sequence[Entry]) -> list[_News]:
    """Each change with its incident: an earlier one, or one that it opens with those it is gathered with."""
    opened: dict[tuple[str, ...], IncidentRow] = {}
    news = []
    for entry in sorted(found, key=lambda entry: (-RANK[entry.change.level], entry.id)):
        flaps = is_flapping(at.session, entry)
        facts = facts_of(at, entry, flaps=flaps)
        decided = at.decide(facts)
        group = next((one.group for one in decided if one.how is not How.KEPT), group_of(_UNGROUPED, facts))
        grouped = ", ".join(group)
        row = incidents.of_change(at.session, entry, at.now)
        if row is None and entry.change.subject != "*":
            row = incidents.gathering(at.session, grouped, at.now)
        if row is None:
            row = opened.get(group)
        was = Level(row.level) if row is not None else Level.NONE
        if row is None:
            key = entry.change.correlation_key
            row = opened[group] = incidents.open_incident(
                at.session, kind=incidents.CHANGE, key=key, level=facts.level, now=at.now, grouped=grouped
            )
        incidents.update(row, level=facts.level, now=at.now)
        row.flaps += flaps
        news.append(_News(entry, facts, decided, flaps, row, was))
    return sorted(news, key=lambda one: one.entry.id)


def _tell(at: Round, channel: str, mine: Sequence[tuple[_News, Decision]]) -> None:
    loud: dict[str, list[tuple[_News, Decision]]] = defaultdict(list)
    quiet: dict[str, list[tuple[_News, Decision]]] = defaultdict(list)
    for one, decision in mine:
        if decision.how is How.KEPT:
            continue
        earlier = _told_already(at, channel, one, loud=decision.how is How.AT_ONCE)
        if earlier is not None:
            deliveries.add_changes(at.session, earlier, [one.entry.id], deliveries.JOINED)
            reason = f"Delivery {earlier} tells this event already; another source shows it too."
            _record(at, one, decision, decisions.JOINED, delivery=earlier, reason=reason)
            _log.info("joined", change=one.entry.public_id, channel=channel, delivery=earlier)
        else:
            (loud if decision.how is How.AT_ONCE else quiet)[decision.grouped].append((one, decision))
    for grouped, group in loud.items():
        # What is quiet but belongs to the same news is told with it rather than tomorrow morning.
        _message(at, channel, grouped, group, [pair for pair in quiet.pop(grouped, ()) if not pair[0].flaps])
    for group in quiet.values():
        _into_digest(at, channel, group)


def _told_already(at: Round, channel: str, one: _News, *, loud: bool) -> str | None:
    change = one.entry.change
    if change.subject == "*":
        return (
            None  # What concerns a page as a whole is an event of that page; two pages may say the same of themselves.
        )
    earlier = told.telling(
        at.session,
        channel=channel,
        correlation_key=change.correlation_key,
        provider=one.entry.provider,
        source_id=one.entry.source_id,
        since=at.now - incidents.SAME_EVENT_FOR,
        loud=loud,
    )
    if earlier is None or not loud:
        return earlier
    was = told.loudest(at.session, earlier, change.correlation_key)
    return None if RANK[one.facts.level] > RANK[was] else earlier


def _message(
    at: Round,
    channel: str,
    grouped: str,
    group: Sequence[tuple[_News, Decision]],
    along: Sequence[tuple[_News, Decision]],
) -> None:
    lead, leading = min(group, key=lambda pair: (-RANK[pair[0].facts.level], pair[0].entry.id))
    incident = incidents.number_of(lead.incident)
    due = min(decision.due for _, decision in group)
    if RANK[lead.facts.level] <= RANK[lead.was]:
        due = max(due, _after_pause(at, channel, incident, leading))
    change_ids = sorted(one.entry.id for one, _ in (*group, *along))
    waiting = told.gathering(at.session, channel=channel, incident=incident, grouped=grouped, now=at.now)
    if waiting is not None:
        deliveries.add_changes(at.session, waiting.id, change_ids, deliveries.TOLD)
        waiting.next_attempt_at = min(waiting.next_attempt_at, due)
        delivery = waiting.id
    else:
        delivery = deliveries.create(
            at.session,
            channel=channel,
            kind=deliveries.INCIDENT,
            incident=incident,
            change_ids=change_ids,
            now=at.now,
            due=due,
            route=leading.rule,
            grouped=grouped,
        )
    for one, decision in group:
        _record(at, one, replace(decision, due=due), decisions.AT_ONCE, delivery=delivery)
    for one, decision in along:
        reason = f"Told with louder news of the same group. {decision.reason}"
        _record(at, one, replace(decision, due=due), decisions.AT_ONCE, delivery=delivery, reason=reason)


def _after_pause(at: Round, channel: str, incident: str, decision: Decision) -> datetime:
    if not decision.interval:
        return at.now
    last = told.last_message(at.session, channel=channel, incident=incident)
    return at.now if last is None else last + decision.interval


def _into_digest(at: Round, channel: str, group: Sequence[tuple[_News, Decision]]) -> None:
    for due in sorted({decision.due for _, decision in group}):
        pairs = [(one, decision) for one, decision in group if decision.due == due]
        change_ids = [one.entry.id for one, _ in pairs]
        digest = told.open_digest(at.session, channel, due)
        if digest is None:
            digest = deliveries.create(
                at.session,
                channel=channel,
                kind=deliveries.DIGEST,
                incident=f"digest-{due:%Y-%m-%dT%H:%MZ}",
                change_ids=change_ids,
                now=at.now,
                due=due,
                route=pairs[0][1].rule,
            )
        else:
            deliveries.add_changes(at.session, digest, change_ids, deliveries.TOLD)
        for one, decision in pairs:
            reason = f"{_FLAPS} {decision.reason}" if one.flaps else ""
            _record(at, one, decision, decisions.DIGEST, delivery=digest, reason=reason)


def _record(
    at: Round, one: _News, decision: Decision, outcome: str, *, delivery: str | None = None, reason: str = ""
) -> None:
    change = one.entry.change
    at.record(
        decision,
        about=f"{change.kind} of {change.subject}",
        outcome=outcome,
        reason=reason,
        change_id=one.entry.id,
        incident=one.incident,
        delivery=delivery,
    )
