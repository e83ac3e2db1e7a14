"""Incidents as rows: one for one upstream event, and one for each trouble of the service, opened once, closed once."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from snapshots.changes.model import Level
from snapshots.facts import name_key
from snapshots.journal import Entry
from snapshots.tables import ChangeRow, DecisionRow, DeliveryRow, IncidentRow, SourceRow

CHANGE = "change"
SAME_EVENT_FOR = timedelta(days=90)
LATER_NEWS_FOR = timedelta(days=7)
_RANK = (Level.NONE, Level.INFO, Level.WARNING, Level.CRITICAL)


def number_of(incident: IncidentRow) -> str:
    """What people call an incident."""
    return f"I-{incident.id}"


def of_change(session: Session, entry: Entry, now: datetime) -> IncidentRow | None:
    """The incident that a change belongs to: the same event elsewhere, or earlier news of the same name.

    A provider's pages change one after the other: what is said of the same name within days is later news of it. What
    concerns a page as a whole is an event of that page.
    """
    change = entry.change
    query = (
        select(IncidentRow)
        .join(DecisionRow, DecisionRow.incident_id == IncidentRow.id)
        .join(ChangeRow, ChangeRow.id == DecisionRow.change_id)
        .join(SourceRow, SourceRow.id == ChangeRow.source_id)
        .where(IncidentRow.kind == CHANGE)
        .order_by(IncidentRow.updated_at.desc(), IncidentRow.id.desc())
        .limit(1)
    )
    same_name = (
        ChangeRow.subject_key == name_key(change.subject),
        SourceRow.provider == entry.provider,
        IncidentRow.updated_at >= now - LATER_NEWS_FOR,
    )
    if change.subject == "*":
        return session.scalars(query.where(*same_name, ChangeRow.source_id == entry.source_id)).first()
    same_event = (
        ChangeRow.correlation_key == change.correlation_key,
        ChangeRow.source_id != entry.source_id,
        IncidentRow.updated_at >= now - SAME_EVENT_FOR,
        *([SourceRow.provider.in_((entry.provider, ""))] if entry.provider else []),
    )
    return session.scalars(query.where(*same_event)).first() or session.scalars(query.where(*same_name)).first()


def gathering(session: Session, grouped: str, now: datetime) -> IncidentRow | None:
    """The incident whose first message still waits for more of its group."""
    query = (
        select(IncidentRow)
        .join(DecisionRow, DecisionRow.incident_id == IncidentRow.id)
        .join(DeliveryRow, DeliveryRow.id == DecisionRow.delivery_id)
        .where(
            IncidentRow.kind == CHANGE,
            IncidentRow.grouped == grouped,
            DeliveryRow.kind == "incident",
            DeliveryRow.state == "pending",
            DeliveryRow.attempts == 0,
            DeliveryRow.next_attempt_at > now,
        )
    )
    return session.scalars(query.order_by(IncidentRow.id.desc()).limit(1)).first()


def open_incident(
    session: Session, *, kind: str, key: str, level: Level, now: datetime, grouped: str = ""
) -> IncidentRow:
    """Open an incident."""
    row = IncidentRow(kind=kind, key=key, grouped=grouped, level=level, opened_at=now, updated_at=now, flaps=0)
    session.add(row)
    session.flush()
    return row


def update(incident: IncidentRow, *, level: Level, now: datetime) -> None:
    """Note news of an incident; what was closed is open again, and the level only rises."""
    incident.updated_at = now
    incident.closed_at = incident.closed_why = None
    if _RANK.index(level) > _RANK.index(Level(incident.level)):
        incident.level = level


def open_trouble(session: Session, key: str) -> IncidentRow | None:
    """The open incident of a trouble; there is one at most."""
    query = select(IncidentRow).where(
        IncidentRow.key == key, IncidentRow.kind != CHANGE, IncidentRow.closed_at.is_(None)
    )
    return session.scalars(query).first()


def close(incident: IncidentRow, why: str, now: datetime) -> None:
    """Close an incident."""
    incident.closed_at, incident.closed_why = now, why


def close_quiet(session: Session, now: datetime) -> int:
    """Close the incidents about changes that nothing was heard of for days; return how many."""
    query = select(IncidentRow).where(
        IncidentRow.closed_at.is_(None), IncidentRow.kind == CHANGE, IncidentRow.updated_at < now - LATER_NEWS_FOR
    )
    rows = session.scalars(query).all()
    for row in rows:
        close(row, "quiet", now)
    return len(rows)
