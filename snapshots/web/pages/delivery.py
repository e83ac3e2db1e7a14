"""Deliveries with their attempts; those that were given up may be sent again."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends
from starlette.responses import Response

from snapshots import deliveries as store
from snapshots.journal import Entry
from snapshots.review import UnknownItemError
from snapshots.web.access import require
from snapshots.web.queries import delivery as read
from snapshots.web.settings import Role
from snapshots.web.views.rows import EventRow, event_row
from snapshots.web.visit import Visit, form_of, see_other, visit_of

router = APIRouter()
_SHOWN = 3


@router.get("/deliveries")
def deliveries(
    visit: Annotated[Visit, Depends(visit_of)],
    state: str = "",
    channel: str = "",
    incident: str = "",
    before: str = "",
    did: str = "",
) -> Response:
    """The newest deliveries; what was given up stands first."""
    wanted = state if state in read.STATES else ""
    with visit.services.database.reading() as session:
        filtered = {"channel": channel[:128], "incident": incident[:64]}
        found, older = read.deliveries(session, state=wanted, before=before[:32], **filtered)
        first_page = not before and not wanted
        dead = read.deliveries(session, state=store.DEAD, **filtered)[0] if first_page else []
        shown = [one for one in found if one.state != store.DEAD] if first_page else found
        return visit.render(
            session,
            "deliveries.html.j2",
            room="deliveries",
            title="Deliveries",
            counts=read.counts(session),
            state=wanted,
            channel=filtered["channel"],
            incident=filtered["incident"],
            dead=[(one, _titles(one, visit)) for one in dead],
            found=[(one, _titles(one, visit)) for one in shown],
            older=older,
            did=did,
        )


@router.get("/deliveries/{identifier}")
def delivery(visit: Annotated[Visit, Depends(visit_of)], identifier: str, did: str = "") -> Response:
    """One delivery."""
    with visit.services.database.reading() as session:
        found = read.delivery(session, identifier[:32])
        if found is None:
            message = f"There is no delivery {identifier[:32]}"
            raise UnknownItemError(message)
        return visit.render(
            session,
            "delivery.html.j2",
            room="deliveries",
            title=f"Delivery {found.id}",
            one=found,
            rows=[event_row([entry], visit.times) for entry in found.entries],
            did=did,
        )


@router.post("/deliveries/{identifier}/resend", dependencies=[Depends(form_of)])
def resend(visit: Annotated[Visit, Depends(visit_of)], identifier: str) -> Response:
    """Make a delivery that was given up due again."""
    require(visit.viewer, Role.REVIEW)
    with visit.services.database.writing() as session:
        revived = store.revive(session, now=visit.times.now, ids=[identifier[:32]])
    return see_other(f"/deliveries/{identifier[:32]}?did={'resend' if revived else 'nothing'}")


def _titles(one: read.Delivery, visit: Visit) -> list[EventRow]:
    """The first few events of a delivery, each once however many changes it is made of."""
    first: dict[tuple[str, str], Entry] = {}
    for entry in one.entries:
        first.setdefault((entry.change.kind, entry.change.subject), entry)
    return [event_row([entry], visit.times) for entry in list(first.values())[:_SHOWN]]
