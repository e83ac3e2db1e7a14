"""The demo's account: what happened upstream beside what the store and the receivers hold. Nothing is assumed told."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

from sqlalchemy import select
from sqlalchemy.orm import Session

from monitor.demo.story import beats_of
from monitor.demo.timeline import BEATS, Beat, Happening
from snapshots.changes.model import Level
from snapshots.outcome import Outcome
from snapshots.tables import (
    ChangeRow,
    CheckRow,
    DeliveryAttemptRow,
    DeliveryChangeRow,
    DeliveryRow,
    SourceRow,
)


@dataclass(frozen=True, slots=True)
class Received:
    """One message a local receiver accepted: the channel it belongs to, its subject line, its delivery's id."""

    channel: str
    subject: str
    delivery: str


@dataclass(frozen=True, slots=True)
class Told:
    """One change that reached people: when (UTC) a source first showed it, and the channels that told it.

    `joined` marks a change that made no message because an earlier one already told the same event.
    """

    kind: str
    subject: str
    level: str
    seen_at: datetime
    channels: tuple[str, ...]
    joined: bool


@dataclass(frozen=True, slots=True)
class Upstream:
    """One upstream change, what of it was told, and what should have been and was not."""

    at: datetime
    what: str
    told: tuple[Told, ...]
    untold: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Sent:
    """One message: when it went out (UTC), where, its subject line, the changes it tells, the tries it took and why."""

    at: datetime
    channel: str
    subject: str
    kind: str
    changes: int
    tries: int
    refusals: tuple[str, ...]
    delivery: str


@dataclass(frozen=True, slots=True)
class Unsent:
    """Something that was seen and rightly told to nobody: how often the service looked at it, and what it noted."""

    at: datetime
    what: str
    looks: int
    noted: str


@dataclass(frozen=True, slots=True)
class Account:
    """What the demo shows. `problems` are sentences; without any, each upstream change was told and nothing else."""

    since: datetime
    until: datetime
    checks: dict[str, int]
    upstream: tuple[Upstream, ...]
    sent: tuple[Sent, ...]
    unsent: tuple[Unsent, ...]
    joined: int
    texts: int
    problems: tuple[str, ...]

    @property
    def ok(self) -> bool:
        """Whether the account holds."""
        return not self.problems


def draw_up(session: Session, received: Sequence[Received], *, since: datetime, until: datetime) -> Account:
    """Compare story, store and receivers."""
    changes = list(_changes(session))
    sent, waiting = _sent(session, received)
    told_of = {id(beat): _told(beat, changes) for beat in BEATS}
    upstream = tuple(
        Upstream(beat.at, beat.summary, told_of[id(beat)], tuple(sorted(beat.tells - _names(told_of[id(beat)]))))
        for beat in BEATS
        if beat.happening is Happening.CHANGE
    )
    unsent = tuple(_unsent(session))
    outcomes = session.scalars(select(CheckRow.outcome))
    return Account(
        since=since,
        until=until,
        checks=dict(Counter(outcomes).most_common()),
        upstream=upstream,
        sent=sent,
        unsent=unsent,
        joined=sum(1 for seen in changes if seen.roles and "told" not in seen.roles),
        texts=sum(1 for seen in changes if seen.row.level == Level.NONE),
        problems=(*_misjudged(upstream, unsent, changes), *_undelivered(sent, waiting, received)),
    )


@dataclass(frozen=True, slots=True)
class _Seen:
    """A recorded change, the last thing that had happened to its page, and the channels and roles it was sent with."""

    row: ChangeRow
    cause: Beat | None
    channels: frozenset[str]
    roles: frozenset[str]


def _changes(session: Session) -> Iterable[_Seen]:
    rows = session.execute(
        select(ChangeRow, SourceRow.url).join(SourceRow).order_by(ChangeRow.detected_at, ChangeRow.id)
    )
    for row, url in rows:
        query = select(DeliveryRow.channel, DeliveryChangeRow.role).join(
            DeliveryChangeRow, DeliveryChangeRow.delivery_id == DeliveryRow.id
        )
        found = session.execute(query.where(DeliveryChangeRow.change_id == row.id, DeliveryRow.state == "sent"))
        deliveries = found.all()
        causes = beats_of(urlsplit(url).path, until=row.detected_at)
        yield _Seen(
            row,
            causes[-1] if causes else None,
            frozenset(channel for channel, _ in deliveries),
            frozenset(role for _, role in deliveries),
        )


