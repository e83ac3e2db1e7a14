"""From configuration to rows: plan first, then apply. Removal keeps history."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from monitor.config.models import SourceConfig
from snapshots import hosts
from snapshots.hosts import host_of
from snapshots.sources import IMPORTED
from snapshots.tables import SourceRow

ACTIVE, PAUSED, REMOVED = "active", "paused", "removed"


@dataclass(frozen=True, slots=True)
class Plan:
    """What applying a configuration would do, as source ids. A source that is paused or resumed is not `changed`."""

    added: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    paused: tuple[str, ...] = ()
    resumed: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    unchanged: tuple[str, ...] = ()

    @property
    def does_nothing(self) -> bool:
        """Whether the rows are in line with the configuration."""
        return not (self.added or self.changed or self.paused or self.resumed or self.removed)


def plan(known: Mapping[str, tuple[str, str]], wanted: Sequence[SourceConfig]) -> Plan:
    """Compare the rows (`id -> (config hash, state)`) with the configuration. Pure.

    A source that came with an archive stays what it is until the configuration names its id; from then on it is
    watched, and its history goes on.
    """
    hashes = {source.id: config_hash(source) for source in wanted}
    states = {source.id: PAUSED if source.paused else ACTIVE for source in wanted}
    added = tuple(i for i in hashes if i not in known)
    there = {i: known[i] for i in hashes if i in known}
    paused = tuple(i for i, (_, state) in there.items() if states[i] == PAUSED != state)
    resumed = tuple(i for i, (_, state) in there.items() if states[i] == ACTIVE and state == PAUSED)
    moved = {*paused, *resumed}
    changed = tuple(i for i in there if i not in moved and there[i] != (hashes[i], states[i]))
    removed = tuple(i for i, (_, state) in known.items() if i not in hashes and state not in (REMOVED, IMPORTED))
    unchanged = tuple(i for i in there if i not in moved and i not in changed)
    return Plan(added, changed, paused, resumed, removed, unchanged)


def planned(session: Session, wanted: Sequence[SourceConfig]) -> Plan:
    """What `reconcile` would do."""
    known = session.execute(select(SourceRow.id, SourceRow.config_hash, SourceRow.state))
    return plan({row.id: (row.config_hash, row.state) for row in known}, wanted)


def reconcile(session: Session, wanted: Sequence[SourceConfig], now: datetime) -> Plan:
    """Bring the rows in line with the configuration; a new source, or one with another address, is due at once."""
    rows = {row.id: row for row in session.scalars(select(SourceRow))}
    made = planned(session, wanted)
    by_id = {source.id: source for source in wanted}
    for source_id in made.added:
        session.add(_new_row(by_id[source_id], now))
    for source_id in (*made.changed, *made.paused, *made.resumed):
        _update(rows[source_id], by_id[source_id], now)
    for source_id in made.removed:
        rows[source_id].state = REMOVED
    hosts.ensure(session, (host_of(source.address) for source in wanted))
    return made


def config_hash(source: SourceConfig) -> str:
    """Changes when anything that matters to the row does."""
    data = source.model_dump(mode="json", exclude={"paused", "labels"})
    return hashlib.sha256(json.dumps(data, sort_keys=True).encode()).hexdigest()


def _new_row(source: SourceConfig, now: datetime) -> SourceRow:
    row = SourceRow(id=source.id, next_check_at=now, next_check_reason="new", url="", interval_seconds=0)
    _update(row, source, now)
    return row


def _update(row: SourceRow, source: SourceConfig, now: datetime) -> None:
    interval = int(source.interval.total_seconds())
    if row.config_hash != config_hash(source):
        # The validators belong to another address, or to what other options made of the answer.
        row.etag, row.last_modified = None, None
    if row.url != source.address:
        row.moved_to, row.host = None, host_of(source.address)
        row.next_check_at, row.next_check_reason = now, "new address" if row.url else "new"
    elif row.interval_seconds != interval or row.state != ACTIVE:
        row.next_check_at, row.next_check_reason = now, "new schedule"
    row.kind, row.url, row.provider, row.title = source.kind, source.address, source.provider, source.title
    row.document = source.document
    row.authoritative_for = [area.value for area in source.authoritative_for]
    row.interval_seconds = interval
    row.config_hash = config_hash(source)
    row.state = PAUSED if source.paused else ACTIVE
