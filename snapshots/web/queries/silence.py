"""Silences with some of what each kept from people."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from snapshots.silences import SilenceSeen, list_silences
from snapshots.tables import ChangeRow, DecisionRow

_NAMED = 5
_MOST_ENDED = 50


@dataclass(frozen=True, slots=True)
class HeldBack:
    """One thing that was not told. `change` is the public id of a change, empty for a reminder or a notice."""

    about: str
    change: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Silenced:
    """A silence with the newest things it held back."""

    silence: SilenceSeen
    newest: Sequence[HeldBack]


def silences(session: Session, now: datetime) -> tuple[list[Silenced], list[Silenced]]:
    """The silences that hold, the soonest to end first, and those that ended, the latest first."""
    found = list_silences(session, now, ended=True)
    ended = sorted((one for one in found if not one.active), key=lambda one: one.ends, reverse=True)[:_MOST_ENDED]
    holding = sorted((one for one in found if one.active), key=lambda one: (one.ends, one.id))
    newest = _newest(session, [one.id for one in (*holding, *ended)])
    return [Silenced(one, newest[one.id]) for one in holding], [Silenced(one, newest[one.id]) for one in ended]


def _newest(session: Session, ids: Sequence[int]) -> dict[int, list[HeldBack]]:
    newest_first = func.row_number().over(partition_by=DecisionRow.silence_id, order_by=DecisionRow.id.desc())
    ranked = select(DecisionRow.id, newest_first.label("place")).where(DecisionRow.silence_id.in_(ids)).subquery()
    query = (
        select(DecisionRow.silence_id, DecisionRow.about, ChangeRow.public_id, DecisionRow.decided_at)
        .join(ranked, ranked.c.id == DecisionRow.id)
        .outerjoin(ChangeRow, ChangeRow.id == DecisionRow.change_id)
        .where(ranked.c.place <= _NAMED)
        .order_by(DecisionRow.id.desc())
    )
    found: dict[int, list[HeldBack]] = defaultdict(list)
    for silence, about, change, at in session.execute(query):
        found[silence or 0].append(HeldBack(about, change or "", at))
    return found
