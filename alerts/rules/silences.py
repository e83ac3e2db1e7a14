"""What is silenced for a while. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from alerts.rules.matching import Facts, Matcher


@dataclass(frozen=True, slots=True)
class Silence:
    """Nothing that `matcher` takes is told until an instant (UTC), on any channel, however loud."""

    id: int
    matcher: Matcher
    until: datetime
    owner: str
    comment: str

    def holds_back(self, facts: Facts, now: datetime) -> bool:
        """Whether it holds a thing back at an instant."""
        return now < self.until and self.matcher.fits(facts)

    @property
    def sentence(self) -> str:
        """Whose it is, until when and why."""
        day = f"{self.until.day} {self.until:%b %Y, %H:%M} UTC"
        return f"silence {self.id} of {self.owner} until {day}: {self.comment}"
