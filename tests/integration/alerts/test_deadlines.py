"""Ends of service: found, moved, reminded of until somebody takes care, and closed when they have come."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import delete, select, update

from alerts.rules.routes import Routing
from alerts.watch import watch
from snapshots.clock import FixedClock
from snapshots.db import Database
from snapshots.deadlines import (
    UnknownDeadlineError,
    acknowledge_deadline,
    seen,
    set_owner,
    sync,
)
from snapshots.tables import BlobRow, DeadlineRow, DeliveryRow, FactRow, ReminderRow, SnapshotRow, SourceRow
from tests.integration.alerts.conftest import NOON, a_route

DAY = timedelta(days=1)
BEFORE = (90, 30, 7, 1)


class Ends:
    """A source that says when names stop working."""

    def __init__(self, database: Database, clock: FixedClock) -> None:
        self.database, self.clock = database, clock
        with database.writing() as session:
            session.add(
                SourceRow(
                    id="log",
                    kind="web-page",
                    url="https://docs.acme.example/log",
                    provider="acme",
                    authoritative_for=[],
                    interval_seconds=3600,
                    next_check_at=NOON + 1000 * DAY,
                    last_checked_at=NOON,
                )
            )
            session.add(BlobRow(digest=b"x" * 32, size=1, encoding="zstd", depth=0, content=b"x"))
            session.flush()
            session.add(
                SnapshotRow(
                    source_id="log",
                    sequence=1,
                    raw_digest=b"x" * 32,
                    text_digest=b"x" * 32,
                    observed_at=NOON,
                    last_confirmed_at=NOON,
                    content_type="text/html",
                    final_url="https://docs.acme.example/log",
                )
            )

    def say(self, told: bool = False, **ends: str) -> None:
        """Say what ends when, instead of what was said before."""
        now = self.clock.now()
        with self.database.writing() as session:
            version = session.scalars(select(SnapshotRow.id)).one()
            session.execute(delete(FactRow))
            session.add_all(_end(version, name, day, now) for name, day in ends.items())
            session.flush()
            sync(session, now, remind_before=BEFORE, told_by=["log"] if told else [])

    def go_to(self, when: datetime, routing: Routing | None = None) -> list[dict[str, Any]]:
        """Let time pass day by day; return what is said of each deadline in the reminders made meanwhile."""
        before = set(self.ids())
        while self.clock.now() < when:
            self.clock.set(min(self.clock.now() + DAY, when))
            self.look(routing)
        return [row.about for row in self.rows() if row.id not in before and row.about is not None]

    def look(self, routing: Routing | None = None) -> None:
        watch(
            self.database,
            channels=("team",),
            routing=routing or Routing(),
            stale_after=timedelta(hours=1),
            running_since=NOON,
            now=self.clock.now(),
        )

    def rows(self) -> list[DeliveryRow]:
        with self.database.reading() as session:
            return list(session.scalars(select(DeliveryRow).order_by(DeliveryRow.created_at, DeliveryRow.id)))

    def ids(self) -> list[str]:
        return [row.id for row in self.rows()]

    def planned(self) -> list[int]:
        with self.database.reading() as session:
            query = select(ReminderRow.days).where(ReminderRow.state == "pending").order_by(ReminderRow.due_at)
            return list(session.scalars(query))


def _end(version: int, name: str, day: str, now: datetime) -> FactRow:
    return FactRow(
        source_id="log",
        snapshot_id=version,
        subject=name.replace("_", "-"),
        predicate="lifecycle.retirement_date",
        subject_key=name.replace("_", "-"),
        qualifier="",
        value=day,
        value_key=day,
        valid_key="",
        detail={},
        observed_from=now,
        precision="day",
        confidence=1.0,
        evidence_block="b",
        evidence_heading=[],
        evidence_quote=f"ends on {day}",
    )


@pytest.fixture
def ends(database: Database, clock: FixedClock) -> Ends:
    return Ends(database, clock)


def subjects(about: list[dict[str, Any]]) -> list[list[str]]:
    return [[one["subject"] for one in message["deadlines"]] for message in about]


def test_reminders_come_at_their_days_until_the_end(ends: Ends) -> None:
    ends.say(told=True, acme_chat="2026-08-20")
    assert ends.planned() == [90, 30, 7, 1]
    assert subjects(ends.go_to(datetime(2026, 8, 30, tzinfo=UTC))) == [["acme-chat"]] * 4
    with ends.database.reading() as session:
        row = session.scalars(select(DeadlineRow)).one()
        assert (row.state, row.closed_why) == ("closed", "passed")


def test_who_learns_of_it_twenty_days_before_is_told_at_once(ends: Ends) -> None:
    ends.say(acme_chat="2026-05-13", acme_old="2026-01-01", acme_later="2026-12-31")
    ends.look()
    assert subjects([row.about for row in ends.rows() if row.about]) == [["acme-chat"]]
    ends.look()
    assert len(ends.rows()) == 1


def test_what_another_message_tells_in_this_moment_is_not_reminded_of_at_once(ends: Ends) -> None:
    ends.say(told=True, acme_chat="2026-05-13")
    ends.look()
    assert ends.rows() == []
    assert ends.planned() == [7, 1]


def test_ends_that_fall_due_together_are_one_message(ends: Ends) -> None:
    ends.say(told=True, acme_chat="2026-08-20", acme_reasoner="2026-08-20")
    assert subjects(ends.go_to(datetime(2026, 6, 1, tzinfo=UTC))) == [["acme-chat", "acme-reasoner"]]


def test_an_acknowledged_end_is_not_reminded_of_until_it_comes_earlier(ends: Ends) -> None:
    ends.say(told=True, acme_chat="2026-08-20")
    with ends.database.writing() as session:
        acknowledge_deadline(session, "ACME chat", by="mara", now=NOON)
    assert ends.go_to(datetime(2026, 7, 1, tzinfo=UTC)) == []
    ends.say(told=True, acme_chat="2026-12-01")
    assert ends.go_to(datetime(2026, 9, 10, tzinfo=UTC)) == []
    ends.say(told=True, acme_chat="2026-11-01")
    assert subjects(ends.go_to(datetime(2026, 10, 10, tzinfo=UTC))) == [["acme-chat"]]
    with ends.database.reading() as session:
        [found] = seen(session).values()
        assert [(move.was, move.became, move.earlier) for move in found.moves] == [
            ("2026-08-20", "2026-12-01", False),
            ("2026-12-01", "2026-11-01", True),
        ]
        assert found.acknowledged_by is None


def test_an_end_that_is_no_longer_stated_is_closed_and_opens_again_when_it_is(ends: Ends) -> None:
    ends.say(told=True, acme_chat="2026-08-20")
    ends.say(told=True)
    with ends.database.reading() as session:
        [found] = seen(session).values()
        assert (found.state, found.closed_why) == ("closed", "withdrawn")
    assert ends.planned() == []
    ends.say(told=True, acme_chat="2026-08-20")
    assert ends.planned() == [90, 30, 7, 1]


def test_looking_again_changes_nothing(ends: Ends) -> None:
    ends.say(told=True, acme_chat="2026-08-20")
    with ends.database.writing() as session:
        before = session.scalars(select(ReminderRow.id)).all()
        sync(session, NOON, remind_before=BEFORE)
        assert session.scalars(select(ReminderRow.id)).all() == before


def test_a_promise_not_to_end_sooner_is_no_deadline_to_remind_of(ends: Ends) -> None:
    ends.say(acme_chat="2026-05-13")
    with ends.database.writing() as session:
        session.execute(delete(ReminderRow))
        session.execute(delete(DeadlineRow))
        session.execute(update(FactRow).values(precision="not-sooner-than"))
        sync(session, NOON, remind_before=BEFORE)
    assert ends.planned() == []
    assert ends.go_to(NOON + 60 * DAY) == []


def test_the_owner_of_a_rule_owns_what_it_reminds_of_and_routes_may_ask_for_one(ends: Ends) -> None:
    routing = Routing(
        (
            a_route(match={"subject": "acme-*"}, channel="nobody", owners="mara", routes=[
                {"match": {"owner": "kim"}, "channel": "team"}
            ]),
        )
    )  # fmt: skip
    ends.say(acme_chat="2026-05-13")
    ends.look(routing)
    assert ends.rows() == []
    with ends.database.writing() as session:
        assert session.scalars(select(DeadlineRow.owner)).one() == "mara"
        set_owner(session, "acme-chat", "kim", NOON)
    [message] = ends.go_to(NOON + 14 * DAY, routing)
    assert message["deadlines"][0]["owner"] == "kim"


def test_what_is_not_known_cannot_be_acknowledged(ends: Ends) -> None:
    ends.say(acme_old="2026-01-01")
    with ends.database.writing() as session, pytest.raises(UnknownDeadlineError, match='is named "acme-old"'):
        acknowledge_deadline(session, "acme-old", by="mara", now=NOON)
