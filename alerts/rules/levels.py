"""How loud a change is for this user."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import timedelta

from alerts.rules.routes import concerns
from snapshots.changes.model import Change, Level

_NEAR = timedelta(days=8)
_LOUDER = {Level.INFO: Level.WARNING, Level.WARNING: Level.CRITICAL, Level.CRITICAL: Level.CRITICAL}


def effective_level(change: Change, severity: Mapping[str, Level], relies_on: Iterable[str]) -> Level:
    """The change's level after the user's `severity` by kind; a name under `relies_on` raises it by one.

    What is never sent stays so: a relied-on name does not make noise of a footer.
    """
    level = severity.get(change.kind, change.level)
    if level is Level.NONE:
        return level
    return _LOUDER[level] if concerns(change, relies_on) else level


def nearness(left: timedelta) -> Level:
    """How loud a reminder is with so much time left: under eight days it is critical."""
    return Level.CRITICAL if left < _NEAR else Level.WARNING
