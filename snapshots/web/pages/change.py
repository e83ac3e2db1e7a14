"""The page of a change, and decisions about it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated

from fastapi import APIRouter, Depends
from sqlalchemy.orm import Session
from starlette.responses import Response

from snapshots import journal
from snapshots.decisions import decided_about
from snapshots.diff.paging import compare_sheets
from snapshots.journal import Entry
from snapshots.review import Action, UnknownItemError
from snapshots.web.access import require
from snapshots.web.addresses import address
from snapshots.web.contracts import UnreadableError
from snapshots.web.deciding import REASONS, decide, read_decision
from snapshots.web.queries import change as read
from snapshots.web.queries import inbox
from snapshots.web.services import Services
from snapshots.web.settings import Role
from snapshots.web.views import change as view
from snapshots.web.views.differences import facts_table, facts_unit
from snapshots.web.views.diffs import DiffView, diff_view
from snapshots.web.views.proofs import proofs
from snapshots.web.views.routes import why_kept, why_told
from snapshots.web.views.rows import event_row
from snapshots.web.visit import Visit, form_of, local, see_other, visit_of

router = APIRouter()
_MOST_ROWS = 80


@router.get("/c/{public_id}")
def show(
    visit: Annotated[Visit, Depends(visit_of)], public_id: str, diff: str = "", did: str = "", ask: str = ""
) -> Response:
    """One change; a beginning of its id is enough while it is unambiguous."""
    with visit.services.database.reading() as session:
        entry = _entry(session, public_id)
        if entry.public_id != public_id:
            return see_other(f"/c/{entry.public_id}")
        return render(visit, session, entry, diff=diff, did=did, ask=ask)


def render(
    visit: Visit,
    session: Session,
    entry: Entry,
    *,
    diff: str = "",
    did: str = "",
    ask: str = "",
    problem: str = "",
    text: str = "",
    status: int = 200,
) -> Response:
    """The page; `problem` says why a decision was not recorded, `text` is what was written in it."""
    times = visit.times
    entries = read.event_of(session, entry, times.now)
    ids = [each.id for each in entries]
    leading = view.leading_case(entries).entry
    versions = [(each.source_id, sequence) for each in entries for sequence in (each.from_version, each.to_version)]
    digests = read.digests(session, versions)
    place = inbox.place_of(session, visit.open_events(session), entry)
    decided = decided_about(session, *ids)
    compared, unreadable = _comparison(session, visit.services, leading, view.subject_names(entries))
    return visit.render(
        session,
        "change.html.j2",
        room="inbox",
        title=f"Change {entry.public_id}",
        status=status,
        place=place,
        entry=entry,
        leading=leading,
        state=entry.review_at(times.now),
        snoozed_until=entry.snoozed_until,
        headline=view.headline(entries, times.now),
        name=view.subject_names(entries),
        strip=view.times_strip(entries, times),
        facts=facts_table(entries),
        unit=facts_unit(entries),
        proofs=proofs(entries, digests),
        told=read.told_of(session, ids),
        why=why_told(decided),
        kept_back=why_kept(decided),
        trail=read.trail_of(session, ids),
        sources=sorted({each.source_id for each in entries}),
        opened=min(entries, key=lambda each: each.id),
        joined=[each for each in _firsts(entries) if each.source_id != leading.source_id],
        related=[event_row([each], times) for each in read.related(session, leading, entries)],
        diff=compared,
        unreadable=unreadable,
        mode=diff if diff in ("unified", "beside") else "",
        seen_at={key: at for key, (_, at) in digests.items()},
        did=did,
        ask=ask,
        problem=problem,
        text=text,
        reasons=REASONS,
    )


@router.post("/c/{public_id}")
def decide_one(
    visit: Annotated[Visit, Depends(visit_of)], public_id: str, fields: Annotated[Mapping[str, str], Depends(form_of)]
) -> Response:
    """A decision about the event that this change belongs to."""
    require(visit.viewer, Role.REVIEW)
    chosen = read_decision(fields, visit.times)
    if chosen is None:
        return see_other(f"/c/{public_id}?ask={fields.get('action', '')}#decide")
    with visit.services.database.writing() as session:
        entry = _entry(session, public_id)
        entries = [entry] if chosen.action is Action.COMMENT else read.event_of(session, entry, visit.times.now)
        rows = inbox.rows_of(session, [each.public_id for each in entries])
        for row in sorted(rows, key=lambda row: row.id != entry.id):
            decide(session, row, visit, chosen, seen=fields.get("seen", "") if row.id == entry.id else "")
    back = local(fields.get("back", "")) if fields.get("back") else address(f"/c/{public_id}", did=chosen.action.value)
    return see_other(back)


def _entry(session: Session, public_id: str) -> Entry:
    found = journal.find_change(session, public_id.lower()) if public_id.isalnum() else []
    exact = [entry for entry in found if entry.public_id == public_id.lower()] or found
    if len(exact) != 1:
        message = f"There is no change {public_id[:40]}"
        raise UnknownItemError(message)
    return exact[0]


def _firsts(entries: Sequence[Entry]) -> list[Entry]:
    """The first change of each source, in the order they came."""
    found: dict[str, Entry] = {}
    for entry in sorted(entries, key=lambda each: each.id):
        found.setdefault(entry.source_id, entry)
    return list(found.values())


def _comparison(
    session: Session, services: Services, entry: Entry, subjects: Sequence[str]
) -> tuple[DiffView | None, str]:
    """The two versions compared, or a sentence on why they cannot be."""
    old = read.stored(session, entry.source_id, entry.from_version)
    new = read.stored(session, entry.source_id, entry.to_version)
    if old is None or new is None:
        return None, "One of the two versions is no longer in the store."
    try:
        found = compare_sheets(services.sheets.of(old), services.sheets.of(new))
    except UnreadableError as error:
        return None, str(error)
    return diff_view(found, subjects, most=_MOST_ROWS), ""
