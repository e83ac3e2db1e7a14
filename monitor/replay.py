"""Replaying recorded history through the real pipeline: no network, no user configuration, a store of its own.

A folder holds `source.json` and versions `NNN__YYYY-MM-DD.ext`. The clock of a version is its date at 00:00 UTC plus
NNN seconds; several folders are merged by date. Removals count at once and nothing is held for its size, because each
version of a recorded history is final.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import select

from monitor.evaluate import Guards
from monitor.fetch.model import Fetched, FetchOutcome, Request
from monitor.pipeline import Pipeline, SourceSettings, check_source
from monitor.schedule.leases import claim_one
from snapshots.changes.contract import change_to_json
from snapshots.clock import FixedClock
from snapshots.db import Database
from snapshots.outcome import CheckOutcome, Outcome
from snapshots.tables import SourceRow

CONTENT_TYPES = {
    ".html": "text/html",
    ".md": "text/markdown",
    ".mdx": "text/markdown",
    ".txt": "text/plain",
    ".json": "application/json",
    ".yaml": "application/yaml",
    ".yml": "application/yaml",
    ".toml": "application/toml",
    ".xml": "application/xml",
    ".rss": "application/rss+xml",
    ".atom": "application/atom+xml",
}
_VERSION = re.compile(r"(?P<number>\d{3,})__(?P<date>\d{4}-\d{2}-\d{2})\.\w+")
_INTERVAL_SECONDS = 86_400
_OWNER = "replay"


class ReplayError(Exception):
    """A folder cannot be replayed; the message names it and says what is wrong."""


@dataclass(frozen=True, slots=True)
class Version:
    """One recorded version: its file and the instant at which the replay sees it."""

    path: Path
    seen_at: datetime


@dataclass(frozen=True, slots=True)
class History:
    """One folder: the source it describes and its versions in order."""

    id: str
    url: str
    kind: str
    content_type: str
    versions: tuple[Version, ...]


def open_history(folder: Path) -> History:
    """Read a folder's description and list its versions.

    Raises:
        ReplayError: no readable `source.json`, a key is missing, or there is no version.
    """
    description = folder / "source.json"
    try:
        data: Any = json.loads(description.read_text(encoding="utf-8"))
        identifier, url = str(data["id"]), str(data["official_url"])
    except OSError as error:
        todo = "A history is a folder with source.json and versions NNN__YYYY-MM-DD.ext."
        message = f"{description}: cannot be read ({error.strerror}). {todo}"
        raise ReplayError(message) from error
    except (ValueError, KeyError, TypeError) as error:
        message = f"{description}: is not a JSON object with id and official_url ({error})."
        raise ReplayError(message) from error
    versions = [version for path in folder.iterdir() if (version := _version(path))]
    if not versions:
        message = f"{folder}: holds no version named NNN__YYYY-MM-DD.ext."
        raise ReplayError(message)
    versions.sort(key=lambda version: (version.path.name, version.seen_at))
    kind, content_type = str(data.get("kind", "")), str(data.get("content_type", ""))
    return History(identifier, url, kind, content_type, tuple(versions))


def replay(
    histories: Sequence[History], database: Database, *, progress: Callable[[int, int], None] = lambda done, of: None
) -> Iterator[dict[str, Any]]:
    """Run every version through the pipeline, oldest first, and give one record for each consecutive pair of a folder.

    `progress` is called with the number of versions done and their total.
    """
    clock = FixedClock(datetime.min.replace(tzinfo=UTC))
    files: dict[str, Version] = {}
    kinds = {history.id: history for history in histories}
    if len(kinds) < len(histories):
        message = "Two folders have the same id in source.json; a store keeps one history a source."
        raise ReplayError(message)

    def from_file(request: Request) -> FetchOutcome:
        version = files[request.source_id]
        return _answer(version.path, kinds[request.source_id])

    pipeline = Pipeline(
        database=database,
        clock=clock,
        fetch_for=lambda _source_id: from_file,
        settings=lambda _source_id: SourceSettings(kind="recorded", jitter=0),
        guards=Guards(confirm_removals=False, hold_mass_disappearance=False),
    )
    with database.writing() as session:
        for history in histories:
            known = session.scalars(select(SourceRow.id).where(SourceRow.id == history.id)).first()
            if known is None:
                session.add(_source_row(history))
    steps = sorted(
        ((version.seen_at, history.id, version) for history in histories for version in history.versions),
        key=lambda step: step[:2],
    )
    for done, (seen_at, source_id, version) in enumerate(steps, start=1):
        clock.set(seen_at)
        before = files.get(source_id)
        files[source_id] = version
        with database.writing() as session:
            claim = claim_one(session, source_id, owner=_OWNER, now=seen_at)
        checked = check_source(pipeline, claim) if claim else None
        if checked is None:
            message = f"{source_id} in the store is being checked by somebody else; replay into a store of its own."
            raise ReplayError(message)
        progress(done, len(steps))
        if before is not None:
            yield _record(before.path.name, version.path.name, checked[0])


def _version(path: Path) -> Version | None:
    match = _VERSION.fullmatch(path.name)
    if match is None:
        return None
    try:
        day = datetime.strptime(match["date"], "%Y-%m-%d").replace(tzinfo=UTC)
    except ValueError as error:
        message = f"{path}: {match['date']} is not a date."
        raise ReplayError(message) from error
    return Version(path, day + timedelta(seconds=int(match["number"])))


def _answer(path: Path, history: History) -> Fetched:
    return Fetched(
        body=path.read_bytes(),
        status=200,
        final_url=history.url,
        content_type=CONTENT_TYPES.get(path.suffix.lower(), history.content_type),
    )


def _source_row(history: History) -> SourceRow:
    return SourceRow(
        id=history.id,
        kind="recorded",
        url=history.url,
        provider="",
        document=history.kind,
        authoritative_for=[],
        interval_seconds=_INTERVAL_SECONDS,
        next_check_at=history.versions[0].seen_at,
    )


def _record(before: str, after: str, outcome: CheckOutcome) -> dict[str, Any]:
    word = "changed" if outcome.changes else outcome.outcome.value
    if outcome.outcome is Outcome.NEW_VERSION and not outcome.changes:
        word = "unchanged"
    record: dict[str, Any] = {"from": before, "to": after, "outcome": word}
    if outcome.detail:
        record["detail"] = outcome.detail
    return record | {"changes": [change_to_json(change) for change in outcome.changes]}