def _told(beat: Beat, changes: Iterable[_Seen]) -> tuple[Told, ...]:
    first: dict[tuple[str, str], Told] = {}
    for seen in changes:
        if seen.cause is beat and seen.roles:
            row = seen.row
            channels, joined = tuple(sorted(seen.channels)), "told" not in seen.roles
            told = Told(row.kind, row.subject, row.level, row.detected_at, channels, joined)
            known = first.get((row.kind, row.subject))
            if known is None or (known.joined and not joined):
                first[row.kind, row.subject] = told
    return tuple(first.values())


def _names(told: Iterable[Told]) -> frozenset[tuple[str, str]]:
    return frozenset((one.kind, one.subject) for one in told)


def _sent(session: Session, received: Sequence[Received]) -> tuple[tuple[Sent, ...], list[DeliveryRow]]:
    subjects = {one.delivery: one.subject for one in received}
    rows = session.scalars(select(DeliveryRow).order_by(DeliveryRow.sent_at, DeliveryRow.channel)).all()
    sent = []
    for row in rows:
        if row.sent_at is None:
            continue
        attempts = session.scalars(select(DeliveryAttemptRow).where(DeliveryAttemptRow.delivery_id == row.id)).all()
        told = session.scalars(select(DeliveryChangeRow.change_id).where(DeliveryChangeRow.delivery_id == row.id)).all()
        refusals = tuple(attempt.reason or attempt.outcome for attempt in attempts if attempt.outcome != "sent")
        subject = subjects.get(row.id, "")
        sent.append(Sent(row.sent_at, row.channel, subject, row.kind, len(told), len(attempts), refusals, row.id))
    return tuple(sent), [row for row in rows if row.sent_at is None]


_NOTED = {
    Happening.NOISE: (Outcome.SAME_TEXT, "other bytes, the same text"),
    Happening.SHELL: (Outcome.SHELL, "not the page that was asked for; held, facts unchanged"),
    Happening.OUTAGE: (Outcome.SERVER_ERROR, "an error; asked again later, facts unchanged"),
}


def _unsent(session: Session) -> Iterable[Unsent]:
    for beat in BEATS:
        if beat.happening not in _NOTED:
            continue
        outcome, noted = _NOTED[beat.happening]
        looks = 0
        for path in beat.pages:
            after = [b.at for b in beats_of(path, until=datetime.max.replace(tzinfo=beat.at.tzinfo)) if b.at > beat.at]
            query = select(CheckRow.id).join(SourceRow).where(SourceRow.url.endswith(path, autoescape=True))
            query = query.where(CheckRow.outcome == outcome, CheckRow.finished_at >= beat.at)
            looks += len(session.scalars(query.where(CheckRow.finished_at < after[0]) if after else query).all())
        yield Unsent(beat.at, beat.summary, looks, noted)


def _misjudged(upstream: Iterable[Upstream], unsent: Iterable[Unsent], changes: Iterable[_Seen]) -> Iterable[str]:
    for event in upstream:
        for kind, subject in event.untold:
            yield f"{event.at:%Y-%m-%d}: {kind} of {subject} was not told."
    for one in unsent:
        if not one.looks:
            yield f"{one.at:%Y-%m-%d}: no check met this: {one.what}."
    for seen in changes:
        row, cause = seen.row, seen.cause
        if "told" in seen.roles and (cause is None or (row.kind, row.subject) not in cause.tells | cause.may_tell):
            after = f"after: {cause.summary}" if cause else "after nothing at all"
            yield f"{row.detected_at:%Y-%m-%d}: {row.kind} of {row.subject} was told {after}."


def _undelivered(sent: Sequence[Sent], waiting: Iterable[DeliveryRow], received: Sequence[Received]) -> Iterable[str]:
    for row in waiting:
        yield f"A delivery to {row.channel} still waits: {row.last_error or row.state}"
    accepted = Counter(one.delivery for one in received)
    for message in sent:
        if not accepted[message.delivery]:
            yield f"Delivery {message.delivery} to {message.channel} is recorded as sent, but no receiver has it."
    for delivery in accepted.keys() - {message.delivery for message in sent}:
        yield f"A receiver has message {delivery or 'without a delivery id'} that the store does not know as sent."
