"""What an older schema has no room for. Each migration that takes something away on its way back has its lines here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from snapshots.blobs import Encoding
from snapshots.db import known_revisions
from snapshots.deliveries import DECISION
from snapshots.tables import (
    AcknowledgementRow,
    ApiTokenRow,
    Base,
    BlobRow,
    ChangeRow,
    ChannelStateRow,
    CheckDayRow,
    ConflictClaimRow,
    ConflictRow,
    CorrectionRow,
    DeadlineRow,
    DecisionRow,
    DeliveryDecisionRow,
    DeliveryPartRow,
    DeliveryRow,
    FactRow,
    HostRow,
    IncidentRow,
    OutageRow,
    SilenceRow,
    SourceRow,
)


@dataclass(frozen=True, slots=True)
class Loss:
    """Rows of a table that would be lost, or lose a column; `column` is empty where whole rows go."""

    table: str
    column: str
    rows: int
    what: str


@dataclass(frozen=True, slots=True)
class _Room:
    """What a migration made room for: which rows need it, and what they are in a person's words."""

    model: type[Base]
    what: str
    column: str = ""
    where: ColumnElement[bool] | None = None


_ROOM: Mapping[str, Sequence[_Room]] = {
    "0002": (
        _Room(AcknowledgementRow, "decisions and comments of people"),
        _Room(CorrectionRow, "corrections of wrongly read facts"),
        _Room(ConflictRow, "conflicts between sources"),
        _Room(ConflictClaimRow, "claims of conflicts"),
        _Room(CheckDayRow, "days of checks that retention rolled up"),
        _Room(FactRow, "readings that a better one replaced", where=FactRow.superseded_at.is_not(None)),
        _Room(FactRow, "when an old version was read anew", "read_at", FactRow.read_at.is_not(None)),
        _Room(ChangeRow, "that a change was found by reading anew", "origin", ChangeRow.origin != "check"),
        _Room(ChangeRow, "what people decided about a change", "review_state", ChangeRow.review_state != "open"),
        _Room(ChangeRow, "until when a change is put off", "snoozed_until", ChangeRow.snoozed_until.is_not(None)),
        _Room(
            BlobRow, "that bytes were let go (it calls them damaged)", "encoding", BlobRow.encoding == Encoding.ABSENT
        ),
    ),
    "0003": (
        _Room(HostRow, "what is known of hosts: robots.txt and when they may be visited"),
        _Room(OutageRow, "times in which the own network was down"),
        _Room(SourceRow, "where a document moved to", "moved_to", SourceRow.moved_to.is_not(None)),
        _Room(SourceRow, "that a failure was told", "failing_told_at", SourceRow.failing_told_at.is_not(None)),
    ),
    "0004": (
        _Room(SilenceRow, "silences"),
        _Room(DeadlineRow, "deadlines, with their owners, acknowledgements and moves"),
        _Room(DecisionRow, "decisions about who was told what"),
        _Room(IncidentRow, "incidents"),
        _Room(DeliveryRow, "reminders and notices, sent or not", where=DeliveryRow.about.is_not(None)),
    ),
    "0005": (
        _Room(ChannelStateRow, "how channels fare"),
        _Room(DeliveryPartRow, "parts of messages that were taken"),
        _Room(DeliveryDecisionRow, "which decisions were told where"),
        _Room(DeliveryRow, "messages about decisions", where=DeliveryRow.kind == DECISION),
    ),
    "0006": (_Room(ApiTokenRow, "tokens of programs"),),
}


class UnknownRevisionError(Exception):
    """There is no such older schema; the message names those there are."""


def lost_below(session: Session, revision: str | None = None) -> tuple[str, list[Loss]]:
    """What would be lost on the way back to `revision` (by default the one before this program's), and which that is.

    Raises:
        UnknownRevisionError: this program knows no older schema of that name.
    """
    known = known_revisions()
    wanted = revision or known[-2]
    if wanted not in known[:-1]:
        message = f'"{wanted}" is no older schema. There are: {", ".join(known[:-1])}.'
        raise UnknownRevisionError(message)
    losses = []
    for undone in known[known.index(wanted) + 1 :]:
        for room in _ROOM.get(undone, ()):
            query = select(func.count()).select_from(room.model)
            rows = session.scalar(query if room.where is None else query.where(room.where)) or 0
            if rows:
                losses.append(Loss(room.model.__tablename__, room.column, rows, room.what))
    return wanted, losses
