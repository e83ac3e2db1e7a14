"""An end of service that came closes the incident that announced it: told once, to those who were told of it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from datetime import datetime

import structlog
from sqlalchemy import select

from alerts.reminders import about_deadline
from alerts.render.announced import announced
from alerts.round import Round
from alerts.rules.decide import How
from alerts.rules.matching import PASSED, Facts
from snapshots import decisions, deliveries, incidents, passed
from snapshots.changes.model import Level
from snapshots.passed import Announced
from snapshots.tables import DeadlineRow, DeliveryRow, IncidentRow, SourceRow

_log = structlog.get_logger(__name__)
_Ends = list[tuple[DeadlineRow, Announced]]


def tell_passed(at: Round, ids: Collection[int]) -> None:
    """Tell that these deadlines have come; names that ended together in one incident are one message."""
    gathered: dict[tuple[str, str, datetime], _Ends] = defaultdict(list)
    for deadline in passed.passed(at.session, ids):
        assert deadline.ends is not None, "what has come has a date"
        for told in passed.announced(at.session, deadline, at.channels):
            gathered[told.channel, told.incident, deadline.ends].append((deadline, told))
    for (channel, incident, _), ends in gathered.items():
        _tell(at, channel, incident, ends)


def _tell(at: Round, channel: str, incident: str, ends: _Ends) -> None:
    ahead = passed.still_ahead(at.session, channel, incident, at.now)
    row = _incident(at, incident)
    if row is not None and not ahead:
        incidents.close(row, "passed", at.now)
    first = ends[0][0]
    grouped = f"passed {','.join(str(deadline.id) for deadline, _ in ends)} {first.ends:%Y-%m-%dT%H:%MZ}"
    if _is_told(at, channel, incident, grouped):
        return
    said = f"{PASSED} {', '.join(deadline.subject for deadline, _ in ends)}"
    found = at.decide(_facts(at, first))
    held = next((one for one in found if one.silence is not None), None)
    if held is not None:
        at.record(held, about=said, outcome=decisions.KEPT, incident=row)
        _log.info("not-told", about=said, channel=channel, reason=held.reason)
        return
    # Those who were told of it hear of its end, whatever the rules say by now; only quiet hours put it off.
    mine = next((one for one in found if one.channel == channel and one.how is How.AT_ONCE), None)
    deliveries.create(
        at.session,
        channel=channel,
        kind=deliveries.RESOLVED,
        incident=incident,
        change_ids=(),
        now=at.now,
        due=mine.due if mine else at.now,
        route=mine.rule if mine else "",
        grouped=grouped,
        about={
            "ends": [{**about_deadline(at.session, deadline), **_said(deadline, told)} for deadline, told in ends],
            "ahead": [{"subject": one.subject, "stated": one.stated} for one in ahead],
        },
    )


def _said(deadline: DeadlineRow, told: Announced) -> dict[str, str | None]:
    """When it was announced, as the document dates it or else as it was seen, and who took care."""
    evidence = told.entry.change.evidence
    dated = announced(evidence.heading, told.entry.detected_at) if evidence else None
    return {
        "announced": (dated or told.entry.detected_at).isoformat(),
        "acknowledged_by": deadline.acknowledged_by,
        "acknowledged_at": deadline.acknowledged_at.isoformat() if deadline.acknowledged_at else None,
    }


def _incident(at: Round, number: str) -> IncidentRow | None:
    word = number.removeprefix("I-")
    return at.session.get(IncidentRow, int(word)) if word.isdigit() else None


def _is_told(at: Round, channel: str, incident: str, grouped: str) -> bool:
    query = select(DeliveryRow.id).where(
        DeliveryRow.channel == channel,
        DeliveryRow.incident == incident,
        DeliveryRow.kind == deliveries.RESOLVED,
        DeliveryRow.grouped == grouped,
    )
    return at.session.scalars(query.limit(1)).first() is not None


def _facts(at: Round, deadline: DeadlineRow) -> Facts:
    provider = at.session.scalar(select(SourceRow.provider).where(SourceRow.id == deadline.source_id)) or ""
    return Facts(
        kind=PASSED,
        level=Level.WARNING,
        provider=provider,
        source=deadline.source_id,
        subject=deadline.subject,
        labels=at.routing.labels_of(deadline.source_id),
        owner=deadline.owner,
    )
