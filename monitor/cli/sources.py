"""`headwater sources`: what is watched, how it fares, and which version people last confirmed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from monitor.cli.errors import ExitCode, UserError
from monitor.cli.held import add_held_commands
from monitor.cli.hosts import host_json, host_lines
from monitor.cli.options import DEFAULT_CONFIG, ConfigOption, DatabaseOption, JsonOption, open_store
from monitor.cli.review import AsOption, BecauseOption, reviewer

if TYPE_CHECKING:
    from snapshots.baseline import Baseline
    from snapshots.sources import SourceHealth

app = typer.Typer(no_args_is_help=True, help="Look at the sources, and confirm their versions.")
add_held_commands(app)


@app.command("list")
def list_(config: ConfigOption = DEFAULT_CONFIG, database: DatabaseOption = None, as_json: JsonOption = False) -> None:
    """List the sources with their state, their last good answer and their next check."""
    from monitor.cli import output
    from snapshots.outages import down_since
    from snapshots.sources import source_health

    with open_store(config, database).reading() as session:
        found = source_health(session)
        since = down_since(session)
    if since is not None and not as_json:
        output.console.print(
            f"[red]Our own network is down[/] since {output.moment(since)}: no source is blamed for it."
        )
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
    from snapshots.baseline import baseline_of
    from snapshots.hosts import host_seen
    from snapshots.sources import last_checks, source_health

    with open_store(config, database).reading() as session:
        found = [one for one in source_health(session) if one.id == source]
        host = host_seen(session, found[0].host) if found else None
        checks = last_checks(session, source, limit=10)
        baseline = baseline_of(session, source)
    if not found:
        message = f"There is no source {output.plain(source)}. `headwater sources list` names those there are."
        raise UserError(message, ExitCode.NEGATIVE)
    if as_json:
        output.emit_json(
            _json(found[0])
            | {"baseline": _baseline_json(baseline), "host_state": host_json(host)}
            | {"checks": [vars_of(check) for check in checks]}
        )
        return
    one = found[0]
    output.console.print(f"[bold]{output.safe(one.id)}[/]  {output.safe(one.title)}\n{output.safe(one.url)}")
    output.console.print(f"State       {output.safe(one.word)}")
    if one.failing_since:
        output.console.print(f"Failing     since {output.moment(one.failing_since)}")
        output.console.print(f"What to do  {output.safe(one.advice)}", soft_wrap=True)
    if one.moved_to:
        output.console.print(f"Moved to    {output.safe(one.moved_to)}", soft_wrap=True)
    output.console.print(f"Last good   {output.moment(one.last_ok_at)}")
    output.console.print(f"Next check  {output.moment(one.next_check_at)}, {output.safe(one.next_check_reason)}")
    for label, words in host_lines(host, one.url):
        output.console.print(f"{label:<12}{output.safe(words)}", soft_wrap=True)
    output.console.print(f"Knows       {one.facts} facts from {one.versions} versions")
    if baseline is not None:
        by = f"{output.safe(baseline.actor)} on {output.moment(baseline.at)}"
        said = f": {output.safe(baseline.text)}" if baseline.text else ""
        output.console.print(f"Confirmed   {output.safe(one.id)}@{baseline.sequence}, by {by}{said}")
    output.console.print()
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


@app.command()
def pin(
    version: Annotated[
        str, typer.Argument(metavar="SOURCE[@N]", help="A source, or one of its versions counted from 1; else newest.")
    ],
    because: BecauseOption = "",
    as_: AsOption = None,
    config: ConfigOption = DEFAULT_CONFIG,
    database: DatabaseOption = None,
    as_json: JsonOption = False,
) -> None:
    """Confirm a version: `headwater diff SOURCE --baseline` compares with it from now on."""
    from monitor.cli import output
    from monitor.cli.snapshots import parse_version
    from snapshots import baseline
    from snapshots.clock import SystemClock
    from snapshots.versions import version_row

    source_id, number = parse_version(version)
    by, now = reviewer(as_), SystemClock().now()
    with open_store(config, database).writing() as session:
        row = version_row(session, source_id, number)
        recorded = baseline.pin(session, row, by, now=now, text=because)
        pinned = baseline.baseline_of(session, source_id)
    if as_json:
        output.emit_json({"source": source_id, "baseline": _baseline_json(pinned), "recorded": recorded})
        return
    note = "is the baseline now" if recorded else "is the baseline already; nothing was added"
    output.console.print(f"{output.safe(source_id)}@{row.sequence} {note}.")


@app.command()
def unpin(
    source: Annotated[str, typer.Argument(help="The id of a source.")],
    because: BecauseOption = "",
    as_: AsOption = None,
    config: ConfigOption = DEFAULT_CONFIG,
    database: DatabaseOption = None,
    as_json: JsonOption = False,
) -> None:
    """Take the baseline of a source away."""
    from monitor.cli import output
    from snapshots import baseline
    from snapshots.clock import SystemClock
    from snapshots.versions import version_row

    by, now = reviewer(as_), SystemClock().now()
    with open_store(config, database).writing() as session:
        version_row(session, source)
        recorded = baseline.unpin(session, source, by, now=now, text=because)
    if as_json:
        output.emit_json({"source": source, "baseline": None, "recorded": recorded})
        return
    said = "has no baseline any more" if recorded else "had no baseline; nothing was added"
    output.console.print(f"{output.safe(source)} {said}.")


def vars_of(check: Any) -> dict[str, Any]:
    """A frozen value as a dictionary, for JSON."""
    from dataclasses import asdict

    return asdict(check)


def _json(one: SourceHealth) -> dict[str, Any]:
    return vars_of(one) | {"state": one.word}


def _baseline_json(one: Baseline | None) -> dict[str, Any] | None:
    if one is None:
        return None
    return {
        "version": f"{one.source_id}@{one.sequence}",
        "at": one.at,
        "actor": one.actor,
        "via": one.via,
        "text": one.text,
    }
