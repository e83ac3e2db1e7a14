"""`headwater corrections`: what people say a source means where it was read wrongly."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from monitor.cli.errors import UserError
from monitor.cli.options import DEFAULT_CONFIG, ConfigOption, DatabaseOption, JsonOption, open_store
from monitor.cli.review import AsOption, reviewer

if TYPE_CHECKING:
    from collections.abc import Mapping

    from snapshots.corrected import Correction, Stated

app = typer.Typer(no_args_is_help=True, help="Correct by hand what was read wrongly.")


@app.command()
def add(
    subject: Annotated[str, typer.Argument(help="The name it is about, as the source writes it.")],
    predicate: Annotated[str, typer.Argument(help="What of it, such as price.output_price.")],
    value: Annotated[str | None, typer.Argument(help="What the source says, in its own words.")] = None,
    source: Annotated[str, typer.Option("--source", help="The source that was read wrongly.")] = "",
    qualifier: Annotated[str, typer.Option("--qualifier", help="The band or scope, such as off_peak.")] = "",
    valid_from: Annotated[
        str | None, typer.Option("--valid-from", help="Since when it holds, where the source says so (UTC).")
    ] = None,
    because: Annotated[str, typer.Option("--because", help="Why; required.")] = "",
    nothing: Annotated[bool, typer.Option("--nothing", help="The source does not state this at all.")] = False,
    as_: AsOption = None,
    config: ConfigOption = DEFAULT_CONFIG,
    database: DatabaseOption = None,
    as_json: JsonOption = False,
) -> None:
    """Say what a source really states; it counts while the source is read as it is now."""
    from monitor.cli import output
    from snapshots import corrections
    from snapshots.clock import SystemClock
    from snapshots.conflicts import settle
    from snapshots.facts import name_key
    from snapshots.tables import SourceRow

    if nothing == (value is not None):
        message = "Give the value that the source states, or --nothing when it states none."
        raise UserError(message)
    if not source:
        message = "Name the source that was read wrongly with --source. `headwater sources list` names the sources."
        raise UserError(message)
    by, now = reviewer(as_), SystemClock().now()
    with open_store(config, database).writing() as session:
        stated = _about_what(subject, predicate, qualifier, valid_from)
        reading = corrections.reading_of(session, source, stated, now)
        if value is not None:
            stated = _stated(stated, value, reading.detail if reading else {})
        row = corrections.correct(session, source, stated, by, now=now, reason=because)
        settle(session, session.get_one(SourceRow, source), {(name_key(subject), predicate)}, now=now)
        made = next(c for c in corrections.corrections_about(session, name_key(subject)) if c.id == row.id)
        read = reading.value if reading else None
    if as_json:
        output.emit_json(_json(made))
        return
    output.console.print(
        f"Correction {made.id}: {output.safe(made.snapshot)} states {output.safe(_value(made))} for "
        f"{output.safe(_about(made))}; read was {output.safe(read if read is not None else 'nothing')}."
    )


@app.command()
def withdraw(
    correction: Annotated[int, typer.Argument(help="The number of a correction.")],
    because: Annotated[str, typer.Option("--because", help="Why; kept with the decision.")] = "",
    as_: AsOption = None,
    config: ConfigOption = DEFAULT_CONFIG,
    database: DatabaseOption = None,
    as_json: JsonOption = False,
) -> None:
    """Let the reading lead again. The correction stays in the history."""
    from monitor.cli import output
    from snapshots import corrections
    from snapshots.clock import SystemClock
    from snapshots.conflicts import settle
    from snapshots.tables import SourceRow

    by, now = reviewer(as_), SystemClock().now()
    with open_store(config, database).writing() as session:
        row = corrections.withdraw(session, correction, by, now=now, reason=because)
        settle(session, session.get_one(SourceRow, row.source_id), {(row.subject_key, row.predicate)}, now=now)
        made = next(c for c in corrections.corrections_about(session, row.subject_key) if c.id == row.id)
    if as_json:
        output.emit_json(_json(made))
        return
    output.console.print(f"Correction {made.id} is withdrawn: {output.safe(_about(made))} is what is read again.")


@app.command("list")
def list_(
    subject: Annotated[str | None, typer.Option("--subject", help="Only this name.")] = None,
    all_: Annotated[bool, typer.Option("--all", help="The withdrawn ones too.")] = False,
    config: ConfigOption = DEFAULT_CONFIG,
    database: DatabaseOption = None,
    as_json: JsonOption = False,
) -> None:
    """List the corrections that stand."""
    from monitor.cli import output
    from snapshots.corrections import corrections_about
    from snapshots.facts import name_key

    with open_store(config, database).reading() as session:
        found = corrections_about(session, name_key(subject) if subject is not None else None)
    found = [one for one in found if all_ or one.withdrawn_at is None]
    if as_json:
        output.emit_json([_json(one) for one in found])
    elif not found:
        output.console.print("Nothing was corrected by hand.")
    else:
        output.table(
            ("no.", "about", "states", "in", "by", "because", "until"),
            [
                (
                    str(one.id),
                    output.safe(_about(one)),
                    output.safe(_value(one)),
                    output.safe(one.snapshot),
                    f"{output.safe(one.actor)}, {output.moment(one.corrected_at)}",
                    output.safe(one.reason),
                    output.moment(one.withdrawn_at) if one.withdrawn_at else "stands",
                )
                for one in found
            ],
        )


def _about_what(subject: str, predicate: str, qualifier: str, valid_from: str | None) -> Stated:
    """What the correction is about, without its value."""
    from monitor.extract.byhand import UnreadableValueError, day_typed
    from snapshots.corrected import about

    try:
        return about(subject, predicate, qualifier, day_typed(valid_from) if valid_from else None)
    except UnreadableValueError as error:
        raise UserError(str(error)) from error


def _stated(key: Stated, value: str, reading: Mapping[str, str]) -> Stated:
    from monitor.extract.byhand import UnreadableValueError, with_value

    try:
        return with_value(key, value, reading)
    except UnreadableValueError as error:
        raise UserError(str(error)) from error


def _about(one: Correction) -> str:
    return " ".join(filter(None, (one.subject, one.predicate, one.qualifier)))


def _value(one: Correction) -> str:
    return "nothing" if one.value is None else one.value


def _json(one: Correction) -> dict[str, Any]:
    return {
        "id": one.id,
        "subject": one.subject,
        "predicate": one.predicate,
        "qualifier": one.qualifier,
        "value": one.value,
        "valid_from": one.valid_from,
        "precision": one.precision,
        "replaces_key": one.replaces_key,
        "source": one.source,
        "snapshot": one.snapshot,
        "reason": one.reason,
        "actor": one.actor,
        "via": one.via,
        "corrected_at": one.corrected_at,
        "withdrawn_at": one.withdrawn_at,
    }
