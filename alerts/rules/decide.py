"""The one decision: what becomes of a thing on each channel, and by which rules. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from alerts.rules.hours import next_digest, quiet_until
from alerts.rules.matching import Facts, group_of
from alerts.rules.routes import Route, Routing, Settings
from alerts.rules.silences import Silence
from snapshots.changes.model import Level

RANK = {Level.NONE: 0, Level.INFO: 1, Level.WARNING: 2, Level.CRITICAL: 3}
DEFAULT = "default"


class How(StrEnum):
    """What becomes of it."""

    AT_ONCE = "at-once"
    DIGEST = "digest"
    KEPT = "kept"


@dataclass(frozen=True, slots=True)
class Decision:
    """What becomes of a thing on one channel, or on none where `channel` is empty.

    `path` names the rules from the root down to the one that decided; `reason` is a sentence. `due` (UTC) is when it
    may be sent at the earliest, `group` what messages are gathered by, `interval` the pause between two of one
    incident. `silence` is the id of the one that holds it back.
    """

    how: How
    channel: str
    path: tuple[str, ...]
    reason: str
    due: datetime
    group: tuple[str, ...] = ()
    interval: timedelta = timedelta(0)
    owners: tuple[str, ...] = ()
    silence: int | None = None

    @property
    def grouped(self) -> str:
        """What a message is gathered by, as a text."""
        return f"{' > '.join(self.path)}: {', '.join(self.group)}"

    @property
    def rule(self) -> str:
        """The name of the rule that decided; empty for the default."""
        return "" if self.path == (DEFAULT,) else self.path[-1]


def decide(
    routing: Routing, silences: Iterable[Silence], facts: Facts, now: datetime, channels: Sequence[str]
) -> tuple[Decision, ...]:
    """What becomes of a thing at `now` (UTC): at most one decision to tell it for each channel, the soonest.

    There is always at least one decision. What no rule tells a channel about is kept back with the reason.
    """
    if facts.level is Level.NONE:
        return (Decision(How.KEPT, "", (DEFAULT,), "Its level is none: recorded and never sent.", now),)
    silence = next((one for one in silences if one.holds_back(facts, now)), None)
    if silence is not None:
        reason = f"Held back by {silence.sentence}"
        return (Decision(How.KEPT, "", (f"silence {silence.id}",), reason, now, silence=silence.id),)
    ends = list(_ends(routing, facts))
    if not ends:
        return (Decision(How.KEPT, "", (), f"No route takes {facts.kind} of {facts.provider or facts.source}.", now),)
    told: dict[str, Decision] = {}
    kept: list[Decision] = []
    for settings, path in ends:
        for decision in _at(settings, path, facts, now, channels):
            known = told.get(decision.channel)
            if decision.how is How.KEPT:
                kept.append(decision)
            elif known is None or decision.due < known.due:
                told[decision.channel] = decision
    return (*told.values(), *(one for one in kept if one.channel not in told))


def _ends(routing: Routing, facts: Facts) -> Iterator[tuple[Settings, tuple[str, ...]]]:
    """The rules at which a thing ends, with their settings and their paths."""
    above = Settings(digest=routing.digest)
    if not routing.routes:
        yield above, (DEFAULT,)
    for number, route in enumerate(routing.routes):
        if route.match.fits(facts):
            yield from _under(route, above, (_name(route, number),), facts)


def _under(
    route: Route, above: Settings, path: tuple[str, ...], facts: Facts
) -> Iterator[tuple[Settings, tuple[str, ...]]]:
    settings = above.under(route)
    taken = False
    for number, child in enumerate(route.routes):
        if child.match.fits(facts):
            taken = True
            yield from _under(child, settings, (*path, _name(child, number)), facts)
            if not child.goes_on:
                break
    if not taken:
        yield settings, path


def _name(route: Route, number: int) -> str:
    return route.name or f"routes[{number}]"


def _at(
    settings: Settings, path: tuple[str, ...], facts: Facts, now: datetime, channels: Sequence[str]
) -> Iterator[Decision]:
    wanted = channels if settings.channels is None else [name for name in settings.channels if name in channels]
    if not wanted:
        why = "This rule tells nobody." if settings.channels is not None else "There is no channel."
        yield Decision(How.KEPT, "", path, why, now, owners=settings.owners)
    how, reason, due = _how(settings, facts.level, now)
    for channel in wanted:
        yield Decision(
            how,
            channel,
            path,
            reason,
            due,
            group=group_of(settings.group_by, facts),
            interval=settings.group_interval,
            owners=settings.owners,
        )


def _how(settings: Settings, level: Level, now: datetime) -> tuple[How, str, datetime]:
    if RANK[level] < RANK[settings.min_level]:
        return How.KEPT, f"The rule begins at {settings.min_level}; this is {level}.", now
    if level not in settings.at_once:
        due = next_digest(now, settings.digest)
        every = "daily" if settings.digest.every == "day" else "weekly"
        return How.DIGEST, f"What is {level} goes into the {every} digest.", due
    quiet = settings.quiet_hours
    due = now + settings.group_wait
    if quiet is not None and level not in quiet.break_through and (end := quiet_until(due, quiet)):
        return How.AT_ONCE, f"Told at once, after the quiet hours until {quiet.until:%H:%M} {quiet.zone}.", end
    return How.AT_ONCE, "Told at once.", due
