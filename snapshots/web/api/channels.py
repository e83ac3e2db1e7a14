"""`/channels`: how the channels fare."""

from __future__ import annotations

from datetime import datetime

from fastapi import APIRouter
from sqlalchemy import select
from sqlalchemy.orm import Session

from snapshots import channelstate
from snapshots.deliveries import count_waiting
from snapshots.tables import DeliveryRow
from snapshots.web.api.callers import Administering, Reading
from snapshots.web.api.fields import Key, Out
from snapshots.web.api.paging import Page
from snapshots.web.api.problems import NoSuchError

router = APIRouter(tags=["channels"])


class ChannelOut(Out):
    """A channel that was ever used. `waiting` messages are still to be sent."""

    name: str
    state: str
    failing_since: datetime | None
    disabled_at: datetime | None
    reason: str
    detail: str
    waiting: int


@router.get("/channels")
def list_channels(call: Reading) -> Page[ChannelOut]:
    """Every channel that was ever used, by name."""
    with call.services.database.reading() as session:
        return Page[ChannelOut](items=_channels(session), next=None)


@router.post("/channels/{name}/enable")
def enable(call: Administering, name: Key) -> ChannelOut:
    """Use a channel again that was disabled because it refused everything."""
    with call.services.database.writing() as session:
        found = next((one for one in _channels(session) if one.name == name), None)
        if found is None:
            raise NoSuchError(f"No message ever went to a channel {name}.")
        channelstate.enable(session, now=call.now, channels=[name])
        session.flush()
        return next(one for one in _channels(session) if one.name == name)


def _channels(session: Session) -> list[ChannelOut]:
    states = channelstate.states(session)
    used = session.scalars(select(DeliveryRow.channel).distinct()).all()
    found = []
    for name in sorted({*states, *used}):
        state = states.get(name)
        failing = state.failing_since if state else None
        disabled = state.disabled_at if state else None
        found.append(
            ChannelOut(
                name=name,
                state="disabled" if disabled else "failing" if failing else "well",
                failing_since=failing,
                disabled_at=disabled,
                reason=(state.reason if state else "") or "",
                detail=(state.detail if state else "") or "",
                waiting=count_waiting(session, channel=name),
            )
        )
    return found
