"""What one round of deciding works with, and how decisions become rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from alerts.rules.decide import Decision, decide
from alerts.rules.matching import Facts, Matcher
from alerts.rules.routes import Routing
from alerts.rules.silences import Silence
from snapshots.silences import list_silences
from snapshots.tables import DecisionRow, IncidentRow


@dataclass(frozen=True, slots=True)
class Round:
    """One transaction in which it is decided who is told what, at one instant (UTC)."""

    session: Session
    channels: Sequence[str]
    routing: Routing
    silences: Sequence[Silence]
    now: datetime

    def decide(self, facts: Facts) -> tuple[Decision, ...]:
        """What becomes of a thing."""
        return decide(self.routing, self.silences, facts, self.now, self.channels)

    def record(
        self,
        decision: Decision,
        *,
        about: str,
        outcome: str,
        reason: str = "",
        change_id: int | None = None,
        incident: IncidentRow | None = None,
        delivery: str | None = None,
    ) -> None:
        """Keep a decision, so that it can be explained as it was made. `reason` replaces the decision's own."""
        self.session.add(
            DecisionRow(
                change_id=change_id,
                about=about,
                channel=decision.channel,
                outcome=outcome,
                path=" > ".join(decision.path),
                reason=reason or decision.reason,
                due=decision.due,
                decided_at=self.now,
                silence_id=decision.silence,
                incident_id=incident.id if incident else None,
                delivery_id=delivery,
            )
        )


def open_round(session: Session, channels: Sequence[str], routing: Routing, now: datetime) -> Round:
    """A round with the silences that hold now."""
    held = [
        Silence(one.id, Matcher.model_validate(one.matcher), one.ends, one.owner, one.comment)
        for one in list_silences(session, now)
    ]
    return Round(session, channels, routing, held, now)
