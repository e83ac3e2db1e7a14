"""`headwater deadlines`: what ends when, who looks after it, and that somebody has taken care."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from monitor.cli.facts import words
from monitor.cli.options import DEFAULT_CONFIG, ConfigOption, DatabaseOption, JsonOption, open_store
from monitor.cli.review import AsOption, reviewer

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from snapshots.deadlines import DeadlineSeen
    from snapshots.history import Deadline

app = typer.Typer(help="What ends when. Without a command: list every known end of service, soonest first.")
_Subject = Annotated[str, typer.Argument(help="A name; case and hyphens do not matter.")]


@app.callback(invoke_without_command=True)
def deadlines(
    context: typer.Context,
    config: ConfigOption = DEFAULT_CONFIG,
    database: DatabaseOption = None,
    as_json: JsonOption = False,
) -> None:
    """List every known end of service, soonest first; the commands say who has taken care of one."""
    if context.invoked_subcommand is None:
        _list(config, database, as_json=as_json)


@app.command()
def acknowledge(
    subject: _Subject,
    as_: AsOption = None,
    config: ConfigOption = DEFAULT_CONFIG,
    database: DatabaseOption = None,
    as_json: JsonOption = False,
) -> None:
    """Say that it is taken care of: reminders end, until the end comes earlier."""
    from monitor.cli import output
    from snapshots.clock import SystemClock
    from snapshots.deadlines import acknowledge_deadline, sync

    by, now = reviewer(as_), SystemClock().now()
    with open_store(config, database).writing() as session:
        sync(session, now, remind_before=_remind_before(config))
        row = acknowledge_deadline(session, subject, by=by.actor, now=now)
        told = {"subject": row.subject, "ends": row.stated, "acknowledged_by": by.actor, "acknowledged_at": now}
    if as_json:
        output.emit_json(told)
    else:
        output.console.print(
            f"{output.safe(told['subject'])} is acknowledged by {output.safe(by.actor)}; no reminder follows."
        )


@app.command()
def owner(
    subject: _Subject,
    name: Annotated[str, typer.Argument(help="Who looks after it; an empty text for nobody.")],
    config: ConfigOption = DEFAULT_CONFIG,
    database: DatabaseOption = None,
    as_json: JsonOption = False,
) -> None:
    """Say who looks after it: reminders name the owner, and routes may ask for one."""
    from monitor.cli import output
    from snapshots.clock import SystemClock
    from snapshots.deadlines import set_owner, sync

    now = SystemClock().now()
    with open_store(config, database).writing() as session:
        sync(session, now, remind_before=_remind_before(config))
        row = set_owner(session, subject, name, now)
        told = {"subject": row.subject, "ends": row.stated, "owner": name}
    if as_json:
        output.emit_json(told)
    else:
        output.console.print(f"{output.safe(told['subject'])} is looked after by {output.safe(name or 'nobody')}.")


def _remind_before(config: Path) -> tuple[int, ...]:
    """The days before an end at which the configuration reminds; the usual ones where a store is used without any."""
    from alerts.rules.routes import REMIND_BEFORE
    from monitor.cli.options import load_configuration

    return load_configuration(config).settings.deadlines.remind_before if config.exists() else REMIND_BEFORE


def _list(config: Path, database: str | None, *, as_json: bool) -> None:
    from monitor.cli import output
    from snapshots.clock import SystemClock
    from snapshots.deadlines import seen
    from snapshots.facts import name_key
    from snapshots.history import deadlines as known_ends

    now = SystemClock().now()
    with open_store(config, database).reading() as session:
        found = known_ends(session, now)
        rows = seen(session)
    if as_json:
        output.emit_json([_json(end, rows.get(name_key(end.subject))) for end in found])
    elif not found:
        output.console.print("No document we hold names an end of service.")
    else:
        output.table(
            ("ends", "in", "subject", "source", "says"),
            [
                (
                    output.safe(_end(d.stated, d.precision)),
                    _distance(d.ends, now),
                    output.safe(d.subject) + _care(rows.get(name_key(d.subject))),
                    output.safe(d.snapshot),
                    words(d.quote, d.by_hand),
                )
                for d in found
            ],
        )


def _json(end: Deadline, seen: DeadlineSeen | None) -> dict[str, Any]:
    """The contract of `--json`; who takes care is added where the service has met the deadline."""
    known = {
        "subject": end.subject,
        "ends": end.stated,
        "precision": end.precision,
        "source": end.source,
        "snapshot": end.snapshot,
        "quote": end.quote,
        "by_hand": end.by_hand,
    }
    moves = [
        {"at": move.at, "was": move.was, "became": move.became, "earlier": move.earlier, "source": move.source}
        for move in (seen.moves if seen else ())
    ]
    return known | {
        "state": seen.state if seen else None,
        "owner": seen.owner if seen else "",
        "acknowledged_by": seen.acknowledged_by if seen else None,
        "acknowledged_at": seen.acknowledged_at if seen else None,
        "moves": moves,
    }


def _care(seen: DeadlineSeen | None) -> str:
    from monitor.cli import output

    if seen is None:
        return ""
    told = []
    if seen.owner:
        told.append(f"owner {output.safe(seen.owner)}")
    if seen.acknowledged_by:
        told.append(f"acknowledged by {output.safe(seen.acknowledged_by)}")
    if seen.moves:
        move = seen.moves[-1]
        told.append(f"moved {'earlier' if move.earlier else 'later'}, was {output.safe(move.was or 'not dated')}")
    return "".join(f"\n[dim]{line}[/]" for line in told)


def _end(stated: str, precision: str) -> str:
    return f"{stated} ({precision})" if stated else "not stated"


def _distance(ends: datetime | None, now: datetime) -> str:
    if ends is None:
        return "-"
    days = abs(ends - now).days
    return f"in {days} days" if ends > now else f"{days} days ago"
