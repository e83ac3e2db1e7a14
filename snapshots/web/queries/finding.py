"""Search over names, values and the words that were quoted; and, when asked for, over the newest stored pages."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from snapshots import journal
from snapshots.facts import name_key
from snapshots.journal import Entry
from snapshots.rows import latest_snapshot
from snapshots.tables import CURRENT_FACT, ChangeRow, FactRow, SnapshotRow, SourceRow
from snapshots.web.queries.change import StoredVersion, stored

MOST = 20
_MOST_FACTS = 400
_PAGES = 12


@dataclass(frozen=True, slots=True)
class NameHit:
    """A name that holds what was looked for, or of which something is believed that does."""

    name: str
    predicate: str
    qualifier: str
    value: str
    detail: dict[str, str]


@dataclass(frozen=True, slots=True)
class PageHit:
    """A believed statement whose words hold what was looked for."""

    source_id: str
    sequence: int
    quote: str


def names(session: Session, text: str) -> list[str]:
    """Names that hold the text, the shortest first."""
    key = name_key(text)
    if not key:
        return []
    query = (
        select(FactRow.subject_key, FactRow.subject)
        .where(CURRENT_FACT, FactRow.subject_key.contains(key, autoescape=True))
        .limit(_MOST_FACTS)
    )
    found: dict[str, str] = {}
    for folded, name in session.execute(query):
        found.setdefault(folded, name)
    return [found[folded] for folded in sorted(found, key=lambda one: (len(one), one))][:MOST]


def values(session: Session, text: str) -> list[NameHit]:
    """Believed values that hold the text: a price, a limit, a license, what an alias means."""
    wanted = text.strip().lstrip("$€£¥")
    query = (
        select(FactRow)
        .where(CURRENT_FACT, FactRow.value.icontains(wanted, autoescape=True))
        .order_by(FactRow.subject_key, FactRow.id)
        .limit(MOST * 4)
    )
    found: dict[tuple[str, str, str], NameHit] = {}
    for row in session.scalars(query):
        key = (row.subject_key, row.predicate, row.qualifier)
        found.setdefault(key, NameHit(row.subject, row.predicate, row.qualifier, row.value or "", row.detail))
    return list(found.values())[:MOST]


def changes(session: Session, text: str) -> Sequence[Entry]:
    """Changes about such a name, with such a value, or of this id; the newest first."""
    key, wanted = name_key(text), text.strip().lstrip("$€£¥")
    query = (
        select(ChangeRow.id)
        .where(
            ChangeRow.level != "none",
            or_(
                ChangeRow.subject_key.contains(key, autoescape=True),
                ChangeRow.before.icontains(wanted, autoescape=True),
                ChangeRow.after.icontains(wanted, autoescape=True),
                ChangeRow.public_id.startswith(wanted.lower(), autoescape=True),
            ),
        )
        .order_by(ChangeRow.detected_at.desc(), ChangeRow.id.desc())
        .limit(MOST)
    )
    return sorted(journal.entries(session, session.scalars(query).all()), key=lambda one: -one.id)


def quotes(session: Session, text: str) -> list[PageHit]:
    """Believed statements whose own words hold the text."""
    query = (
        select(FactRow.source_id, FactRow.snapshot_id, FactRow.evidence_quote)
        .where(CURRENT_FACT, FactRow.evidence_quote.icontains(text.strip(), autoescape=True))
        .order_by(FactRow.id.desc())
        .limit(MOST * 4)
    )
    found: dict[tuple[str, str], PageHit] = {}
    for source_id, snapshot_id, quote in session.execute(query):
        if (source_id, quote) not in found and len(found) < MOST:
            found[source_id, quote] = PageHit(source_id, _sequence(session, snapshot_id), quote)
    return list(found.values())


def newest_pages(session: Session, source: str = "") -> list[StoredVersion]:
    """The newest believed version of the sources that changed last, to be read through."""
    query = select(SourceRow.id).where(SourceRow.last_changed_at.is_not(None))
    if source:
        query = query.where(SourceRow.id == source)
    ids = session.scalars(query.order_by(SourceRow.last_changed_at.desc(), SourceRow.id).limit(_PAGES))
    found = []
    for source_id in ids:
        row = latest_snapshot(session, source_id)
        version = stored(session, source_id, row.sequence) if row is not None else None
        if version is not None:
            found.append(version)
    return found


def _sequence(session: Session, snapshot_id: int) -> int:
    row = session.get_one(SnapshotRow, snapshot_id)
    return row.sequence
