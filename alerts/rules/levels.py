"""How loud a change is for this user."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from snapshots.changes.model import Change, Level
from snapshots.facts import name_key

_LOUDER = {Level.INFO: Level.WARNING, Level.WARNING: Level.CRITICAL, Level.CRITICAL: Level.CRITICAL}


def effective_level(change: Change, severity: Mapping[str, Level], relies_on: Iterable[str]) -> Level:
    """The change's level after the user's `severity` by kind; a name under `relies_on` raises it by one.

    What is never sent stays so: a relied-on name does not make noise of a footer.
    """
    level = severity.get(change.kind, change.level)
    if level is Level.NONE:
        return level
    names = {name_key(name) for name in relies_on}
    concerned = {name_key(name) for name in (change.subject, change.before or "", change.after or "")}
    return _LOUDER[level] if names & concerned else level
