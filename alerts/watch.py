"""What falls due without an event: reminders, deadlines that come, incidents that ended, checks that do not come."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from alerts.notices import tell_trouble
from alerts.reminders import remind
from alerts.round import open_round
from alerts.rules.routes import Routing
from snapshots import deadlines, incidents, outbox
from snapshots.coverage import Pace, pace
from snapshots.db import Database

_KEY = "checks-stale:"


def watch(
    database: Database,
    *,
    channels: Sequence[str],
    routing: Routing,
    stale_after: timedelta,
    running_since: datetime,
    now: datetime,
) -> bool:
    """Do what is due at `now` (UTC); return whether checks go on as they should.

    What was overdue before this process began to run at `running_since` is given its time.
    """
    with database.reading() as session:
        # Asked without the write lock first: most rounds find nothing.
        stands = pace(session, now)
        stale = is_stale(stands, stale_after, running_since, now)
        known = incidents.open_trouble(session, _KEY) is not None
        if stale == known and not deadlines.any_due(session, now):
            return not stale
    with database.writing() as session:
        outbox.alone(session)
        at = open_round(session, channels, routing, now)
        if stale != known:
            since = stands.last_finished or stands.overdue_since or now
            topic = "checks-stale" if stale else "checks-resumed"
            tell_trouble(at, topic, {"since": since.isoformat()} if stale else {"until": now.isoformat()})
        deadlines.close_passed(session, now)
        remind(at)
    return not stale


def bring_in_line(database: Database, *, routing: Routing, now: datetime) -> None:
    """What needs doing now and then: deadlines that follow from corrections and readings anew, incidents that ended."""
    with database.writing() as session:
        outbox.alone(session)
        if not outbox.any_pending(session):
            # News that wait to be told first plan their own reminders.
            deadlines.sync(session, now, remind_before=routing.remind_before)
        incidents.close_quiet(session, now)


def is_stale(stands: Pace, stale_after: timedelta, running_since: datetime, now: datetime) -> bool:
    """Whether a check has been due for too long and none has finished meanwhile."""
    if stands.overdue_since is None or now - max(stands.overdue_since, running_since) < stale_after:
        return False
    return stands.last_finished is None or now - stands.last_finished >= stale_after
