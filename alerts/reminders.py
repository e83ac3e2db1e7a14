"""Deadlines that come near: one message for all that fall due together on a channel, until somebody acknowledges."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session

from alerts.round import Round
from alerts.rules.decide import Decision, How
from alerts.rules.levels import nearness
from alerts.rules.matching import REMINDER, Facts
from snapshots import deadlines, decisions, deliveries
from snapshots.facts import name_key
from snapshots.tables import DeadlineRow, SourceRow

_log = structlog.get_logger(__name__)


def remind(at: Round) -> int:
    """Make the reminders that are due into messages; return how many deadlines they are about."""
    due = deadlines.due_reminders(at.session, at.now)
    gathered: dict[tuple[str, datetime, str], list[tuple[DeadlineRow, Decision]]] = defaultdict(list)
    for _, deadline in due:
        facts = _facts(at, deadline)
        told = at.decide(facts)
        if not deadline.owner:
            deadline.owner = next((decision.owners[0] for decision in told if decision.owners), "")
        for decision in told:
            if decision.how is How.KEPT:
                said = f"{REMINDER} {deadline.subject}"
                at.record(decision, about=said, outcome=decisions.KEPT)
                _log.info("not-told", about=said, channel=decision.channel, reason=decision.reason)
            else:
                gathered[decision.channel, decision.due, decision.rule].append((deadline, decision))
    for (channel, sent_at, rule), pairs in gathered.items():
        made = deliveries.create(
            at.session,
            channel=channel,
            kind=deliveries.REMINDER,
            incident=f"reminder-{at.now:%Y-%m-%dT%H:%M:%SZ}",
            change_ids=(),
            now=at.now,
            due=sent_at,
            route=rule,
            about={"deadlines": [about_deadline(at.session, deadline) for deadline, _ in pairs]},
            grouped=rule,
        )
        for deadline, decision in pairs:
            outcome = decisions.AT_ONCE if decision.how is How.AT_ONCE else decisions.DIGEST
            at.record(decision, about=f"{REMINDER} {deadline.subject}", outcome=outcome, delivery=made)
    return len(due)


def about_deadline(session: Session, deadline: DeadlineRow) -> Mapping[str, Any]:
    """What a reminder says of a deadline, as it stands now."""
    source = session.get_one(SourceRow, deadline.source_id)
    return {
        "subject": deadline.subject,
        "stated": deadline.stated,
        "precision": deadline.precision,
        "ends": deadline.ends.isoformat() if deadline.ends else None,
        "source": deadline.source_id,
        "source_title": source.title,
        "url": source.url,
        "quote": deadline.quote,
        "owner": deadline.owner,
    }


def _facts(at: Round, deadline: DeadlineRow) -> Facts:
    provider = at.session.scalar(select(SourceRow.provider).where(SourceRow.id == deadline.source_id)) or ""
    left = deadline.ends - at.now if deadline.ends else timedelta.max
    return Facts(
        kind=REMINDER,
        level=nearness(left),
        provider=provider,
        source=deadline.source_id,
        subject=deadline.subject,
        labels=at.routing.labels_of(deadline.source_id),
        relied_on=name_key(deadline.subject) in {name_key(name) for name in at.routing.relies_on},
        owner=deadline.owner,
    )
