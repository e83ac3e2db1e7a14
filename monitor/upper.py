"""What decisions that come by the API need from this room and the alerts room, handed down to where they are made."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from pydantic import ValidationError

from alerts.rules.matching import Matcher
from alerts.rules.routes import REMIND_BEFORE
from monitor.app import App
from monitor.config.loader import ConfigError, Configuration
from monitor.extract.byhand import UnreadableValueError, day_typed, with_value
from monitor.holding import accept
from monitor.pipeline import Pipeline
from monitor.reextract import BusyError
from monitor.wiring.storing import database_of
from snapshots.changes.model import Level
from snapshots.clock import Clock
from snapshots.corrected import Stated
from snapshots.facts import Precision
from snapshots.review import Reviewer
from snapshots.web import contracts
from snapshots.web.contracts import NotUnderstoodError, UpperRooms

Believe = Callable[[str, Reviewer, str], int]


def upper_rooms(*, believe: Believe | None = None, remind_before: Collection[int] = REMIND_BEFORE) -> UpperRooms:
    """Everything the API can be handed; without `believe` it leaves held versions to the command line."""
    rooms = UpperRooms(state=_state, since=_since, matcher=_matcher, remind_before=remind_before)
    return replace(rooms, believe=believe) if believe else rooms


def rooms_of(configuration: Configuration, clock: Clock) -> UpperRooms:
    """The rooms where a configuration is known and no service runs: a held version is believed by an app of its own."""

    def believe(source_id: str, by: Reviewer, text: str) -> int:
        try:
            with App(configuration, database_of(configuration), {}, clock) as service:
                return believed(service.pipeline, source_id, by, text)
        except ConfigError as error:
            raise contracts.NotHereError(str(error)) from error

    return upper_rooms(believe=believe, remind_before=configuration.settings.deadlines.remind_before)


def believed(pipeline: Pipeline, source_id: str, by: Reviewer, text: str) -> int:
    """Take the held version of a source for the page; how many changes that told.

    Raises:
        contracts.BusyError: the source is being checked.
    """
    try:
        looked = accept(pipeline, source_id, by, text=text)
    except BusyError as error:
        raise contracts.BusyError(f"{source_id} is being checked right now. Ask again in a moment.") from error
    return sum(1 for change in looked.outcome.changes if change.level is not Level.NONE)


def _state(key: Stated, text: str, reading: Mapping[str, str]) -> Stated:
    try:
        return with_value(key, text, reading)
    except UnreadableValueError as error:
        raise NotUnderstoodError(str(error)) from error


def _since(text: str) -> tuple[datetime, Precision]:
    try:
        return day_typed(text)
    except UnreadableValueError as error:
        raise NotUnderstoodError(str(error)) from error


def _matcher(given: Mapping[str, Any]) -> dict[str, Any]:
    try:
        return Matcher.model_validate(dict(given)).written()
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(str(step) for step in first["loc"]) or "matcher"
        said = "there is no such key" if first["type"] == "extra_forbidden" else first["msg"]
        raise NotUnderstoodError(f"{key}: {said.removeprefix('Value error, ')}") from error
