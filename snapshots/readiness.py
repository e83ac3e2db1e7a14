"""Whether a process can do its work now: what `/readyz` answers, and why."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

from sqlalchemy import false, func, select, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from snapshots.db import Database, DatabaseError, told_by_driver
from snapshots.tables import SourceRow

OVERDUE = timedelta(minutes=10)
"""Twice a lease: a check that a killed worker held is due again after one, and was then left lying for another."""

_BUSY = "SQLITE_BUSY"
_PATIENCE_MS = 1_000


@dataclass(frozen=True, slots=True)
class Answer:
    """One thing that was looked at. `detail` is a sentence that says what to do when `ok` is false."""

    name: str
    ok: bool
    detail: str


@dataclass(frozen=True, slots=True)
class Readiness:
    """All of them."""

    answers: Sequence[Answer]

    @property
    def ready(self) -> bool:
        """Whether everything is as it must be."""
        return all(answer.ok for answer in self.answers)

    def as_json(self) -> dict[str, object]:
        """The body of `/readyz`."""
        return {"ready": self.ready, "checks": [asdict(answer) for answer in self.answers]}


def readiness(database: Database, now: datetime, *, makes_checks: bool = True) -> Readiness:
    """Look at the schema, whether the database takes writes, and, where the process makes them, how checks are made."""
    schema = _schema(database)
    if not schema.ok:
        return Readiness([schema])
    if not makes_checks:
        return Readiness([schema, writable(database)])
    try:
        with database.reading() as session:
            made = schedule(session, now)
    except DBAPIError as error:
        made = Answer("schedule", ok=False, detail=_told(error))
    return Readiness([schema, writable(database), made])


def schedule(session: Session, now: datetime) -> Answer:
    """Whether checks are made: nothing is overdue, or one ended lately, as after a time without service."""
    due = session.scalar(select(func.min(SourceRow.next_check_at)).where(SourceRow.state == "active"))
    last = session.scalar(select(func.max(SourceRow.last_checked_at)))
    late = now - due if due is not None else timedelta(0)
    if late <= OVERDUE:
        return Answer("schedule", ok=True, detail="Checks are made as they fall due.")
    minutes = f"{late.total_seconds() / 60:,.0f} minutes"
    if last is not None and now - last <= OVERDUE:
        return Answer("schedule", ok=True, detail=f"The oldest check is {minutes} late, and checks are being made.")
    said = f"The oldest check is {minutes} late and none has ended for as long. See whether `headwater run` works."
    return Answer("schedule", ok=False, detail=said)


def writable(database: Database) -> Answer:
    """Whether the database takes writes; nothing is written."""
    try:
        with database.engine.connect() as connection:
            if database.is_sqlite:
                # The pool hands this connection on, so the patience of everybody else is put back.
                (patience,) = connection.exec_driver_sql("PRAGMA busy_timeout").one()
                connection.exec_driver_sql(f"PRAGMA busy_timeout = {_PATIENCE_MS}")
            try:
                connection.execute(update(SourceRow).where(false()).values(title=SourceRow.title))
            finally:
                connection.rollback()
                if database.is_sqlite:
                    connection.exec_driver_sql(f"PRAGMA busy_timeout = {patience}")
    except DBAPIError as error:
        if str(getattr(error.orig, "sqlite_errorname", "")).startswith(_BUSY):
            return Answer("database", ok=True, detail="Another process is writing.")
        return Answer("database", ok=False, detail=_told(error))
    return Answer("database", ok=True, detail="The database takes writes.")


def _schema(database: Database) -> Answer:
    try:
        database.require_current()
    except DatabaseError as error:
        return Answer("schema", ok=False, detail=str(error))
    return Answer("schema", ok=True, detail="The schema is this program's.")


def _told(error: DBAPIError) -> str:
    return told_by_driver(error) or "The database refused."
