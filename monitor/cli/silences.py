"""`headwater silences`: what nobody is told for a while."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any

import typer

from monitor.cli.errors import ExitCode, UserError
from monitor.cli.options import DEFAULT_CONFIG, ConfigOption, DatabaseOption, JsonOption, instant, open_store
from monitor.cli.review import AsOption, reviewer

app = typer.Typer(no_args_is_help=True, help="Hold back what matches until a day, and see what was held back.")
_LABEL = "label:"


@app.command()
def add(
    match: Annotated[
        list[str],
        typer.Option(
            "--match",
            help="What to hold back, as in routes: area=price, kind=, level=, provider=, source=, subject=deepseek-*, "
            "label:team=search. All must fit; values after commas are alternatives.",
        ),
    ],
    until: Annotated[str, typer.Option("--until", help="Until this day or instant (UTC), or for so long: 7d.")],
    because: Annotated[str, typer.Option("--because", help="Why; kept with it and shown in `alerts explain`.")],
    as_: AsOption = None,
    config: ConfigOption = DEFAULT_CONFIG,
    database: DatabaseOption = None,
    as_json: JsonOption = False,
) -> None:
    """Hold back what matches until a day, on every channel and however loud."""
    from monitor.cli import output
    from snapshots.clock import SystemClock
    from snapshots.durations import parse_duration
    from snapshots.silences import add_silence

    now, by = SystemClock().now(), reviewer(as_)
    matcher = _matcher(match)
    try:
        ends = now + parse_duration(until)
    except ValueError:
        ends = instant(until)
    if ends <= now:
        message = f"{output.moment(ends)} is past: this would hold nothing back."
        raise UserError(message)
    with open_store(config, database).writing() as session:
        made = add_silence(session, matcher, until=ends, owner=by.actor, comment=because, now=now)
    if as_json:
        output.emit_json({"id": made, "matcher": matcher, "until": ends, "owner": by.actor, "comment": because})
    else:
        output.console.print(f"Silence {made} holds back what matches until {output.moment(ends)}.")


@app.command("list")
def list_(
    all_: Annotated[bool, typer.Option("--all", help="Also those that ended.")] = False,
    config: ConfigOption = DEFAULT_CONFIG,
    database: DatabaseOption = None,
    as_json: JsonOption = False,
) -> None:
    """List the silences that hold, with how much each held back."""
    from dataclasses import asdict

    from alerts.rules.matching import Matcher
    from monitor.cli import output
    from snapshots.clock import SystemClock
    from snapshots.silences import list_silences

    with open_store(config, database).reading() as session:
        found = list_silences(session, SystemClock().now(), ended=all_)
    if as_json:
        output.emit_json([asdict(one) for one in found])
    elif not found:
        output.console.print("Nothing is silenced.")
    else:
        output.table(
            ("silence", "holds back", "until", "owner", "held back", "why"),
            [
                (
                    str(one.id),
                    output.safe(Matcher.model_validate(one.matcher)),
                    output.moment(one.ends) + ("" if one.active else " (ended)"),
                    output.safe(one.owner),
                    str(one.held_back),
                    output.safe(one.comment),
                )
                for one in found
            ],
        )


@app.command()
def expire(
    silence: Annotated[int, typer.Argument(help="The number of a silence.")],
    config: ConfigOption = DEFAULT_CONFIG,
    database: DatabaseOption = None,
    as_json: JsonOption = False,
) -> None:
    """End a silence now. What it held back stays untold; `headwater changes list` has it."""
    from monitor.cli import output
    from snapshots.clock import SystemClock
    from snapshots.silences import expire_silence

    with open_store(config, database).writing() as session:
        done = expire_silence(session, silence, SystemClock().now())
    if as_json:
        output.emit_json({"id": silence, "expired": done})
    if not done:
        message = f"No silence {silence} holds. `headwater silences list` names those that do."
        raise UserError(message, ExitCode.NEGATIVE)
    if not as_json:
        output.console.print(f"Silence {silence} ended.")


def _matcher(words: Sequence[str]) -> dict[str, Any]:
    """The JSON of the matcher that `key=value` words mean.

    Raises:
        UserError: they mean none.
    """
    from pydantic import ValidationError

    from alerts.rules.matching import Matcher
    from monitor.cli import output

    given: dict[str, Any] = {}
    for word in words:
        key, equals, value = word.partition("=")
        if not equals or not value:
            message = f'"{output.plain(word)}" is not a matcher. Write key=value, such as area=price.'
            raise UserError(message)
        if key.startswith(_LABEL):
            given.setdefault("labels", {})[key.removeprefix(_LABEL)] = value
        elif key == "relied_on":
            given[key] = value
        else:
            given.setdefault(key, []).extend(value.split(","))
    try:
        return Matcher.model_validate(given).written()
    except ValidationError as error:
        first = error.errors()[0]
        key = str(first["loc"][0])
        if first["type"] == "extra_forbidden":
            message = f'There is no key "{output.plain(key)}". Keys are {", ".join(Matcher.model_fields)}.'
        else:
            message = f"{key}: {first['msg'].removeprefix('Value error, ')}"
        raise UserError(message) from error
