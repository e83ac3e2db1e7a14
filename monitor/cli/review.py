"""The decisions that `headwater changes` and `headwater conflicts` share, and how their trail is shown."""

from __future__ import annotations

import getpass
import os
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from monitor.cli.options import DEFAULT_CONFIG, ConfigOption, DatabaseOption, JsonOption, instant, open_store

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from sqlalchemy.orm import Session

    from snapshots.review import Decided, Decision, Reviewed, Reviewer

AsOption = Annotated[
    str | None,
    typer.Option("--as", envvar="HEADWATER_ACTOR", help="Who decides; the login name by default."),
]
IdsArgument = Annotated[list[str], typer.Argument(metavar="ID...", help="Ids, or enough of their beginnings.")]
BecauseOption = Annotated[str, typer.Option("--because", help="Why; kept with the decision.")]

Find = Callable[["Session", str], "Reviewed"]
Decide = Callable[["Session", "Reviewed", "Reviewer", "datetime"], "Decided"]


def reviewer(name: str | None) -> Reviewer:
    """The person at this terminal: the name given, else the login name.

    Raises:
        ReviewError: the name is no name.
    """
    from snapshots.review import Reviewer

    return Reviewer(name if name is not None else _login_name(), "cli")


def add_review_commands(app: typer.Typer, find: Callable[[], Find]) -> None:
    """Give a command group the five decisions about the things that `find` finds by the beginning of their ids."""

    @app.command()
    def acknowledge(
        ids: IdsArgument,
        because: BecauseOption = "",
        as_: AsOption = None,
        config: ConfigOption = DEFAULT_CONFIG,
        database: DatabaseOption = None,
        as_json: JsonOption = False,
    ) -> None:
        """Take note: somebody has seen it. Doing so twice changes nothing."""
        from snapshots import review

        def decide(session: Session, target: Reviewed, by: Reviewer, now: datetime) -> Decided:
            return review.acknowledge(session, target, by, now=now, text=because)

        _decide_all(find(), decide, ids, as_, config, database, as_json=as_json)

    @app.command()
    def dismiss(
        ids: IdsArgument,
        because: BecauseOption = "",
        as_: AsOption = None,
        config: ConfigOption = DEFAULT_CONFIG,
        database: DatabaseOption = None,
        as_json: JsonOption = False,
    ) -> None:
        """Put aside what does not matter or is wrong; --because is required."""
        from snapshots import review

        def decide(session: Session, target: Reviewed, by: Reviewer, now: datetime) -> Decided:
            return review.dismiss(session, target, by, now=now, reason=because)

        _decide_all(find(), decide, ids, as_, config, database, as_json=as_json)

    @app.command()
    def snooze(
        ids: IdsArgument,
        until: Annotated[str, typer.Option("--until", help="When it is open again: a day or instant (UTC) to come.")],
        because: BecauseOption = "",
        as_: AsOption = None,
        config: ConfigOption = DEFAULT_CONFIG,
        database: DatabaseOption = None,
        as_json: JsonOption = False,
    ) -> None:
        """Let it wait until a day; then it is open again by itself."""
        from snapshots import review

        end = instant(until)

        def decide(session: Session, target: Reviewed, by: Reviewer, now: datetime) -> Decided:
            return review.snooze(session, target, by, now=now, until=end, text=because)

        _decide_all(find(), decide, ids, as_, config, database, as_json=as_json)

    @app.command()
    def reopen(
        ids: IdsArgument,
        because: BecauseOption = "",
        as_: AsOption = None,
        config: ConfigOption = DEFAULT_CONFIG,
        database: DatabaseOption = None,
        as_json: JsonOption = False,
    ) -> None:
        """Take a decision back: it is to be looked at again."""
        from snapshots import review

        def decide(session: Session, target: Reviewed, by: Reviewer, now: datetime) -> Decided:
            return review.reopen(session, target, by, now=now, text=because)

        _decide_all(find(), decide, ids, as_, config, database, as_json=as_json)

    @app.command()
    def comment(
        ids: IdsArgument,
        text: Annotated[str, typer.Option("--text", help="What is to be said.")] = "",
        as_: AsOption = None,
        config: ConfigOption = DEFAULT_CONFIG,
        database: DatabaseOption = None,
        as_json: JsonOption = False,
    ) -> None:
        """Say something about it; its state stays."""
        from snapshots import review

        def decide(session: Session, target: Reviewed, by: Reviewer, now: datetime) -> Decided:
            return review.comment(session, target, by, now=now, text=text)

        _decide_all(find(), decide, ids, as_, config, database, as_json=as_json)


def print_trail(decisions: Sequence[Decision]) -> None:
    """The review trail of one thing, the oldest decision first; nothing when there is none."""
    from monitor.cli import output

    if decisions:
        output.console.print("\nReview")
    for one in decisions:
        until = f" until {output.moment(one.until)}" if one.until else ""
        said = f": {output.safe(one.text)}" if one.text else ""
        output.console.print(
            f"  {output.moment(one.at)}  {output.safe(one.actor)} ({output.safe(one.via)})  {one.action}{until}{said}",
            soft_wrap=True,
        )


def trail_json(decisions: Sequence[Decision]) -> list[dict[str, Any]]:
    """The review trail for programs."""
    return [
        {
            "at": one.at,
            "actor": one.actor,
            "via": one.via,
            "action": one.action,
            "text": one.text,
            "until": one.until,
        }
        for one in decisions
    ]


def state_words(state: str, snoozed_until: datetime | None) -> str:
    """`open`, `dismissed`, `snoozed until 1 Jan 2027, 00:00 UTC`."""
    from monitor.cli import output

    return f"snoozed until {output.moment(snoozed_until)}" if state == "snoozed" and snoozed_until else state


def _decide_all(
    find: Find,
    decide: Decide,
    ids: Sequence[str],
    name: str | None,
    config: Path,
    database: str | None,
    *,
    as_json: bool,
) -> None:
    """Decide on every id in one transaction: one that is wrong leaves all as they were."""
    from monitor.cli import output
    from snapshots.clock import SystemClock

    by, now = reviewer(name), SystemClock().now()
    with open_store(config, database).writing() as session:
        targets = {target.public_id: target for target in [find(session, one) for one in ids]}
        found = [decide(session, target, by, now) for target in targets.values()]
    if as_json:
        output.emit_json([{"id": one.public_id, "review_state": one.state, "recorded": one.recorded} for one in found])
        return
    for one in found:
        note = "" if one.recorded else " already; nothing was added"
        output.console.print(f"{output.safe(one.public_id)}  {one.state}{note}")


def _login_name() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        # A container may run under a number that no name belongs to.
        return f"uid {os.getuid()}"
