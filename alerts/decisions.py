"""What people decided is told where the incident stands: in its thread, and upon its first message."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from alerts.channels.base import Channel
from snapshots import decided
from snapshots.db import Database

_LOOK_BACK = timedelta(days=2)


def tell_decisions(database: Database, channels: Mapping[str, Channel], *, now: datetime) -> int:
    """Make a delivery of each new decision for the channels that keep their first message; return how many.

    Asked without the write lock first: most rounds find nothing. What is older than two days is left alone, so that a
    channel added today is not told of old decisions.
    """
    names = [name for name, channel in channels.items() if channel.config.keeps_first_message]
    if not names:
        return 0
    with database.reading() as session:
        if not decided.untold(session, channels=names, since=now - _LOOK_BACK):
            return 0
    with database.writing() as session:
        found = decided.untold(session, channels=names, since=now - _LOOK_BACK)
        for each in found:
            decided.to_tell(session, each, now=now)
    return len(found)
