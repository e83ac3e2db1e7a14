"""`headwater sources`: what is watched, and how it fares."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from monitor.cli.errors import ExitCode, UserError
from monitor.cli.options import DEFAULT_CONFIG, ConfigOption, DatabaseOption, JsonOption, open_store

if TYPE_CHECKING:
    from snapshots.sources import SourceHealth

app = typer.Typer(no_args_is_help=True, help="Look at the sources.")


@app.command("list")
def list_(config: ConfigOption = DEFAULT_CONFIG, database: DatabaseOption = None, as_json: JsonOption = False) -> None:
    """List the sources with their state, their last good answer and their next check."""
    from monitor.cli import output
    from snapshots.sources import source_health

    with open_store(config, database).reading() as session:
        found = source_health(session)
    if as_json:
        output.emit_json([_json(one) for one in found])
    elif not found:
        output.console.print("No source is known yet. `headwater run` or `headwater check` reads the configuration.")
    else:
        output.table(
            ("source", "state", "last good", "next check", "facts", "versions"),
            [
                (
                    output.safe(one.id),
                    ("[red]" if one.failing_since else "")
                    + output.safe(one.word)
                    + ("[/]" if one.failing_since else ""),
                    output.moment(one.last_ok_at),
                    f"{output.moment(one.next_check_at)} ({output.safe(one.next_check_reason)})"
                    if one.state == "active"
                    else "-",
                    str(one.facts),
                    str(one.versions),
                )
                for one in found
            ],
        )


@app.command()
def show(
    source: Annotated[str, typer.Argument(help="The id of a source.")],
    config: ConfigOption = DEFAULT_CONFIG,
    database: DatabaseOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show one source: its state, its next check and the reason for it, its last checks."""
    from monitor.cli import output
    from snapshots.sources import last_checks, source_health

    with open_store(config, database).reading() as session:
        found = [one for one in source_health(session) if one.id == source]
        checks = last_checks(session, source, limit=10)
    if not found:
        message = f"There is no source {output.plain(source)}. `headwater sources list` names those there are."
        raise UserError(message, ExitCode.NEGATIVE)
    if as_json:
        output.emit_json(_json(found[0]) | {"checks": [vars_of(check) for check in checks]})
        return
    one = found[0]
    output.console.print(f"[bold]{output.safe(one.id)}[/]  {output.safe(one.title)}\n{output.safe(one.url)}")
    output.console.print(f"State       {output.safe(one.word)}")
    if one.failing_since:
        output.console.print(f"Failing     since {output.moment(one.failing_since)}")
    output.console.print(f"Last good   {output.moment(one.last_ok_at)}")
    output.console.print(f"Next check  {output.moment(one.next_check_at)}, {output.safe(one.next_check_reason)}")
    output.console.print(f"Knows       {one.facts} facts from {one.versions} versions\n")
    output.table(
        ("checked", "outcome", "status", "bytes", "ms", "says"),
        [
            (
                output.moment(check.finished_at),
                output.safe(check.outcome),
                str(check.http_status or "-"),
                str(check.body_bytes if check.body_bytes is not None else "-"),
                str(check.duration_ms),
                output.safe(check.detail or ""),
            )
            for check in checks
        ],
    )


def vars_of(check: Any) -> dict[str, Any]:
    """A frozen value as a dictionary, for JSON."""
    from dataclasses import asdict

    return asdict(check)


def _json(one: SourceHealth) -> dict[str, Any]:
    return vars_of(one) | {"state": one.word}
