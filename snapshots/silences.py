"""Silences as rows: made and ended by people, with what each held back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from snapshots.tables import DecisionRow, SilenceRow


@dataclass(frozen=True, slots=True)
class SilenceSeen:
    """A silence as a person wants to see it. `ends` is when it ends or ended, `held_back` how many things it kept."""

    id: int
    matcher: Mapping[str, Any]
    ends: datetime
    owner: str
    comment: str
    created_at: datetime
    active: bool
    held_back: int


def add_silence(
    session: Session, matcher: dict[str, Any], *, until: datetime, owner: str, comment: str, now: datetime
) -> int:
    """Make a silence; return its id."""
    row = SilenceRow(matcher=matcher, until=until, owner=owner, comment=comment, created_at=now)
    session.add(row)
    session.flush()
    return row.id


def expire_silence(session: Session, silence_id: int, now: datetime) -> bool:
    """End a silence at once; false when there is none of this id that holds."""
    row = session.get(SilenceRow, silence_id)
    if row is None or not _holds(row, now):
        return False
    row.expired_at = now
    return True


def list_silences(session: Session, now: datetime, *, ended: bool = False) -> Sequence[SilenceSeen]:
    """The silences that hold at `now`, or with `ended` all there ever were; oldest first."""
    counts: dict[int | None, int] = dict(
        session.execute(
            select(DecisionRow.silence_id, func.count())
            .where(DecisionRow.silence_id.is_not(None))
            .group_by(DecisionRow.silence_id)
        ).all()
    )
    rows = session.scalars(select(SilenceRow).order_by(SilenceRow.id)).all()
    return [
        SilenceSeen(
            id=row.id,
            matcher=row.matcher,
            ends=min(row.until, row.expired_at or row.until),
            owner=row.owner,
            comment=row.comment,
            created_at=row.created_at,
            active=_holds(row, now),
            held_back=counts.get(row.id, 0),
        )
        for row in rows
        if ended or _holds(row, now)
    ]


def _holds(row: SilenceRow, now: datetime) -> bool:
    return now < row.until and (row.expired_at is None or now < row.expired_at)
