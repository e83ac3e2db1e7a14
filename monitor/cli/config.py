"""`headwater config`: look before you leap."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from monitor.cli.options import (
    DEFAULT_CONFIG,
    ConfigOption,
    DatabaseOption,
    JsonOption,
    load_configuration,
    open_store,
)

if TYPE_CHECKING:
    from monitor.config.reconcile import Plan

app = typer.Typer(no_args_is_help=True, help="Check the configuration, apply it, or print its schema.")


@app.command()
def check(
    config: ConfigOption = DEFAULT_CONFIG,
    secrets: Annotated[bool, typer.Option(help="Also read the secrets that channels and sources name.")] = True,
    as_json: JsonOption = False,
) -> None:
    """Read the configuration and tell every problem with file and line."""
    from monitor.cli import output
    from monitor.cli.errors import ExitCode
    from monitor.config.loader import ConfigError
    from monitor.wiring.secrets import check_secrets

    try:
        found = load_configuration(config)
        if secrets:
            check_secrets(found)
    except ConfigError as error:
        if not as_json:
            raise
        output.emit_json({"ok": False, "problems": list(error.problems)})
        raise typer.Exit(ExitCode.CONFIG) from error
    settings = found.settings
    if as_json:
        counts = {"sources": len(found.sources), "channels": len(settings.channels), "routes": len(settings.routes)}
        output.emit_json({"ok": True, "problems": [], **counts})
        return
    channels, routes = settings.channels, settings.routes
    told = [
        output.counted(len(found.sources), "source"),
        output.counted(len(channels), "channel"),
        output.counted(len(routes), "route") if routes else "the default routes",
    ]
    output.console.print(f"{output.safe(config)} is good: {', '.join(told)}.")
    if not settings.channels:
        output.console.print("No channel is configured, so changes are recorded and nobody is told.")


@app.command()
def apply(
    config: ConfigOption = DEFAULT_CONFIG,
    database: DatabaseOption = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show the plan, change nothing.")] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Show what the configuration would change in the store, then bring the store in line with it.

    No history is lost: a source that is taken out is watched no more and keeps what is known. Processes that run
    read their configuration anew on SIGHUP.
    """
    from dataclasses import asdict

    from monitor.cli import output
    from monitor.config.reconcile import planned, reconcile
    from monitor.wiring.alerting import open_channels
    from snapshots.clock import SystemClock
    from snapshots.db import take_turns

    found = load_configuration(config)
    open_channels(found)
    store = open_store(config, database)
    with store.reading() as session:
        plan = planned(session, found.sources)
    if not as_json:
        _show(plan)
    wanted = not dry_run and not plan.does_nothing
    if wanted and not yes and not as_json:
        wanted = typer.confirm("Apply this?")
    if wanted:
        with store.writing() as session:
            take_turns(session.connection())
            plan = reconcile(session, found.sources, SystemClock().now())
    if as_json:
        output.emit_json({"applied": wanted, **asdict(plan)})
    elif wanted:
        output.console.print("Applied.")


def _show(plan: Plan) -> None:
    from monitor.cli import output

    if plan.does_nothing:
        output.console.print(f"Nothing to do: {output.counted(len(plan.unchanged), 'source')} as configured.")
        return
    for word, ids in (
        ("add", plan.added),
        ("change", plan.changed),
        ("pause", plan.paused),
        ("resume", plan.resumed),
        ("remove", plan.removed),
    ):
        for source_id in ids:
            output.console.print(f"{word:<7} {output.safe(source_id)}")


@app.command()
def schema() -> None:
    """Print the JSON Schema of the configuration, for completion in an editor."""
    from monitor.cli import output
    from monitor.config.schema import json_schema
    from monitor.wiring.configuration import ALERT_MODELS

    output.emit_json(json_schema(ALERT_MODELS))
