"""What an engine drives. Every method is correct whoever calls it and however often: the rows decide."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Protocol

from snapshots.store import Claim


class Work(Protocol):
    """The kinds of work there are."""

    def claim(self, limit: int) -> Sequence[Claim]:
        """Take up to `limit` sources whose check is due."""
        ...

    def check(self, claim: Claim) -> None:
        """Check one claimed source and record what was found."""
        ...

    def flush(self) -> None:
        """Write the checks that wait to be written together."""
        ...

    def release(self, claim: Claim) -> None:
        """Give a claimed source back unchecked."""
        ...

    def dispatch(self) -> int:
        """Turn recorded changes into deliveries; return how many events were looked at."""
        ...

    def watch(self) -> None:
        """Do what falls due without any event: reminders, a look at whether checks still come, the watchdog."""
        ...

    def deliver(self) -> int:
        """Send what is due; return how many deliveries were tried."""
        ...

    def tidy(self) -> None:
        """Let go what retention lets go, when it is time for it again."""
        ...


class SharedWork(Work, Protocol):
    """Work whose claims may be made in one process and checked in another."""

    def take_over(self, source_id: str, owner: str, gap: timedelta | None = None) -> Claim | None:
        """A claim that another process made under the token `owner`, its lease begun anew; `None` when it ran out.

        `gap` is how long the source's host is to be left alone after the check.
        """
        ...
