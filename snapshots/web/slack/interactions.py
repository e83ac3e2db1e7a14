"""`POST /slack/interactions`: a button of a message was pressed.

https://docs.slack.dev/interactivity/handling-user-interaction

Slack waits three seconds. The decision is written here; the service's own round then changes the message and tells the
thread, as it does for a decision that was taken anywhere else.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qs

import structlog
from fastapi import APIRouter, Request
from pydantic import BaseModel, Field, ValidationError
from sqlalchemy import select
from sqlalchemy.orm import Session
from starlette.concurrency import run_in_threadpool
from starlette.responses import JSONResponse, Response

from snapshots import review
from snapshots.db import Database
from snapshots.review import LONGEST_NAME, Action, Reviewer, ReviewError, ReviewState
from snapshots.tables import ChangeRow, DeliveryChangeRow
from snapshots.web.deciding import Chosen, record
from snapshots.web.slack.gate import RefusedError
from snapshots.web.visit import services_of
from snapshots.wording.escape import plain

router = APIRouter()
ACKNOWLEDGE, SNOOZE = "acknowledge", "snooze"
SNOOZED_FOR = timedelta(days=7)
_WAITING: Mapping[Action, tuple[ReviewState, ...]] = {
    Action.ACKNOWLEDGE: (ReviewState.OPEN, ReviewState.SNOOZED),
    Action.SNOOZE: (ReviewState.OPEN,),
}
_log = structlog.get_logger(__name__)


class Person(BaseModel):
    """Who pressed, as Slack names people."""

    id: str = Field(default="", max_length=64)
    username: str = Field(default="", max_length=200)
    name: str = Field(default="", max_length=200)


class Pressed(BaseModel):
    """A button: `value` is the delivery whose message it stands in."""

    action_id: str = Field(default="", max_length=255)
    value: str = Field(default="", max_length=64)


class Interaction(BaseModel):
    """What is read of Slack's payload."""

    type: str = ""
    user: Person = Person()
    actions: tuple[Pressed, ...] = Field(default=(), max_length=25)


@router.post("/slack/interactions")
async def interactions(request: Request) -> Response:
    """Believe, decide, answer."""
    services = services_of(request)
    if not services.slack.is_open:
        return _told(404, "Buttons are not configured: set web.slack_signing_secret_env.")
    body, now = await request.body(), services.clock.now()
    try:
        services.slack.check(request.headers, body, now)
    except RefusedError as error:
        _log.warning("slack-refused", reason=error.reason, so_far=services.slack.refused[error.reason])
        return _told(401, str(error))
    try:
        payload = parse_qs(body.decode(), max_num_fields=5).get("payload", [""])[0]
        pressed = Interaction.model_validate(json.loads(payload))
        decided = await run_in_threadpool(decide, services.database, pressed, now)
    except (ValueError, RecursionError, ValidationError, ReviewError) as error:
        _log.warning("slack-not-understood", error=type(error).__name__)
        return _told(400, "This is no press of a button.")
    _log.info("slack-pressed", changes=decided)
    return Response(status_code=200)


def decide(database: Database, pressed: Interaction, now: datetime) -> int:
    """Record what the buttons say about the changes that their message told; how many decisions that were.

    What somebody closed meanwhile stays as it is, and so does everything when the link to the review was followed,
    which Slack reports too.

    Raises:
        ReviewError: the person has no name that decisions could be kept under.
    """
    wanted = [(chosen, one.value) for one in pressed.actions if (chosen := _chosen(one.action_id, now))]
    if pressed.type != "block_actions" or not wanted:
        return 0
    by = Reviewer(_name(pressed.user), "slack")
    recorded = 0
    with database.writing() as session:
        for chosen, delivery in wanted:
            for row in _told_by(session, delivery):
                state = review.state_at(row.review_state, row.snoozed_until, now)
                if state in _WAITING[chosen.action]:
                    recorded += record(session, row, by, now, chosen).recorded
    return recorded


def _chosen(action: str, now: datetime) -> Chosen | None:
    if action == ACKNOWLEDGE:
        return Chosen(Action.ACKNOWLEDGE)
    return Chosen(Action.SNOOZE, until=now + SNOOZED_FOR) if action == SNOOZE else None


def _name(user: Person) -> str:
    return plain(user.name or user.username or user.id)[:LONGEST_NAME]


def _told_by(session: Session, delivery: str) -> list[ChangeRow]:
    query = (
        select(ChangeRow)
        .join(DeliveryChangeRow, DeliveryChangeRow.change_id == ChangeRow.id)
        .where(DeliveryChangeRow.delivery_id == delivery)
        .order_by(ChangeRow.id)
        .with_for_update(of=ChangeRow)
    )
    return list(session.scalars(query))


def _told(status: int, said: str) -> Response:
    told: dict[str, Any] = {"title": said, "status": status}
    return JSONResponse(told, status, media_type="application/problem+json")
