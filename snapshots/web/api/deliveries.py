"""`/deliveries`: what was sent, tried and given up; sending it again."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request
from pydantic import Field, model_validator

from snapshots import channelstate
from snapshots.deliveries import revive
from snapshots.web.api.callers import Deciding, Reading
from snapshots.web.api.fields import Cursor, In, Key, Name, Out, Word
from snapshots.web.api.paging import Page, decode, encode
from snapshots.web.api.problems import NoSuchError
from snapshots.web.queries import delivery as read

router = APIRouter(tags=["deliveries"])


class AttemptOut(Out):
    """One try to send."""

    started_at: datetime
    finished_at: datetime
    outcome: str
    reason: str | None
    detail: str | None
    retry_at: datetime | None


class DeliveryOut(Out):
    """One message to one channel. `changes` is how many changes it tells, `tells` the ids of some of them."""

    id: str
    channel: str
    incident: str
    kind: str
    state: str
    created_at: datetime
    next_attempt_at: datetime
    sent_at: datetime | None
    last_error: str | None
    attempts: list[AttemptOut]
    changes: int
    tells: list[str]


class ResendIn(In):
    """What to send again of what was given up: some, all of one channel, or all."""

    ids: list[Name] = Field(default_factory=list, max_length=500)
    channel: Word = ""
    all: bool = False

    @model_validator(mode="after")
    def _says_what(self) -> ResendIn:
        if not (self.ids or self.channel or self.all):
            raise ValueError("say what to send again: ids, channel or all")
        return self


class ResentOut(Out):
    """What will be sent again, and which disabled channels are used again."""

    deliveries: list[str]
    channels: list[str]


@router.get("/deliveries")
def list_deliveries(
    request: Request,
    call: Reading,
    state: Annotated[Literal["dead", "pending", "sent"] | None, Query()] = None,
    channel: Word = "",
    incident: Word = "",
    cursor: Cursor = "",
) -> Page[DeliveryOut]:
    """Deliveries, the newest first, fifty a page."""
    place = decode(request, cursor, str)
    with call.services.database.reading() as session:
        found, older = read.deliveries(
            session, state=state or "", channel=channel, incident=incident, before=place[0] if place else ""
        )
    return Page[DeliveryOut](items=[_out(one) for one in found], next=encode(request, older) if older else None)


@router.post("/deliveries/resend")
def resend_many(call: Deciding, asked: ResendIn) -> ResentOut:
    """Send again what was given up, and use disabled channels again where no single delivery is named."""
    with call.services.database.writing() as session:
        revived = revive(session, now=call.now, ids=asked.ids, channel=asked.channel)
        names = [asked.channel] if asked.channel else ()
        enabled = channelstate.enable(session, now=call.now, channels=names) if not asked.ids else []
    return ResentOut(deliveries=revived, channels=enabled)


@router.get("/deliveries/{id}")
def show_delivery(call: Reading, id: Key) -> DeliveryOut:  # noqa: A002 - the word in the address
    """One delivery."""
    with call.services.database.reading() as session:
        found = read.delivery(session, id)
    if found is None:
        raise NoSuchError(f"There is no delivery {id}.")
    return _out(found)


@router.post("/deliveries/{id}/resend")
def resend(call: Deciding, id: Key) -> DeliveryOut:  # noqa: A002 - the word in the address
    """Send a delivery again that was given up."""
    with call.services.database.writing() as session:
        if not revive(session, now=call.now, ids=[id]):
            raise NoSuchError(f"No delivery {id} was given up.")
        session.flush()
        found = read.delivery(session, id)
        assert found is not None
        return _out(found)


def _out(one: read.Delivery) -> DeliveryOut:
    return DeliveryOut(
        id=one.id,
        channel=one.channel,
        incident=one.incident,
        kind=one.kind,
        state=one.state,
        created_at=one.created_at,
        next_attempt_at=one.next_attempt_at,
        sent_at=one.sent_at,
        last_error=one.last_error,
        attempts=[
            AttemptOut(
                started_at=tried.started_at,
                finished_at=tried.finished_at,
                outcome=tried.outcome,
                reason=tried.reason,
                detail=tried.detail,
                retry_at=tried.retry_at,
            )
            for tried in one.attempts
        ],
        changes=one.changes,
        tells=[entry.public_id for entry in one.entries],
    )
