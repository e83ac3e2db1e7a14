"""Running the demo: the real service, a site that lives through its history, receivers that take what is sent."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import ExitStack
from datetime import datetime, timedelta

from sqlalchemy import func, select, union_all
from sqlalchemy.orm import Session

from monitor.app import build_app
from monitor.demo.account import Account, draw_up
from monitor.demo.clock import AcceleratedClock
from monitor.demo.folder import DemoFolder
from monitor.demo.receivers import SlackReceiver, SmtpCatcher, Trouble
from monitor.demo.site import Site
from monitor.demo.timeline import END, START
from monitor.engine.embedded import EmbeddedEngine
from monitor.wiring.configuration import load
from snapshots.db import Database
from snapshots.tables import DeliveryRow, OutboxEventRow, ReminderRow, SourceRow

RATE = timedelta(days=60) / timedelta(seconds=1)
_TICK_SECONDS = 0.03
_POLL_SECONDS = 0.01
# Shorter than any lease, so that none runs out while the work it was taken for goes on.
_OVERDUE = timedelta(minutes=1)
_LONGEST_SECONDS = 180.0
# Slack refuses the first message twice and the mail server once, so that people see a message come through late.
_SLACK_TROUBLES = (Trouble(429, {"Retry-After": "30"}), Trouble(500))
_MAIL_TROUBLES = ("451 4.3.2 Try again later",)


def run_demo(folder: DemoFolder, *, progress: Callable[[datetime], None]) -> Account:
    """Watch the whole story with the real service and draw up the account. `progress` gets the simulated time (UTC)."""
    clock = AcceleratedClock(START, RATE, limit=START)
    with ExitStack() as running:
        site = running.enter_context(Site(clock))
        slack = running.enter_context(SlackReceiver())
        mail = running.enter_context(SmtpCatcher())
        slack.fail_next(*_SLACK_TROUBLES)
        mail.answer_next(*_MAIL_TROUBLES)
        folder.write_config(origin=site.origin, webhook_url=slack.url, smtp_port=mail.port)
        app = running.enter_context(build_app(load(folder.config), clock=clock, environ={}))
        app.prepare()
        engine = EmbeddedEngine(app, workers=2, tick_seconds=_TICK_SECONDS)
        engine.start()
        try:
            reached = live_until(END, clock, app.database, progress)
        finally:
            engine.stop()
        received = folder.keep(mails=mail.mails, payloads=slack.payloads)
        with app.database.reading() as session:
            return draw_up(session, received, since=START, until=reached)


def live_until(
    end: datetime, clock: AcceleratedClock, database: Database, progress: Callable[[datetime], None]
) -> datetime:
    """Let the time pass until `end` (UTC), but never leave work behind; give the instant that was reached.

    Months pass in seconds, checks and messages take as long as they take: so the time waits for whatever is due, on a
    slow machine longer than on a fast one, and every day is looked at on both.
    """
    give_up_at = time.monotonic() + _LONGEST_SECONDS
    while (now := clock.now()) < end and time.monotonic() < give_up_at:
        progress(now)
        with database.reading() as session:
            due = earliest_due(session)
        clock.allow(min(due + _OVERDUE, end) if due else end)
        time.sleep(_POLL_SECONDS)
    progress(now)
    return now


def earliest_due(session: Session) -> datetime | None:
    """When the next check, recorded event, delivery or reminder is due; `None` when there is nothing to do."""
    waits = (
        select(func.min(SourceRow.next_check_at).label("at")).where(SourceRow.state == "active"),
        select(func.min(OutboxEventRow.created_at)).where(OutboxEventRow.processed_at.is_(None)),
        select(func.min(DeliveryRow.next_attempt_at)).where(DeliveryRow.state == "pending"),
        select(func.min(ReminderRow.due_at)).where(ReminderRow.state == "pending"),
    )
    earliest: datetime | None = session.scalar(select(func.min(union_all(*waits).subquery().c.at)))
    return earliest
