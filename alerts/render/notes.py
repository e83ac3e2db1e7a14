"""Short news of an incident: what somebody decided."""

from __future__ import annotations

from snapshots.decided import Decided
from snapshots.review import Action
from snapshots.wording import moments
from snapshots.wording.escape import plain

_VERBS = {
    Action.ACKNOWLEDGE: "Acknowledged",
    Action.DISMISS: "Dismissed",
    Action.SNOOZE: "Snoozed",
    Action.REOPEN: "Reopened",
}


def decision_line(decided: Decided) -> str:
    """`Acknowledged by mara, 27 Apr 2026, 09:02 UTC`, `Snoozed until 4 May 2026, 09:00 UTC by mara, ...`."""
    until = f" until {moments.moment(decided.until)}" if decided.until else ""
    return f"{_VERBS[decided.action]}{until} by {plain(decided.actor)}, {moments.moment(decided.at)}"
